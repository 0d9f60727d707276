"""Archived recordings, byte for byte as they were found."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from voicekit import fs
from voicekit.calls import ledgers
from voicekit.calls.chain import Kind
from voicekit.calls.keys import Keyring
from voicekit.calls.receipts import Receipt
from voicekit.calls.restore import Restorer
from voicekit.calls.settings import Settings
from voicekit.errors import VoicekitError
from voicekit.outcome import Outcome, Verdict
from voicekit.stores import Store


def apply(
    settings: Settings, ring: Keyring | None, store: Store, recordings: Sequence[str], folder: Path
) -> Iterator[Outcome]:
    """Write each of these recordings below `folder`, under its path in the spool; what is there already stays.

    Outcomes name no path: it tells of the caller.
    """
    restorer = Restorer(store, ring)
    receipts = {
        entry.body["recording"]: Receipt.of(entry.body)
        for entry in ledgers.everything(settings, store)
        if entry.kind in (Kind.RECEIPT, Kind.ADOPT) and entry.body["recording"] in recordings
    }
    for recording in dict.fromkeys(recordings):
        try:
            yield _one(restorer, receipts.get(recording), recording, folder)
        except VoicekitError as error:
            yield Outcome(recording, Verdict.FAILED, "not-restored", str(error))


def _one(restorer: Restorer, receipt: Receipt | None, recording: str, folder: Path) -> Outcome:
    if receipt is None:
        return Outcome(recording, Verdict.FAILED, "unknown", "no ledger has a receipt of this recording")
    sidecar = restorer.sidecar(receipt)
    target = folder / _below(str(sidecar.get("path", "")))
    if target.exists():
        return Outcome(recording, Verdict.SKIPPED, "exists", "there is a file of its name already; it stays")
    target.parent.mkdir(parents=True, exist_ok=True)
    with fs.replacing(target) as file:
        file.writelines(restorer.blocks(receipt))
    modified = int(sidecar.get("modified", 0))
    os.utime(target, (modified, modified))
    return Outcome(recording, Verdict.DONE, "restored", f"{receipt.size} bytes to {folder}")


def _below(path: str) -> Path:
    """A path that leads nowhere else, whatever the sidecar says."""
    parts = [part for part in PurePosixPath(path).parts if part not in ("/", "..", ".")]
    return Path(*parts) if parts else Path("recording")
