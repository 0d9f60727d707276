"""A release to targets: what would change, and the change itself. Several at once; one that fails stops no other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicekit.deploy import each, freepbx, ship
from voicekit.deploy.look import Seen, look
from voicekit.deploy.plan import AGAINST, ROOM, TAKEN, Change, Plan
from voicekit.deploy.plan import plan as planned
from voicekit.errors import InputError, StoreError
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict
from voicekit.release import SHORT, shelf, stock
from voicekit.release.manifest import Manifest
from voicekit.release.pack import workspace as identity
from voicekit.stores import Store
from voicekit.targets import Target
from voicekit.workspace import Workspace

_TAKE = (
    "look at it, then deploy adopt takes it into the workspace, and --take-over replaces it (rollback brings it back)"
)
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
    Change.LEFT: "no longer in the release, but somebody changed it there: it stays",
    Change.HELD: "an announcement lies there until its time is over",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be deployed, from which store, and how far."""

    manifest: Manifest
    store: Store
    approved_only: bool = False
    take_over: bool = False

    @classmethod
    def of(cls, workspace: Workspace, named: str, *, take_over: bool = False) -> "Wanted":
        """A release on the shelf of a workspace."""
        store = shelf.of(workspace)
        manifest = stock.load(store, stock.find(store, named))
        if manifest.workspace != workspace.name:
            other = f'{manifest.id[:SHORT]} is of the workspace "{manifest.workspace}"'
            raise InputError(f'{other}; this is "{workspace.name}"')
        return cls(manifest, store, workspace.require_approval, take_over)


def plan(wanted: Wanted, targets: Sequence[Target]) -> Iterator[Outcome]:
    """What `apply` would do on each target; nothing is written there."""

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        seen, made = _planned(wanted, machine, target)
        yield from _told(wanted, target, made)
        yield _refusal(wanted, target, seen, made) or _foretold(wanted, target, seen, made)

    return each(one, targets)


def apply(wanted: Wanted, targets: Sequence[Target]) -> Iterator[Outcome]:
    """Bring the release to each target, all of it or nothing."""

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        seen, made = _planned(wanted, machine, target)
        yield from (outcome for outcome in _told(wanted, target, made) if outcome.verdict is not Verdict.DONE)
        refusal = _refusal(wanted, target, seen, made)
        if refusal:
            yield refusal
            return
        if made.idle and seen.state == "applied" and seen.release == wanted.manifest.id:
            yield _outcome(target, Verdict.KEPT, "kept", f"{wanted.manifest.id[:SHORT]} is there already")
        else:
            ship.apply(machine, wanted.manifest, wanted.store, seen, made, take_over=wanted.take_over)
            detail = f"{wanted.manifest.id[:SHORT]} as number {seen.serial + 1}: {_counted(made)}"
            yield _outcome(target, Verdict.DONE, "applied", detail, data=_data(wanted, made))
        if target.freepbx:
            yield _registered(wanted, target, machine)

    return each(one, targets)


def _registered(wanted: Wanted, target: Target, machine: Machine) -> Outcome:
    """What became of the System Recordings. The sounds are deployed whatever that is."""
    prompts = freepbx.prompts(wanted.manifest.prompts, wanted.workspace.languages)
    subject, data = f"{target.name}: FreePBX", {"target": target.name}
    try:
        table = freepbx.look(machine)
        if rows := freepbx.missing(prompts, table):
            freepbx.register(machine, rows, table)
    except StoreError as error:
        remedy = "the sounds are deployed; apply again registers them"
        return Outcome(subject, Verdict.FAILED, "not-registered", str(error), remedy, data)
    detail = f"{len(rows)} new System Recordings, {len(prompts) - len(rows)} were there"
    verdict = Verdict.DONE if rows else Verdict.KEPT
    return Outcome(subject, verdict, "registered", detail, data=data | {"new": len(rows), "prompts": len(prompts)})


def _planned(wanted: Wanted, machine: Machine, target: Target) -> tuple[Seen, Plan]:
    seen = look(machine, target.sounds, (file.path for file in wanted.manifest.files))
    return seen, planned(wanted.manifest, seen, approved_only=wanted.approved_only)


def _told(wanted: Wanted, target: Target, made: Plan) -> Iterator[Outcome]:
    """A line for each prompt of which something would change, or stands in the way."""
    for name, change, formats in _by_prompt(made):
        detail = ", ".join(part for part in (_WHAT.get(change, ""), " ".join(formats)) if part)
        verdict = Verdict.DONE
        if change in AGAINST:
            agreed = wanted.take_over and change in TAKEN
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


def _refusal(wanted: Wanted, target: Target, seen: Seen, made: Plan) -> Outcome | None:
    """Why nothing can be done on this target, as one outcome; None when it can."""
    reason = next(_reasons(wanted, seen, made), None)
    if reason is None:
        return None
    code, detail, remedy = reason
    return Outcome(target.name, Verdict.REFUSED, code, detail, remedy, {"target": target.name})


def _reasons(wanted: Wanted, seen: Seen, made: Plan) -> Iterator[tuple[str, str, str]]:
    """(code, what, what to do), the worst first."""
    if seen.untrusted:
        yield "untrusted", seen.untrusted, ""
    if seen.identity and seen.identity != identity(wanted.manifest.workspace).decode().strip():
        yield "other-workspace", f'it has the sounds of "{seen.identity}"', "check host and sounds in voicekit.toml"
    if seen.unfinished and seen.release != wanted.manifest.id:
        yield "unfinished", f"{seen.release[:SHORT]} was stopped on its way", "apply that again, or deploy rollback"
    if not wanted.take_over and seen.state == "applied" and seen.release not in stock.releases(wanted.store):
        detail = f"somebody else has moved it on, to {seen.release[:SHORT]}, which this workspace does not know"
        yield "moved-on", detail, "voicekit release pull theirs; or --take-over"
    need = sum(file.bytes for file in made.wanted) + ROOM
    if made.wanted and seen.room < need:
        yield "full", f"{need / 1e6:.0f} MB are needed, {seen.room / 1e6:.0f} MB are free", "make room there"
    if against := made.against(take_over=wanted.take_over):
        yield "in-the-way", f"{len(against)} files are in the way; nothing was changed", ""


def _foretold(wanted: Wanted, target: Target, seen: Seen, made: Plan) -> Outcome:
    was = seen.release[:SHORT] if seen.state == "applied" else "no release"
    detail = f"{was} -> {wanted.manifest.id[:SHORT]}: {_counted(made)}"
    return _outcome(target, Verdict.KEPT if made.idle else Verdict.DONE, "planned", detail, data=_data(wanted, made))


def _counted(made: Plan) -> str:
    counts = {change: sum(1 for one in made.changes.values() if one is change) for change in Change}
    told = ", ".join(f"{count} {change}" for change, count in counts.items() if count)
    return f"{told} ({sum(file.bytes for file in made.wanted) / 1e6:.1f} MB to bring)" if told else "nothing"


def _data(wanted: Wanted, made: Plan) -> dict[str, object]:
    counts = {change.value: sum(1 for one in made.changes.values() if one is change) for change in Change}
    return {"release": wanted.manifest.id, "changes": counts, "bytes": sum(file.bytes for file in made.wanted)}


def _outcome(
    target: Target, verdict: Verdict, code: str, detail: str, *, data: dict[str, object] | None = None
) -> Outcome:
    return Outcome(target.name, verdict, code, detail, data={"target": target.name} | (data or {}))
