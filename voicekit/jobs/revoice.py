"""Speak what is missing or whose speech hash changed, finish again what only the sound hash changed."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from voicekit import build, engines, manifest, parallel
from voicekit.build import Made, Maker, Step
from voicekit.checkpoint import Checkpoint
from voicekit.decision import decide, doubtful, outcome, why
from voicekit.engines import Engine
from voicekit.errors import VoicekitError
from voicekit.lock import Key
from voicekit.manifest import Built, File
from voicekit.outcome import Outcome, Verdict
from voicekit.state import Kind, Situation, State
from voicekit.workspace import Workspace

LIMIT = 300.0  # seconds a prompt, engine and all


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything decided before any work; `decided` are the outcomes that need none."""

    situation: Situation
    engine: Engine | None
    steps: Sequence[Step]
    decided: Sequence[Outcome]
    built: Mapping[Key, Built]  # the manifest as it is to be before the first step
    surplus: Sequence[File]  # built files that nothing asks for any more
    today: dt.date = field(default_factory=lambda: dt.datetime.now(dt.UTC).date())

    @property
    def total(self) -> int:
        """How many outcomes `apply` will yield."""
        return len(self.decided) + len(self.steps) + len(self.surplus)

    @property
    def to_speak(self) -> list[Step]:
        return [step for step in self.steps if step.speech]

    @property
    def characters(self) -> int:
        """What the engine is asked to speak: what some bill for."""
        return sum(len(step.speech.text) for step in self.steps if step.speech)

    @property
    def cost(self) -> str:
        """What that costs by the price list; "" for nothing."""
        return self.cost_of(self.characters)

    def cost_of(self, characters: int) -> str:
        return engines.cost(self.engine, self.situation.voice, characters) if self.engine and self.to_speak else ""


def plan(situation: Situation, patterns: Sequence[str] = (), *, again: bool = False) -> Plan:
    """Decide for each chosen prompt (all, when there are no patterns) what is to be done.

    `again` speaks every chosen prompt anew, needed or not. Raises `InputError` for a pattern that fits nothing, and
    for a voice whose engine or settings are not right.
    """
    engine = engines.of(situation.voice)
    chosen = {prompt.key for prompt in situation.catalogue.find(patterns)}
    built = manifest.load(situation.workspace.manifest)
    files = build.present(situation.workspace.sounds)
    steps: list[Step] = []
    decided: list[Outcome] = []
    states = list(situation.states())
    for state in sorted(states, key=lambda state: state.composed):  # last: by then it is known what their pieces become
        if state.key not in chosen:
            continue
        choice = decide(situation, engine, state, steps, again=again)
        if isinstance(choice, Step) and not (choice.speech or choice.composing or state.kind is Kind.NO_MASTER):
            rows = build.lacking(state, choice.formats, built.get(state.key), files)
            choice = Step(state, None, rows) if rows else Outcome(state.name, Verdict.KEPT, "current")
        if isinstance(choice, Step):
            steps.append(choice)
        else:
            decided.append(choice)
    kept, surplus = _sift(situation, states, built)
    for step in steps:
        kept[step.state.key] = build.promised(step.state.key, situation.workspace.formats)
    return Plan(situation, engine, steps, decided, kept, surplus)


def foretell(plan: Plan) -> Iterator[Outcome]:
    """What `apply` would do, as outcomes, with nothing done."""
    yield from plan.decided
    for step in plan.steps:
        code = (
            "would-compose"
            if step.composing
            else "would-speak"
            if step.speech
            else "would-finish"
            if step.state.why
            else "would-build"
        )
        yield outcome(step.state, Verdict.SKIPPED, code, why(step.state))
    for file in plan.surplus:
        yield Outcome(file.path, Verdict.SKIPPED, "would-remove", "nothing asks for it any more")
    if plan.cost:
        yield _cost(plan, Verdict.SKIPPED, "would-cost", plan.to_speak)


def apply(plan: Plan) -> Iterator[Outcome]:
    """Carry a plan out, in parallel. Call it while holding the workspace (`Workspace.exclusive`)."""
    yield from plan.decided
    if not (plan.steps or plan.surplus):
        return
    workspace, lock, built = plan.situation.workspace, plan.situation.lock, dict(plan.built)
    for file in plan.surplus:  # while the manifest still names them: a run that is killed here is taken up again
        (workspace.sounds / file.path).unlink(missing_ok=True)
        yield Outcome(file.path, Verdict.DONE, "removed", "nothing asks for it any more")

    def save() -> None:
        lock.save(workspace.lock, staging=workspace.staging)
        manifest.save(workspace.manifest, built.values(), staging=workspace.staging)

    save()
    spoken: list[Step] = []
    with Checkpoint(save) as checkpoint:
        for step, made in _make_all(plan):
            if isinstance(made, Made):
                key = made.entry.key
                lock.entries[key] = made.entry
                if made.built:
                    built[key] = made.built
                else:
                    _withdraw(workspace, built.pop(key, None))
                checkpoint.changed()
                spoken += [step] if step.speech else []
                yield _done(step, made)
            else:
                yield made
    if plan.cost:
        yield _cost(plan, Verdict.DONE, "cost", spoken)


