"""A release to targets: what would change, and the change itself. Several at once; one that fails stops no other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicekit.deploy import each, freepbx, ship, tell
from voicekit.deploy.look import Seen, look
from voicekit.deploy.plan import Plan
from voicekit.deploy.plan import plan as planned
from voicekit.errors import InputError, StoreError
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.release import SHORT, assemble, shelf, stock
from voicekit.release.manifest import Manifest
from voicekit.stores import Store
from voicekit.targets import Target
from voicekit.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be deployed, from which store, and how far. `changed` are prompts that are other here by now."""

    manifest: Manifest
    store: Store
    approved_only: bool = False
    take_over: bool = False
    languages: tuple[str, ...] = ()  # whose words are shown where there is room for one language
    changed: tuple[str, ...] = ()

    @classmethod
    def of(cls, workspace: Workspace, named: str, *, take_over: bool = False) -> "Wanted":
        """A release on the shelf of a workspace."""
        store = shelf.of(workspace)
        manifest = stock.load(store, stock.find(store, named))
        if manifest.workspace != workspace.name:
            other = f'{manifest.id[:SHORT]} is of the workspace "{manifest.workspace}"'
            raise InputError(f'{other}; this is "{workspace.name}"')
        changed = assemble.changed(workspace, manifest) if named in ("", stock.LAST) else ()
        return cls(manifest, store, workspace.require_approval, take_over, workspace.languages, changed)


def plan(wanted: Wanted, targets: Sequence[Target]) -> Iterator[Outcome]:
    """What `apply` would do on each target; nothing is written there."""

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        seen, made = _planned(wanted, machine, target)
        yield from tell.told(target, made, take_over=wanted.take_over)
        refusal = _refusal(wanted, target, seen, made)
        yield refusal or tell.planned(target, wanted.manifest, seen, made)
        if target.freepbx and not refusal:
            yield _recordings(wanted, target, machine, register=False)

    yield from tell.behind(wanted.manifest.id, wanted.changed)
    yield from each(one, targets)


def apply(wanted: Wanted, targets: Sequence[Target]) -> Iterator[Outcome]:
    """Bring the release to each target, all of it or nothing."""

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        seen, made = _planned(wanted, machine, target)
        told = tell.told(target, made, take_over=wanted.take_over)
        yield from (outcome for outcome in told if outcome.verdict is not Verdict.DONE)
        refusal = _refusal(wanted, target, seen, made)
        if refusal:
            yield refusal
            return
        if made.idle and seen.state == "applied" and seen.release == wanted.manifest.id:
            yield tell.kept(target, wanted.manifest, seen)
        else:
            said = ship.apply(machine, wanted.manifest, wanted.store, seen, made, take_over=wanted.take_over)
            yield tell.applied(target, wanted.manifest, seen, made, said)
        if target.freepbx:
            yield _recordings(wanted, target, machine, register=True)

    yield from tell.behind(wanted.manifest.id, wanted.changed)
    yield from each(one, targets)


def _recordings(wanted: Wanted, target: Target, machine: Machine, *, register: bool) -> Outcome:
    """What became of the System Recordings, or would. The sounds are deployed whatever that is."""
    prompts = freepbx.prompts(wanted.manifest.prompts, wanted.languages)
    subject, data = f"{target.name}: FreePBX", {"target": target.name}
    try:
        table = freepbx.look(machine)
        rows = freepbx.missing(prompts, table)
        if rows and register:
            freepbx.register(machine, rows, table)
    except StoreError as error:
        remedy = (
            "the sounds are deployed; apply again registers them" if register else "apply would deploy the sounds only"
        )
        return Outcome(subject, Verdict.FAILED, "not-registered", str(error), remedy, data)
    detail = f"{counted(len(rows), 'new System Recording')}, {len(prompts) - len(rows)} there before"
    verdict = Verdict.DONE if rows else Verdict.KEPT
    code = "registered" if register else "would-register"
    return Outcome(subject, verdict, code, detail, data=data | {"new": len(rows), "prompts": len(prompts)})


def _planned(wanted: Wanted, machine: Machine, target: Target) -> tuple[Seen, Plan]:
    seen = look(machine, target.sounds, (file.path for file in wanted.manifest.files))
    return seen, planned(wanted.manifest, seen, approved_only=wanted.approved_only)


def _refusal(wanted: Wanted, target: Target, seen: Seen, made: Plan) -> Outcome | None:
    known = set(stock.releases(wanted.store))
    return tell.refusal(target, wanted.manifest, seen, made, known, take_over=wanted.take_over)
