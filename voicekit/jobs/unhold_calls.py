"""A case is closed: its recordings are no longer on hold for it."""

from collections.abc import Iterator

from voicekit.calls import ledger, naming, notes, removing, run
from voicekit.calls.chain import Entry, Kind
from voicekit.calls.index import base
from voicekit.calls.index.follow import caught_up
from voicekit.calls.index.read import SHORT, Index
from voicekit.calls.index.selection import Selection, chosen
from voicekit.calls.keys import Keyring
from voicekit.calls.notes import Note
from voicekit.calls.receipts import Receipt
from voicekit.calls.removing import Cases
from voicekit.calls.restore import Restorer
from voicekit.calls.run import Run
from voicekit.calls.settings import Settings
from voicekit.errors import VoicekitError
from voicekit.outcome import Outcome, Verdict
from voicekit.stores import Store


def apply(
    settings: Settings, ring: Keyring | None, store: Store, selection: Selection, note: Note
) -> Iterator[Outcome]:
    """An outcome for each recording that was on hold for the case, of those chosen; of all where nothing is chosen.

    Other cases keep it on hold. The store lets go of it last: whoever is killed before that runs this again.
    """
    notes.checked(note)
    yield from caught_up(settings, ring, store)
    with run.opened(settings, ring, store) as this, base.reading(settings.index) as opened:
        yield from this.damaged
        wanted = {known.receipt.recording for known in chosen(opened, selection)} if selection else None
        restorer, index = Restorer(store, ring), Index(opened)
        cases = Cases(store, ring)
        held = {
            recording: of_case
            for recording in this.history.ever_held()
            if (wanted is None or recording in wanted) and (of_case := _of_case(this, cases, recording, note.case))
        }
        _say(this, held, note)
        for recording in held:
            known = index.known(recording)
            yield _let_go(this, cases, recording, restorer, known.receipt if known else None)
        if not held:
            detail = "none of these recordings is on hold for such a case"
            yield Outcome("hold", Verdict.FAILED, "none", detail, "voicekit calls holds lists the cases")


def _of_case(this: Run, cases: Cases, recording: str, case: str) -> list[Entry]:
    """What was said of it for this case, also what is ended. Where its note can't be read, the note's key names it."""
    told = (entry for entry in this.history.of(recording) if entry.kind is Kind.HOLD)
    return [hold for hold in told if case in (cases.of(hold), hold.body.get("note"))]


def _say(this: Run, held: dict[str, list[Entry]], note: Note) -> None:
    facts: list[ledger.Fact] = []
    key = ""
    for recording, of_case in held.items():
        ended = {str(hold.body.get("note")) for hold in of_case}
        for hold in this.history.holds(recording):
            if (which := str(hold.body.get("note"))) in ended:
                key = key or removing.said(this, note)
                facts += notes.facts(Kind.UNHOLD, [recording], key, hold=which)
    if facts:
        this.say(*facts)
        this.publish()


def _let_go(this: Run, cases: Cases, recording: str, restorer: Restorer, receipt: Receipt | None) -> Outcome:
    """`receipt` None: it is gone, or the index does not know it, which knows all that were adopted."""
    if left := this.history.holds(recording):
        others = ", ".join(map(cases.shown, left))
        return Outcome(recording[:SHORT], Verdict.DONE, "unheld", f"for this case; it stays on hold for {others}")
    try:
        if receipt:
            restorer.hold(receipt, on=False)
        elif not this.history.gone(recording):
            this.store.hold(naming.call(recording), on=False)
    except VoicekitError as error:
        return Outcome(recording[:SHORT], Verdict.FAILED, "not-unlocked", str(error), "run this again")
    return Outcome(recording[:SHORT], Verdict.DONE, "unheld", "no longer on hold", data={"recording": recording})
