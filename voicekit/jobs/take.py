"""Recordings of a person for prompts that have words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicekit import build, fs, gate, listening, making, manifest, parallel, recordings
from voicekit.build import Made, Maker, Step
from voicekit.decision import outcome
from voicekit.errors import InputError
from voicekit.outcome import Outcome, Verdict
from voicekit.pieces import nearest
from voicekit.recordings import Recording
from voicekit.state import Kind, Situation, State


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything decided before any work; `decided` are the outcomes that need none."""

    situation: Situation
    steps: Sequence[Step]
    decided: Sequence[Outcome]

    @property
    def total(self) -> int:
        """How many outcomes `apply` will yield."""
        return len(self.steps) + len(self.decided)


def plan(situation: Situation, source: Path, name: str = "", language: str = "") -> Plan:
    """Find the prompt of each recording: `source` is a folder of files named by id, or one file, of the prompt `name`.

    Raises `InputError` where `source` is not there, or nothing says the language.
    """
    language, found = _found(situation, source, name, language)
    states = {state.key: state for state in situation.states() if state.prompt}
    steps: list[Step] = []
    decided: list[Outcome] = []
    for recording in found:
        choice = _choose(situation, states, recording, language)
        if isinstance(choice, Step):
            steps.append(choice)
        else:
            decided.append(choice)
    return Plan(situation, steps, decided)


def foretell(plan: Plan) -> Iterator[Outcome]:
    """What `apply` would do, as outcomes, with nothing done."""
    yield from plan.decided
    for step in plan.steps:
        yield outcome(step.state, Verdict.SKIPPED, "would-take", str(step.take))


def apply(plan: Plan) -> Iterator[Outcome]:
    """Carry a plan out, in parallel. Call it while holding the workspace (`Workspace.exclusive`)."""
    yield from plan.decided
    if not plan.steps:
        return
    from voicekit.audio.render import prepare

    situation = plan.situation
    formats = situation.workspace.formats
    built = manifest.load(situation.workspace.manifest)
    built |= {step.state.key: build.promised(step.state.key, formats) for step in plan.steps}
    prepare(formats)
    ears = listening.ears({step.state.key[0] for step in plan.steps}, situation.states())
    maker = Maker(situation.workspace, situation.finish, gate=gate.of(situation.voice, ears))
    making_all = making.spread(maker, plan.steps, parallel.processors())
    for step, made in making.record(situation, built, making_all):
        yield making.outcome_of(step, made) if isinstance(made, Made) else made


def _found(situation: Situation, source: Path, name: str, language: str) -> tuple[str, Sequence[Recording]]:
    workspace = situation.workspace
    if not source.exists():
        raise InputError(f"{source}: no such file or folder")
    if source.is_dir():
        if name:
            raise InputError(f"{source}: a folder, whose files are named by their prompts; leave out --as")
        language, prefix = recordings.place(workspace, source, language)
        return language, list(recordings.find(source, prefix))
    head, _, rest = name.partition("/")
    if rest and head in workspace.languages and not language:
        return head, [Recording(rest, source)]
    language, prefix = recordings.place(workspace, source.parent, language)
    return language, [Recording(name or prefix + source.stem, source)]


def _choose(
    situation: Situation, states: dict[tuple[str, str], State], recording: Recording, language: str
) -> Step | Outcome:
    state = states.get((language, recording.id))
    if state is None:
        hint = nearest(recording.id, [key[1] for key in states if key[0] == language])
        detail = f'no prompt "{recording.id}" in "{language}"'
        return Outcome(str(recording.path), Verdict.REFUSED, "no-prompt", detail, hint or "rename it as its prompt is")
    if state.said is None:
        kind = "composed of others" if state.composed else "adopted" if state.prompt and state.prompt.adopted else ""
        detail = f"{state.name} is {kind}" if kind else f"{state.name} has no words"
        return Outcome(str(recording.path), Verdict.REFUSED, "takes-none", f"{detail}: it takes no recording")
    if _same(state, recording):
        return outcome(state, Verdict.KEPT, "kept", "this very recording was taken in before")
    return Step(state, None, situation.workspace.formats, take=recording.path)


def _same(state: State, recording: Recording) -> bool:
    """Whether the prompt has this recording; one that was doubted is heard again, perhaps by a better judge."""
    entry = state.entry
    if entry is None or state.kind is not Kind.CURRENT or entry.origin.get("kind") != "take":
        return False
    return entry.origin.get("sha256") == fs.sha256(recording.path)
