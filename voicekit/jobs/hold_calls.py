"""Recordings on hold, for a case: nothing that voicekit does removes them until it is closed."""

from collections.abc import Iterator

from voicekit.calls import notes, removing, run
from voicekit.calls.chain import Kind
from voicekit.calls.index import base
from voicekit.calls.index.follow import caught_up
from voicekit.calls.index.read import SHORT
from voicekit.calls.index.selection import Selection, chosen, incomplete
from voicekit.calls.keys import Keyring
from voicekit.calls.notes import Note
from voicekit.calls.receipts import Receipt
from voicekit.calls.removing import Cases
from voicekit.calls.restore import Restorer
from voicekit.calls.run import Run
from voicekit.calls.settings import Settings
from voicekit.errors import InputError, VoicekitError
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.stores import Cap, Store


def apply(
    settings: Settings, ring: Keyring | None, store: Store, selection: Selection, note: Note
) -> Iterator[Outcome]:
    """An outcome for each recording. The ledger says it, in the store too, before the store is asked to enforce it."""
    if not note.case.strip():
        raise InputError("there is no name of a case; say one: --case NAME")
    notes.checked(note)
    yield from caught_up(settings, ring, store)
    with run.opened(settings, ring, store) as this:
        yield from this.damaged
        with base.reading(settings.index) as opened:
            found = {known.receipt.recording: known.receipt for known in chosen(opened, selection)}
            yield from incomplete(opened, selection)
        there = [one for one in found if not this.history.gone(one)]
        restorer = Restorer(store, ring)
        cases = Cases(store, ring)
        held = {one for one in there if note.case in map(cases.of, this.history.holds(one))}
        new = [one for one in there if one not in held]
        if new:
            this.say(*notes.facts(Kind.HOLD, new, removing.said(this, note)))
            this.publish()
        for recording in there:
            yield _enforced(restorer, found[recording], note.case, new=recording not in held)
        yield from _told(this, there)


def _enforced(restorer: Restorer, receipt: Receipt, case: str, *, new: bool) -> Outcome:
    recording = receipt.recording
    try:
        restorer.hold(receipt, on=True)
    except VoicekitError as error:
        remedy = "voicekit keeps it all the same; run this again once that is mended"
        return Outcome(recording[:SHORT], Verdict.FAILED, "not-locked", str(error), remedy)
    if not new:
        return Outcome(recording[:SHORT], Verdict.KEPT, "held", f'on hold for "{case}" already')
    return Outcome(recording[:SHORT], Verdict.DONE, "held", f'on hold for "{case}"', data={"recording": recording})


def _told(this: Run, there: list[str]) -> Iterator[Outcome]:
    if not there:
        detail = "no recording is as this asks for: nothing is put on hold"
        yield Outcome("index", Verdict.FAILED, "none", detail, "voicekit calls find shows what there is")
    elif Cap.OBJECT_LOCK not in this.store.caps:
        detail = f"{counted(len(there), 'recording')}: the store enforces no hold; voicekit alone does"
        remedy = "whoever may delete there still can: a bucket with Object Lock, and voicekit store check"
        yield Outcome("hold", Verdict.SKIPPED, "voicekit-only", detail, remedy)
