"""Speak what is missing or whose speech hash changed, finish again what only the sound hash changed."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from voicekit import build, engines, manifest, parallel
from voicekit.build import Made, Maker, Step
from voicekit.checkpoint import Checkpoint
from voicekit.engines import Engine
from voicekit.errors import VoicekitError
from voicekit.lock import Entry, Key
from voicekit.manifest import Built, File
from voicekit.outcome import Outcome, Verdict
from voicekit.state import ADOPTED, Kind, Situation, State
from voicekit.workspace import Workspace

LONGEST = 5000  # characters, six minutes of speech: engines take memory by the text
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
        return engines.cost(self.engine, self.situation.voice, self.characters) if self.engine else ""


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
    for state in states:
        if state.key not in chosen:
            continue
        choice = _choose(situation, engine, state, again=again)
        if isinstance(choice, Step) and not choice.speech and state.kind is not Kind.NO_MASTER:
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
        code = "would-speak" if step.speech else "would-finish" if step.state.why else "would-build"
        yield _outcome(step.state, Verdict.SKIPPED, code, _why(step.state))
    for file in plan.surplus:
        yield Outcome(file.path, Verdict.SKIPPED, "would-remove", "nothing asks for it any more")


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
                yield _done(step, made)
            else:
                yield made


def _withdraw(workspace: Workspace, line: Built | None) -> None:
    """Remove the built files of a prompt whose new sound is doubtful: they say what it no longer is to say."""
    for file in line.files.values() if line else ():
        (workspace.sounds / file.path).unlink(missing_ok=True)


def _choose(situation: Situation, engine: Engine | None, state: State, *, again: bool) -> Step | Outcome:
    """A Step where a sound can be made, with all formats; else the Outcome that says why not."""
    adopted = state.prompt is not None and state.prompt.adopted
    if state.kind is Kind.MISSING and adopted:
        return _outcome(state, Verdict.FAILED, "no-sound", "adopted, but no sound of it was imported", "import it")
    if state.kind is Kind.NO_WORDS:
        return _outcome(state, Verdict.SKIPPED, "no-words", "nothing to speak", "import a sound for it")
    if state.kind is Kind.DOUBTFUL and not again:
        return _doubtful(state)
    if state.kind is Kind.NEEDS_TAKE:
        return _outcome(state, Verdict.SKIPPED, "needs-take", "the reference voice is human", "record these words")
    if engine is None or adopted or not (again or _wants_words(situation, state)):
        return _from_master(situation, state)
    return _speak(engine, situation, state)


def _wants_words(situation: Situation, state: State) -> bool:
    """Whether nothing but speaking gives this prompt its sound: changed, or lost and approved by nobody."""
    if state.kind is Kind.NO_MASTER:
        return not (_approved(situation, state) or situation.committed(state))
    return state.kind is Kind.MISSING or bool(set(state.why) - {"finish"})


def _from_master(situation: Situation, state: State) -> Step | Outcome:
    """Finish from the Master; one that is missing comes back from git, or is an error: never spoken anew unasked."""
    if state.kind is Kind.NO_MASTER and not situation.committed(state):
        assert state.entry is not None
        detail = f"masters/{state.entry.master}.flac is neither here nor in the last commit"
        remedy = "restore the file" + (
            ""
            if state.parts and state.entry.origin.get("kind") == ADOPTED
            else f", or have it spoken anew: voicekit revoice --all {state.entry.id}"
        )
        return _outcome(state, Verdict.FAILED, "master-missing", detail, remedy)
    return Step(state, None, situation.workspace.formats)


def _speak(engine: Engine, situation: Situation, state: State) -> Step | Outcome:
    language = state.key[0]
    speech = engines.speech(engine, situation.voice, state.spoken, language)
    if speech is None:
        detail = f'the voice "{situation.voice.name}" speaks {", ".join(situation.voice.speakers)}, not {language}'
        remedy = f"add [languages.{language}] to {situation.voice.document.path}"
        return _outcome(state, Verdict.REFUSED, "no-speaker", detail, remedy)
    refusal = engine.refusal(speech)
    if len(speech.text) > LONGEST:
        refusal = f"{len(speech.text)} characters are too many for one prompt; {LONGEST} is the most"
    if refusal:
        return _outcome(state, Verdict.REFUSED, "cannot-speak", refusal, "change the words or the voice")
    return Step(state, speech, situation.workspace.formats)


def _approved(situation: Situation, state: State) -> bool:
    """Whether somebody approved the Master that this prompt has, be it with another finish."""
    approval = situation.approvals.last_approved(state.key)
    return approval is not None and state.entry is not None and approval.master == state.entry.master


def _make_all(plan: Plan) -> Iterator[tuple[Step, Made | Outcome]]:
    """Workers finish many prompts each; speaking gets a fresh process each time (engines/espeak.py says why)."""
    from voicekit.audio.render import prepare

    workers = parallel.processors()
    speakers = min(workers, plan.engine.parallel or workers) if plan.engine else workers
    quiet = [step for step in plan.steps if not step.speech]
    with _maker(plan) as maker:
        prepare(plan.situation.workspace.formats)
        for steps, count in ((quiet, workers), (plan.to_speak, speakers)):
            yield from _spread(maker, steps, count)


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
        yield Maker(situation.workspace, situation.finish, engine.speak, guard, origin)
        return
    with parallel.fresh(engine.speak, limit=LIMIT) as speak:
        yield Maker(situation.workspace, situation.finish, speak, guard, origin)


def _spread(maker: Maker, steps: Sequence[Step], workers: int) -> Iterator[tuple[Step, Made | Outcome]]:
    def make(step: Step) -> Made | Outcome:
        try:
            return maker.make(step)
        except VoicekitError as error:
            return _outcome(step.state, Verdict.FAILED, "not-made", str(error), "then run voicekit revoice again")
        except OSError as error:  # a full disk, a folder that can't be written
            return _outcome(step.state, Verdict.FAILED, "not-written", f"{error.filename or 'disk'}: {error.strerror}")

    for step, made in parallel.each(make, steps, workers=workers, limit=LIMIT):
        if isinstance(made, parallel.Crash):
            yield step, _outcome(step.state, Verdict.FAILED, "crashed", made.detail, data={"trace": made.trace})
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


def _doubtful(state: State, entry: Entry | None = None) -> Outcome:
    entry = entry or state.entry
    assert entry is not None
    remedy = (
        f"listen: voicekit play --master {state.name}; then voicekit approve {state.name} --accept --by NAME "
        f"--note WHY, or change it and voicekit revoice --all {state.name}"
    )
    return _outcome(
        state, Verdict.REFUSED, "doubtful", "; ".join(entry.doubts.values()), remedy, data=dict(entry.checks)
    )


def _done(step: Step, made: Made) -> Outcome:
    if made.built is None:
        return _doubtful(step.state, made.entry)
    code = "spoken" if step.speech else "finished" if step.state.why else "built"
    why = _why(step.state)
    level = f"{made.entry.level:.1f} dBov" if made.entry.level is not None else "no speech"
    data = {
        "seconds": made.entry.seconds,
        "level": made.entry.level,
        "master": made.entry.master,
        "files": [file.path for file in made.built.files.values()],
        "why": list(step.state.why),
        "voice": made.entry.checks.get("voice"),
    }
    return _outcome(step.state, Verdict.DONE, code, f"{made.entry.seconds:.1f} s, {level} ({why})", data=data)


def _why(state: State) -> str:
    return ", ".join(state.why) or ("new" if state.kind is Kind.MISSING else state.kind.value)


def _outcome(
    state: State,
    verdict: Verdict,
    code: str,
    detail: str,
    remedy: str = "",
    *,
    data: Mapping[str, object] | None = None,
) -> Outcome:
    return Outcome(state.name, verdict, code, detail, remedy, data or {})
