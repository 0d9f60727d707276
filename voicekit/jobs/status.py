"""What every prompt is worth now, and what a prudent owner would want to know about the workspace."""

from collections import Counter
from collections.abc import Iterator, Sequence

from voicekit import calibration, engines, manifest
from voicekit.approvals import Answer
from voicekit.decision import TAKE
from voicekit.errors import EngineError
from voicekit.hosts import git
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.release import pushed
from voicekit.state import Kind, Situation, State

MANY = 10  # prompts in one state that are told one by one

_REMEDIES = {
    Kind.STALE: "run voicekit revoice",
    Kind.MISSING: "run voicekit revoice",
    Kind.NEEDS_TAKE: TAKE,
    Kind.NO_WORDS: "import a sound for it, or give it words",
    Kind.DOUBTFUL: "listen to it; voicekit revoice says what then",
    Kind.NO_MASTER: "run voicekit revoice: it looks in git",
    Kind.ORPHANED: "not in the catalogue any more; its Master stays",
    "stand-in": TAKE,
}
_GOOD = {Kind.CURRENT, Kind.ORPHANED, "adopted"}


def prompts(situation: Situation, patterns: Sequence[str] = ()) -> Iterator[Outcome]:
    """One outcome a prompt or orphaned line of the lock; `code` is the state, kept when current, else skipped."""
    chosen = {prompt.key for prompt in situation.catalogue.find(patterns)}
    for state in situation.states():
        if state.key in chosen or (state.kind is Kind.ORPHANED and not patterns):
            yield _outcome(state)


def unsettled(situation: Situation) -> Iterator[Outcome]:
    """What is not as it should be; many prompts in one state for one reason are one outcome."""
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for outcome in prompts(situation):
        if outcome.verdict is not Verdict.KEPT:
            groups.setdefault((outcome.code, outcome.detail, outcome.remedy), []).append(outcome)
    for (code, detail, remedy), outcomes in groups.items():
        if len(outcomes) > MANY:
            subjects = [outcome.subject for outcome in outcomes]
            text = f"{detail or code}, from {subjects[0]} to {subjects[-1]}"
            yield Outcome(f"{len(outcomes)} prompts", Verdict.SKIPPED, code, text, remedy, {"prompts": subjects})
        else:
            yield from outcomes


def overview(situation: Situation) -> Iterator[Outcome]:
    """One outcome a language: how many prompts are in which state, how long they are together, what is built."""
    built = manifest.load(situation.workspace.manifest)
    states = list(situation.states())
    for language in situation.workspace.languages:
        mine = [state for state in states if state.key[0] == language and state.prompt]
        counts = Counter(_code(state) for state in mine)
        seconds = sum(state.entry.seconds for state in mine if state.entry)
        files = [
            file for key, line in built.items() if line.sound and key[0] == language for file in line.files.values()
        ]
        size = sum(file.bytes for file in files)
        kinds = ", ".join(f"{count} {code}" for code, count in counts.most_common())
        detail = (
            f"{kinds or 'no prompts'}; {_time(seconds)} of sound; {counted(len(files), 'file')}, {size / 1e6:.1f} MB"
        )
        data = {"states": dict(counts), "seconds": round(seconds, 1), "files": len(files), "bytes": size}
        yield Outcome(language, Verdict.KEPT, "overview", detail, data=data)


def notes(situation: Situation) -> Iterator[Outcome]:
    """What concerns the workspace as a whole: approvals that are awaited, voices, Masters, versions, other words."""
    states = list(situation.states())
    yield from _awaiting(states)
    yield from _speakers(situation)
    yield from _masters(situation)
    yield from _versions(situation)
    yield from _unchecked(situation)
    orphaned = [state.name for state in states if state.kind is Kind.ORPHANED]
    if orphaned:
        detail = f"{counted(len(orphaned), 'line')} of prompts that are no more; their Masters stay"
        yield Outcome("lock", Verdict.KEPT, "orphaned", detail, data={"prompts": orphaned})
    otherwise = sum(state.otherwise for state in states)
    if otherwise:
        detail = f"{counted(otherwise, 'prompt')} would be read in other words by this version's text rules"
        yield Outcome("text", Verdict.SKIPPED, "otherwise", detail, "voicekit revoice --all ID speaks one anew")


