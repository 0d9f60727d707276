"""Recordings that are to go, by who asks for it or by a rule: what stands against it, and what is left to be done."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from voicekit.calls import hearing, notes, purge
from voicekit.calls.chain import Entry, Kind
from voicekit.calls.history import History
from voicekit.calls.index.read import SHORT
from voicekit.calls.notes import Note
from voicekit.calls.purge import Purged
from voicekit.calls.receipts import Receipt
from voicekit.calls.run import Run
from voicekit.errors import VerificationError
from voicekit.outcome import Outcome, Verdict
from voicekit.stores import Store

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring


class Cases:
    """The cases of holds, as far as their notes can be read; each is read once. `ring` None: none that is sealed."""

    def __init__(self, store: Store, ring: "Keyring | None") -> None:
        self._store, self._ring = store, ring
        self._names: dict[str, str | None] = {}

    def of(self, hold: Entry) -> str | None:
        note = str(hold.body.get("note"))
        if note not in self._names:
            with suppress(VerificationError):
                said = notes.get(self._store, self._ring, note)
                self._names[note] = said.case if said else None
        return self._names.setdefault(note, None)

    def shown(self, hold: Entry) -> str:
        name = self.of(hold)
        return f"a case whose note can't be read ({hold.body.get('note')})" if name is None else f'"{name}"'

    def refusal(self, history: History, recording: str) -> Outcome | None:
        """Why this recording may not go: it is on hold."""
        if not (holds := history.holds(recording)):
            return None
        said = "; ".join(f"{self.shown(hold)}, by {hold.body.get('actor')} on {hold.day}" for hold in holds)
        remedy = "voicekit calls unhold --case NAME ends a hold"
        return Outcome(recording[:SHORT], Verdict.REFUSED, "on-hold", f"on hold for {said}", remedy)


def unknown(damaged: Sequence[Outcome]) -> Iterator[Outcome]:
    """Where a ledger is damaged nothing may go: a hold may stand in what can't be read."""
    for one in damaged:
        yield one
        detail = "nothing is removed: a hold may stand in what can't be read"
        yield Outcome(one.subject, Verdict.REFUSED, "holds-unknown", detail, "mend that ledger from another copy")


def begun(run: Run) -> Iterator[Purged]:
    """Bring to its end what ledgers say is deleted or erased, of this run and of any that was killed before. What came
    on hold before it was gone stays until that ends.
    """
    run.publish()
    history = run.history
    run.archiver.begun.leave_out(history.gone)
    unfinished = set(history.unfinished())
    if not unfinished:
        return
    run.cache.later.forget(unfinished)
    receipts: dict[str, Receipt] = {}
    adopted: list[Receipt] = []
    by_page: dict[str, set[str]] = {}
    for entry in hearing.believed(
        hearing.everything(run.settings, run.store), run.archiver.ring.naming if run.archiver.ring else b""
    ):
        if entry.kind in (Kind.RECEIPT, Kind.ADOPT) and entry.body["recording"] in unfinished:
            receipt = Receipt.of(entry.body)
            before = receipts.get(receipt.recording)
            if before is None or (before.adopted and not receipt.adopted):  # of both, the sound is ours to remove too
                receipts[receipt.recording] = receipt
            adopted += [receipt] * receipt.adopted
            by_page.setdefault(receipt.page, set()).add(receipt.recording)
    for held in [recording for recording in receipts if history.holds(recording)]:
        yield Purged(receipts.pop(held), error="it is on hold")
    adopted = [receipt for receipt in adopted if receipt.recording in receipts]
    by_page = {page: recordings & receipts.keys() for page, recordings in by_page.items()}
    erased = [recording for recording in receipts if history.erased(recording)]
    if erased:
        for page, recordings in purge.everywhere(run.store, erased).items():
            by_page.setdefault(page, set()).update(recordings)
    yield from purge.purged(run, receipts, adopted, by_page)


def outcome(purged: Purged, done: str) -> Outcome:
    """`done` is the code of one that went."""
    recording = purged.receipt.recording
    if purged.error:
        remedy = "the ledger says that it is to go: run this again once that is mended"
        return Outcome(recording[:SHORT], Verdict.FAILED, "not-erased", purged.error, remedy)
    detail = "a lock keeps its sealed sound; its key is destroyed" if purged.locked else "its sound, key and sidecar"
    if purged.absent:
        detail = "its sidecar; its object was no longer where it was adopted: who moved it may have it still"
    return Outcome(recording[:SHORT], Verdict.DONE, done, detail, data={"recording": recording})


def unfinished(history: History) -> Iterator[Outcome]:
    """What ledgers say is gone, of which none says that it is done: its key may be there."""
    for recording in history.unfinished():
        detail = "the ledger says that it is to go, and not that it is gone: its key may be there"
        yield Outcome(recording, Verdict.FAILED, "not-erased", detail, "voicekit calls erase brings it to its end")


def said(run: Run, note: Note) -> str:
    """The key of a note of this run."""
    return notes.put(run.store, run.archiver.ring, run.writer, note)