def _cost(plan: Plan, verdict: Verdict, code: str, steps: Sequence[Step]) -> Outcome:
    """What a service that bills is asked for, or was. Characters are counted as they are sent; the bill decides."""
    assert plan.engine is not None
    characters = sum(len(step.speech.text) for step in steps if step.speech)
    detail = f"{len(steps)} prompts, {characters} characters, {plan.cost_of(characters)}"
    return Outcome(f"engine {plan.engine.name}", verdict, code, detail, data={"characters": characters})


def _withdraw(workspace: Workspace, line: Built | None) -> None:
    """Remove the built files of a prompt whose new sound is doubtful: they say what it no longer is to say."""
    for file in line.files.values() if line else ():
        (workspace.sounds / file.path).unlink(missing_ok=True)


def _make_all(plan: Plan) -> Iterator[tuple[Step, Made | Outcome]]:
    """Workers finish many prompts each; speaking gets a fresh process each time (engines/espeak.py says why)."""
    from voicekit.audio.render import prepare

    workers = parallel.processors()
    speakers = min(workers, plan.engine.parallel or workers) if plan.engine else workers
    quiet = [step for step in plan.steps if not (step.speech or step.composing)]
    with _maker(plan) as maker:
        prepare(plan.situation.workspace.formats)
        for steps, count in ((quiet, workers), (plan.to_speak, speakers)):
            yield from _spread(maker, steps, count)
        composing: list[Step] = []
        for step in (step for step in plan.steps if step.composing):  # now that their pieces are made
            if ready := build.resolved(plan.situation, step):
                composing.append(ready)
            else:
                detail = "one of its pieces has no sound, or a doubtful one"
                yield (
                    step,
                    outcome(step.state, Verdict.REFUSED, "no-pieces", detail, "see to the pieces first"),
                )
        yield from _spread(maker, composing, workers)


@contextmanager
def _maker(plan: Plan) -> Iterator[Maker]:
    """What makes one prompt. Its speech is forked off before the libraries are loaded that only finishing needs."""
    engine, situation = plan.engine, plan.situation
    if engine is None or not plan.to_speak:
        yield Maker(situation.workspace, situation.finish)
        return
    from voicekit import drift, gate

    languages = sorted({step.state.key[0] for step in plan.to_speak})
    drift.check(engine, situation.voice, languages, situation.workspace.cache / "drift.json", plan.today)
    origin = {"kind": "engine", "engine": engine.name, "version": engine.version()}
    import voicekit.clip  # noqa: F401  numpy, which all speech needs: once, not in each fork

    guard = gate.of(situation.voice)
    if not engine.fresh:
        yield Maker(situation.workspace, situation.finish, engine.speak, guard, origin, engine.longest)
        return
    with parallel.fresh(engine.speak, limit=LIMIT) as speak:
        yield Maker(situation.workspace, situation.finish, speak, guard, origin, engine.longest)


def _spread(maker: Maker, steps: Sequence[Step], workers: int) -> Iterator[tuple[Step, Made | Outcome]]:
    def make(step: Step) -> Made | Outcome:
        try:
            return maker.make(step)
        except VoicekitError as error:
            return outcome(step.state, Verdict.FAILED, "not-made", str(error), "then run voicekit revoice again")
        except OSError as error:  # a full disk, a folder that can't be written
            return outcome(step.state, Verdict.FAILED, "not-written", f"{error.filename or 'disk'}: {error.strerror}")

    for step, made in parallel.each(make, steps, workers=workers, limit=LIMIT):
        if isinstance(made, parallel.Crash):
            yield step, outcome(step.state, Verdict.FAILED, "crashed", made.detail, data={"trace": made.trace})
        else:
            yield step, made


def _sift(
    situation: Situation, states: Sequence[State], built: Mapping[Key, Built]
) -> tuple[dict[Key, Built], list[File]]:
    """Part the manifest into what is still wanted, and files of prompts or formats that are not. Masters stay."""
    prompts = {state.key for state in states if state.kind not in (Kind.NO_WORDS, Kind.DOUBTFUL, Kind.ORPHANED)}
    formats = {row.name for row in situation.workspace.formats}
    kept: dict[Key, Built] = {}
    surplus: list[File] = []
    for key, line in built.items():
        wanted = formats if key in prompts else set()
        surplus += manifest.own(line, line.files.keys() - wanted)
        if wanted.issuperset(line.files):
            kept[key] = line
        elif files := {name: file for name, file in line.files.items() if name in wanted}:
            kept[key] = replace(line, files=files)
    return kept, surplus


def _done(step: Step, made: Made) -> Outcome:
    if made.built is None:
        return doubtful(step.state, made.entry)
    code = "composed" if step.composing else "spoken" if step.speech else "finished" if step.state.why else "built"
    reason = why(step.state)
    level = f"{made.entry.level:.1f} dBov" if made.entry.level is not None else "no speech"
    data = {
        "seconds": made.entry.seconds,
        "level": made.entry.level,
        "master": made.entry.master,
        "files": [file.path for file in made.built.files.values()],
        "why": list(step.state.why),
        "voice": made.entry.checks.get("voice"),
    }
    return outcome(step.state, Verdict.DONE, code, f"{made.entry.seconds:.1f} s, {level} ({reason})", data=data)
