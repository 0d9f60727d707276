"""Speak what is missing or whose speech hash changed, finish again what only the sound hash changed."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from voicekit import build, engines, making, manifest, parallel
from voicekit.build import Made, Maker, Step
from voicekit.decision import TAKE, Narrator, decide, narrator, outcome, why
from voicekit.lock import Key
from voicekit.manifest import Built, File
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.state import Kind, Situation, State


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything decided before any work; `decided` are the outcomes that need none."""

    situation: Situation
    narrator: Narrator | None
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
        if not (self.narrator and self.to_speak):
            return ""
        return engines.cost(self.narrator.engine, self.narrator.voice, characters)


def plan(situation: Situation, patterns: Sequence[str] = (), *, again: bool = False, stand_in: bool = False) -> Plan:
    """Decide for each chosen prompt (all, when there are no patterns) what is to be done.

    `again` speaks every chosen prompt anew, needed or not; `stand_in` lets the stand-in of a human voice speak what
    waits for a take. Raises `InputError` for a pattern that fits nothing, and
    for a voice whose engine or settings are not right.
    """
    speaking = narrator(situation, stand_in=stand_in)
    chosen = {prompt.key for prompt in situation.catalogue.find(patterns)}
    built = manifest.load(situation.workspace.manifest)
    files = build.present(situation.workspace.sounds)
    steps: list[Step] = []
    decided: list[Outcome] = []
    states = list(situation.states())
    for state in sorted(states, key=lambda state: state.composed):  # last: by then it is known what their pieces become
        if state.key not in chosen:
            continue
        choice = decide(situation, speaking, state, steps, again=again)
        if isinstance(choice, Step) and not (choice.speech or choice.composing or state.kind is Kind.NO_MASTER):
            rows = build.lacking(state, choice.formats, built.get(state.key), files)
            choice = Step(state, None, rows) if rows else _kept(state)
        if isinstance(choice, Step):
            steps.append(choice)
        else:
            decided.append(choice)
    kept, surplus = _sift(situation, states, built)
    for step in steps:
        kept[step.state.key] = build.promised(step.state.key, situation.workspace.formats)
    return Plan(situation, speaking, steps, decided, kept, surplus)


def _kept(state: State) -> Outcome:
    if state.stand_in:
        return outcome(state, Verdict.SKIPPED, "stand-in", f'spoken by "{state.stand_in}"', TAKE)
    return Outcome(state.name, Verdict.KEPT, "current")


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
    workspace, built = plan.situation.workspace, dict(plan.built)
    for file in plan.surplus:  # while the manifest still names them: a run that is killed here is taken up again
        (workspace.sounds / file.path).unlink(missing_ok=True)
        yield Outcome(file.path, Verdict.DONE, "removed", "nothing asks for it any more")

    spoken: list[Step] = []
    for step, made in making.record(plan.situation, built, _make_all(plan)):
        spoken += [step] if step.speech and isinstance(made, Made) else []
        yield making.outcome_of(step, made) if isinstance(made, Made) else made
    if plan.cost:
        yield _cost(plan, Verdict.DONE, "cost", spoken)


def _cost(plan: Plan, verdict: Verdict, code: str, steps: Sequence[Step]) -> Outcome:
    """What a service that bills is asked for, or was. Characters are counted as they are sent; the bill decides."""
    assert plan.narrator is not None
    characters = sum(len(step.speech.text) for step in steps if step.speech)
    detail = f"{counted(len(steps), 'prompt')}, {counted(characters, 'character')}, {plan.cost_of(characters)}"
    return Outcome(f"engine {plan.narrator.engine.name}", verdict, code, detail, data={"characters": characters})


def _make_all(plan: Plan) -> Iterator[tuple[Step, Made | Outcome]]:
    """Workers finish many prompts each; speaking gets a fresh process each time (engines/espeak.py says why)."""
    from voicekit.audio.render import prepare

    workers = parallel.processors()
    speakers = min(workers, (plan.narrator and plan.narrator.engine.parallel) or workers)
    quiet = [step for step in plan.steps if not (step.speech or step.composing)]
    with _maker(plan) as maker:
        prepare(plan.situation.workspace.formats)
        for steps, count in ((quiet, workers), (plan.to_speak, speakers)):
            yield from making.spread(maker, steps, count)
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
        yield from making.spread(maker, composing, workers)


@contextmanager
def _maker(plan: Plan) -> Iterator[Maker]:
    """What makes one prompt. Its speech is forked off before the libraries are loaded that only finishing needs."""
    situation = plan.situation
    if plan.narrator is None or not plan.to_speak:
        yield Maker(situation.workspace, situation.finish)
        return
    engine, voice = plan.narrator.engine, plan.narrator.voice
    from voicekit import drift, gate, listening

    languages = sorted({step.state.key[0] for step in plan.to_speak})
    ears = listening.ears(languages, situation.states())
    drift.check(engine, voice, languages, situation.workspace.cache / "drift.json", plan.today)
    origin = {"kind": "engine", "engine": engine.name, "version": engine.version()}
    if voice is not situation.voice:
        origin["stand_in"] = voice.name
    import voicekit.clip  # noqa: F401  numpy, which all speech needs: once, not in each fork

    guard = gate.of(voice, ears)
    if not engine.fresh:
        yield Maker(situation.workspace, situation.finish, engine.speak, guard, origin, engine.longest)
        return
    with parallel.fresh(engine.speak, limit=making.LIMIT) as speak:
        yield Maker(situation.workspace, situation.finish, speak, guard, origin, engine.longest)


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
