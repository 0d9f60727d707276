"""A release from one store to another: push and pull. And the proof that all of one is where it should be."""

from collections.abc import Iterator

from voicekit import release
from voicekit.errors import InputError, VoicekitError
from voicekit.outcome import Outcome, Verdict
from voicekit.release import stock, transfer
from voicekit.release.transfer import Object
from voicekit.stores import Store
from voicekit.stores.faults import AbsentError


def apply(source: Store, target: Store, named: str, *, masters: bool = True, only: str = "") -> Iterator[Outcome]:
    """Bring what is missing, the manifest last; stopped at any moment, the next run does the rest.

    One outcome an object, the last one of the release. `only` refuses releases of any other workspace.
    """
    manifest = stock.load(source, stock.find(source, named))
    if only and manifest.workspace != only:
        raise InputError(f'{source.name}: {manifest.id[: release.SHORT]} is of the workspace "{manifest.workspace}"')
    lacking = transfer.missing(target, transfer.needs(manifest, masters=masters))
    sent, failed = 0, 0
    for one, result in transfer.bring(lacking, source, target):
        if isinstance(result, VoicekitError):
            failed += 1
            yield _failed(one, result)
        else:
            sent += result
            yield Outcome(one.key, Verdict.DONE, "copied", f"{result} bytes")
    name = manifest.id[: release.SHORT]
    if failed:
        detail = f"{failed} objects could not be copied; {target.name} has no such release yet"
        yield Outcome(name, Verdict.FAILED, "incomplete", detail, "mend them, then run it again")
        return
    new = transfer.seal(manifest, target)
    data = {"release": manifest.id, "objects": len(lacking), "bytes": sent}
    if new or lacking:
        detail = f"in {target.name}: {len(lacking)} objects, {sent / 1e6:.1f} MB were missing"
        yield Outcome(name, Verdict.DONE, "brought", detail, data=data)
    else:
        yield Outcome(name, Verdict.KEPT, "kept", f"in {target.name}: nothing was missing", data=data)


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
        yield Outcome(name, Verdict.DONE, "proved", f"{good} objects, each byte", data={"release": manifest.id})


_MEND = "delete what is damaged, then push or pull the release again from where it is whole"


def _failed(one: Object, error: VoicekitError) -> Outcome:
    code = "missing" if isinstance(error, AbsentError) else "damaged"
    return Outcome(one.key, Verdict.FAILED, code, str(error))
