"""A release from one store to another: push and pull. And the proof that all of one is where it should be."""

from collections.abc import Iterator
from typing import Any

from voicekit import release
from voicekit.errors import InputError, VoicekitError
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.release import garbage, pushed, shelf, stock, transfer
from voicekit.release.manifest import Manifest
from voicekit.release.transfer import Object
from voicekit.stores import Store
from voicekit.stores.faults import AbsentError
from voicekit.workspace import Workspace


def apply(source: Store, target: Store, named: str, *, masters: bool = True, only: str = "") -> Iterator[Outcome]:
    """Bring what is missing, the manifest last; stopped at any moment, the next run does the rest.

    One outcome an object, the last one of the release. `only` refuses releases of any other workspace.
    """
    manifest = stock.load(source, stock.find(source, named))
    if only and manifest.workspace != only:
        raise InputError(f'{source.name}: {manifest.id[: release.SHORT]} is of the workspace "{manifest.workspace}"')
    needs = transfer.needs(manifest, masters=masters)
    if transfer.sealed(manifest, target) and not garbage.broken(target, needs):
        yield _kept(manifest, target)
        return
    stock.check_owner(target, manifest.workspace)
    lacking = transfer.missing(target, needs)
    sent, failed = 0, 0
    for one, result in transfer.bring(lacking, source, target):
        if isinstance(result, VoicekitError):
            failed += 1
            yield _failed(one, result)
        else:
            sent += result
            yield Outcome(one.key, Verdict.DONE, "copied", f"{result} bytes")
    if failed:
        yield _incomplete(manifest, f"{failed} objects could not be copied", "mend them, then run it again")
        return
    transfer.seal(manifest, target, stock.releases(source)[manifest.id].modified)
    if reason := garbage.broken(target, needs):
        yield _incomplete(manifest, reason, garbage.AGAIN)
        return
    yield _brought(manifest, target, len(lacking), sent)


def push(workspace: Workspace, target: Store, named: str, *, masters: bool) -> Iterator[Outcome]:
    """Bring a release of the workspace to a store, and remember that its Masters are there."""
    for outcome in apply(shelf.of(workspace), target, named, masters=masters):
        if masters and not outcome.bad and "release" in outcome.data:
            pushed.note(workspace, outcome.data["release"])
        yield outcome


def _incomplete(manifest: Manifest, detail: str, remedy: str) -> Outcome:
    return Outcome(manifest.id[: release.SHORT], Verdict.FAILED, "incomplete", detail, remedy)


def _kept(manifest: Manifest, target: Store) -> Outcome:
    detail = f"in {target.name}: nothing was missing"
    return Outcome(manifest.id[: release.SHORT], Verdict.KEPT, "kept", detail, data=_told(manifest, 0, 0))


def _brought(manifest: Manifest, target: Store, count: int, size: int) -> Outcome:
    detail = f"in {target.name}: {counted(count, 'object')}, {size / 1e6:.1f} MB were missing"
    return Outcome(manifest.id[: release.SHORT], Verdict.DONE, "brought", detail, data=_told(manifest, count, size))


def _told(manifest: Manifest, count: int, size: int) -> dict[str, Any]:
    return {"release": manifest.id, "objects": count, "bytes": size}


def verify(store: Store, named: str, *, masters: bool) -> Iterator[Outcome]:
    """Read every byte of a release and compare it with the manifest; only what is wrong is told one by one."""
    manifest = stock.load(store, stock.find(store, named))
    wrong, good = 0, 0
    for one, result in transfer.prove(transfer.needs(manifest, masters=masters), store):
        if isinstance(result, VoicekitError):
            wrong += 1
            yield _failed(one, result)
        else:
            good += 1
    name = manifest.id[: release.SHORT]
    if wrong:
        yield Outcome(name, Verdict.FAILED, "not-whole", f"{wrong} objects are missing or damaged", _MEND)
    else:
        yield Outcome(
            name, Verdict.DONE, "proved", f"in {store.name}: {good} objects, each byte", data={"release": manifest.id}
        )


_MEND = "delete what is damaged, then push or pull the release again from where it is whole"


def _failed(one: Object, error: VoicekitError) -> Outcome:
    code = "missing" if isinstance(error, AbsentError) else "damaged"
    return Outcome(one.key, Verdict.FAILED, code, str(error))
