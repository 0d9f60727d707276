"""What is said of a plan: the outcomes that all jobs share which bring files to targets."""

from collections.abc import Container, Iterator, Sequence

from voicekit.deploy.look import Seen
from voicekit.deploy.plan import AGAINST, ROOM, TAKEN, Change, Plan
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.release import SHORT
from voicekit.release.manifest import Manifest
from voicekit.release.pack import workspace as identity
from voicekit.targets import Target

_TAKE = "look at it, then deploy adopt takes it into the workspace, and --take-over replaces it (a copy is kept there)"
_LONGEST = 4_000  # characters of what a target says that are shown
ASIDE = "what others had put there is kept in "  # as lib.sh says it, with the folder
_REMEDIES = {
    Change.DRIFT: _TAKE,
    Change.FOREIGN: "--take-over moves it away, and rollback brings it back; or give the prompt another id",
    Change.SIBLING: "Asterisk may play it instead; --take-over moves it away, and rollback brings it back",
    Change.BLOCKED: "put a file in its place, or remove it there",
    Change.UNAPPROVED: "voicekit approve, then release build again",
}
_WHAT = {
    Change.DRIFT: "somebody changed it there",
    Change.FOREIGN: "a file that voicekit did not put there",
    Change.SIBLING: "the same prompt in a format that the release has not",
    Change.BLOCKED: "a link or a folder lies there",
    Change.UNAPPROVED: "nobody has approved it, and require_approval is set",
    Change.ADOPTED: "the very file that it was adopted from lies there: the new one is made of it",
    Change.LEFT: "no longer in the release, but somebody changed it there: it stays",
    Change.HELD: "an announcement lies there until its time is over",
}


def told(target: Target, made: Plan, *, take_over: bool) -> Iterator[Outcome]:
    """A line for each prompt of which something would change, or stands in the way."""
    for name, change, formats in _by_prompt(made):
        detail = ", ".join(part for part in (_WHAT.get(change, ""), " ".join(formats)) if part)
        verdict = Verdict.DONE
        if change in AGAINST:
            agreed = take_over and change in TAKEN
            verdict = Verdict.SKIPPED if agreed else Verdict.REFUSED
        elif change in (Change.LEFT, Change.HELD):
            verdict = Verdict.SKIPPED
        remedy = _REMEDIES.get(change, "") if verdict is Verdict.REFUSED else ""
        yield Outcome(f"{target.name}: {name}", verdict, change.value, detail, remedy, {"target": target.name})


def _by_prompt(made: Plan) -> Iterator[tuple[str, Change, list[str]]]:
    found: dict[tuple[str, Change], list[str]] = {}
    for path, change in made.changes.items():
        if change is not Change.UNCHANGED:
            name, _, extension = path.rpartition(".")
            found.setdefault((name, change), []).append(extension)
    yield from ((name, change, extensions) for (name, change), extensions in found.items())


def refusal(
    target: Target,
    manifest: Manifest,
    seen: Seen,
    made: Plan,
    known: Container[str],
    *,
    take_over: bool,
    back: str = "rollback",
) -> Outcome | None:
    """Why nothing can be done on this target, as one outcome; None when it can.

    `known` are releases of ours, `back` is the command of `deploy` that takes back what was stopped.
    """
    reason = next(_reasons(manifest, seen, made, known, back, take_over=take_over), None)
    return _refused(target, reason)


def stranger(target: Target, workspace: str, seen: Seen) -> Outcome | None:
    """Why it is no business of the workspace of this name."""
    return _refused(target, next(_whose(workspace, seen), None))


def _refused(target: Target, reason: tuple[str, str, str] | None) -> Outcome | None:
    if reason is None:
        return None
    code, detail, remedy = reason
    return Outcome(target.name, Verdict.REFUSED, code, detail, remedy, {"target": target.name})


def _whose(workspace: str, seen: Seen) -> Iterator[tuple[str, str, str]]:
    if seen.untrusted:
        yield "untrusted", seen.untrusted[:500], ""
    if seen.identity and seen.identity != identity(workspace).decode().strip():
        detail = f'it has the sounds of "{seen.identity[:200]}"'
        yield "other-workspace", detail, "check host and sounds in voicekit.toml"