def _outcome(state: State) -> Outcome:
    answer = state.answer.answer.value if state.answer else "awaiting"
    detail = ", ".join(state.why)
    if state.kind is Kind.DOUBTFUL and state.entry:
        detail = "; ".join(state.entry.doubts.values())
    rejected = state.answer is not None and state.answer.answer is Answer.REJECTED
    if state.answer and rejected:
        detail = f"rejected by {state.answer.by}: {state.answer.note}".rstrip(": ")
    data = {
        "why": list(state.why),
        "answer": answer,
        "adopted": bool(state.prompt and state.prompt.adopted),
        "sound": state.parts.sound if state.parts else None,
        "master": state.entry.master if state.entry else None,
        "origin": dict(state.entry.origin) if state.entry else None,
    }
    code = _code(state)
    if code == "stand-in":
        detail = f'spoken by "{state.stand_in}"'
    good = code in _GOOD and not rejected
    verdict = Verdict.KEPT if good else Verdict.SKIPPED
    return Outcome(state.name, verdict, code, detail, _REMEDIES.get(code, ""), data)


def _code(state: State) -> str:
    if state.kind is Kind.CURRENT and state.prompt and state.prompt.adopted:
        return "adopted"
    if state.kind is Kind.CURRENT and state.stand_in:
        return "stand-in"
    return state.kind.value


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _awaiting(states: list[State]) -> Iterator[Outcome]:
    made = [state for state in states if state.kind is Kind.CURRENT]
    awaiting = sum(state.answer is None for state in made)
    rejected = sum(bool(state.answer and state.answer.answer is Answer.REJECTED) for state in made)
    if awaiting or rejected:
        detail = f"{awaiting} of {len(made)} current sounds await approval, {rejected} are rejected"
        remedy = "voicekit proof --changed -o proof.html makes the page to send out"
        yield Outcome("approvals", Verdict.SKIPPED, "awaiting-approval", detail, remedy)


def _speakers(situation: Situation) -> Iterator[Outcome]:
    voice = situation.voice
    if len(voice.people) > 1:
        who = ", ".join(f"{language}: {speaker.name}" for language, speaker in voice.speakers.items())
        detail = f"speaks as {len(voice.people)} different speakers ({who}): callers of both languages hear two voices"
        yield Outcome(f"voices/{voice.name}", Verdict.SKIPPED, "several-speakers", detail)


def _masters(situation: Situation) -> Iterator[Outcome]:
    """Masters that exist nowhere but on this disk, and Masters that no prompt uses."""
    masters = situation.workspace.masters
    here = masters.names()
    used = {entry.master for entry in situation.lock.entries.values()}
    committed = git.committed(masters.folder) or set()
    alone = [name for name in sorted(used & here) if f"{name}.flac" not in committed]
    if alone:
        stored = set(pushed.masters(situation.workspace))
        alone = [name for name in alone if name not in stored]
    if alone:
        detail = f"{len(alone)} of {len(used & here)} Masters in use exist nowhere but here"
        remedy = "commit masters/ to git, or put them into a store with voicekit release push"
        yield Outcome("masters", Verdict.SKIPPED, "only-here", detail, remedy, {"masters": alone})
    if here - used:
        detail = f"{counted(len(here - used), 'Master')} kept that no prompt uses now"
        yield Outcome("masters", Verdict.KEPT, "unused", detail, data={"masters": sorted(here - used)})


def _unchecked(situation: Situation) -> Iterator[Outcome]:
    """Languages of the reference voice that were never measured: nobody checks whether it is still the one."""
    known = calibration.load(situation.voice.folder)
    missing = [language for language in situation.workspace.languages if language not in known]
    if missing:
        detail = f"never calibrated in {', '.join(missing)}: nobody notices when it becomes another voice"
        remedy = "a recording of the person: voicekit voice calibrate --from FILE" if situation.voice.human else ""
        remedy = remedy or "run voicekit voice calibrate"
        subject = f"voices/{situation.voice.name}/{calibration.FILE}"
        yield Outcome(subject, Verdict.SKIPPED, "not-calibrated", detail, remedy)


def _versions(situation: Situation) -> Iterator[Outcome]:
    """An engine that is another one than the one that spoke changes nothing by itself; it is worth knowing."""
    engine = engines.of(situation.voice)
    if engine is None:
        return
    try:
        now = engine.version()
    except EngineError as error:
        yield Outcome(f"engine {engine.name}", Verdict.SKIPPED, "engine-missing", str(error), engine.how_to_get)
        return
    origins = [entry.origin for entry in situation.lock.entries.values()]
    spoken = [origin.get("version", "") for origin in origins if origin.get("engine") == engine.name]
    other = sorted({version for version in spoken if version != now})
    if other:
        count = sum(version != now for version in spoken)
        detail = f"is {now} here; what {', '.join(other)} spoke stays as it is, {counted(count, 'prompt')}"
        yield Outcome(f"engine {engine.name}", Verdict.KEPT, "other-version", detail)