def _reasons(
    manifest: Manifest, seen: Seen, made: Plan, known: Container[str], back: str, *, take_over: bool
) -> Iterator[tuple[str, str, str]]:
    """(code, what, what to do), the worst first."""
    yield from _whose(manifest.workspace, seen)
    if seen.unfinished and seen.release != manifest.id:
        yield "unfinished", f"{seen.release[:SHORT]} was stopped on its way", f"apply that again, or deploy {back}"
    if not take_over and seen.state == "applied" and seen.release not in known:
        detail = f"somebody else has moved it on, to {seen.release[:SHORT]}, which this workspace does not know"
        yield "moved-on", detail, "voicekit release pull theirs; or --take-over"
    need = sum(file.bytes for file in made.wanted) + ROOM
    if made.wanted and seen.room < need:
        yield "full", f"{need / 1e6:.0f} MB are needed, {seen.room / 1e6:.0f} MB are free", "make room there"
    if against := made.against(take_over=take_over):
        yield "in-the-way", f"{counted(len(against), 'file')} in the way; nothing was changed", ""


def behind(release: str, changed: Sequence[str]) -> Iterator[Outcome]:
    """That the workspace has other words or sounds by now than its last release; nothing where it has not."""
    if changed:
        detail = f"{counted(len(changed), 'prompt')} changed since this release was built"
        remedy = "voicekit revoice, then voicekit release build"
        yield Outcome(release[:SHORT], Verdict.SKIPPED, "behind", detail, remedy, {"prompts": list(changed)})


def planned(target: Target, manifest: Manifest, seen: Seen, made: Plan) -> Outcome:
    """What would be done."""
    was = seen.release[:SHORT] if seen.state == "applied" else "no release"
    detail = f"{was} -> {manifest.id[:SHORT]}{_where(target, seen)}: {_counted(made)}"
    return _outcome(target, Verdict.KEPT if made.idle else Verdict.DONE, "planned", detail, _data(manifest, made))


def applied(target: Target, manifest: Manifest, seen: Seen, made: Plan, said: str) -> Outcome:
    """What was done; `seen` is what there was before, `said` what apply.sh says of it."""
    again = seen.state == "applied" and seen.release == manifest.id  # mended: no step of its own
    number = f"as number {seen.serial + (not again)}{_where(target, seen)}"
    detail = f"{manifest.id[:SHORT]} {number}: {_counted(made)}"
    aside = [line for line in said.splitlines() if line.startswith(ASIDE)]
    detail = "; ".join([detail, *aside])[:_LONGEST]
    return _outcome(target, Verdict.DONE, "applied", detail, _data(manifest, made))


def kept(target: Target, manifest: Manifest, seen: Seen) -> Outcome:
    """That there was nothing to do."""
    detail = f"{manifest.id[:SHORT]} is there already{_where(target, seen)}"
    return _outcome(target, Verdict.KEPT, "kept", detail, {})


def _where(target: Target, seen: Seen) -> str:
    """The folder of sounds, where nobody has named it: it was found."""
    return "" if target.sounds else f" in {seen.sounds}"


def _counted(made: Plan) -> str:
    counts = {change: sum(1 for one in made.changes.values() if one is change) for change in Change}
    told = ", ".join(f"{count} {change}" for change, count in counts.items() if count)
    return f"{told} ({sum(file.bytes for file in made.wanted) / 1e6:.1f} MB to bring)" if told else "nothing"


def _data(manifest: Manifest, made: Plan) -> dict[str, object]:
    counts = {change.value: sum(1 for one in made.changes.values() if one is change) for change in Change}
    return {"release": manifest.id, "changes": counts, "bytes": sum(file.bytes for file in made.wanted)}


def _outcome(target: Target, verdict: Verdict, code: str, detail: str, data: dict[str, object]) -> Outcome:
    return Outcome(target.name, verdict, code, detail, data={"target": target.name} | data)
