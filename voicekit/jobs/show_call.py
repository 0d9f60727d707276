"""All that is known of one recording."""

from collections.abc import Iterator

from voicekit.calls import departed, notes
from voicekit.calls.chain import Entry, Kind
from voicekit.calls.history import history_of
from voicekit.calls.index import base, query, shown
from voicekit.calls.index.follow import caught_up
from voicekit.calls.index.read import Index, Known
from voicekit.calls.keys import Keyring
from voicekit.calls.settings import Settings
from voicekit.errors import VoicekitError
from voicekit.outcome import Outcome, Verdict
from voicekit.stores import Store


def apply(settings: Settings, ring: Keyring | None, store: Store, recording: str) -> Iterator[Outcome]:
    """`recording` is a name, or the beginning of one. Outcomes for the recording, its receipt, its sidecar, each record
    of its call, the cases that hold it, and who was given it.
    """
    yield from caught_up(settings, ring, store)
    with base.reading(settings.index) as opened:
        index = Index(opened)
        found = index.beginning(recording)
        if len(found) != 1:
            yield from departed.told(settings, ring, store, [shown.not_one(index, recording, found)])
        elif known := index.known(found[0]):
            yield from _all(settings, known)
            yield from _done(settings, ring, store, known.receipt.recording)


def _all(settings: Settings, known: Known) -> Iterator[Outcome]:
    name, data = known.receipt.recording, shown.data(known, settings.zone)
    receipt, sidecar = data.pop("receipt"), data.pop("sidecar", {})
    yield Outcome(name, Verdict.KEPT, "found", shown.line(known, settings.zone), data=data)
    yield Outcome(name, Verdict.KEPT, "receipt", "what the ledger says of it", data=receipt)
    if sidecar:
        noted = {field: value for field, value in sidecar.items() if field != "call"}
        yield Outcome(name, Verdict.KEPT, "sidecar", "what was noted with it", data=noted)
    for row in query.rows(sidecar):
        yield Outcome(name, Verdict.KEPT, "record", "a record of its call", data=row)


def _done(settings: Settings, ring: Keyring | None, store: Store, name: str) -> Iterator[Outcome]:
    """What was done to it. The index has none of that: the ledgers are read."""
    try:
        history = history_of(settings, store, ring, name)
        for hold in history.holds(name):
            yield _said(store, ring, name, hold, "held", "on hold")
        for entry in history.of(name):
            if entry.kind in (Kind.ACCESS, Kind.RESTORE):
                yield _said(store, ring, name, entry, "access", str(entry.body.get("what") or entry.kind))
    except VoicekitError as error:
        detail = f"who holds it, or was given it, can't be known: {error}"
        yield Outcome(name, Verdict.SKIPPED, "holds-unknown", detail)


def _said(store: Store, ring: Keyring | None, name: str, entry: Entry, code: str, what: str) -> Outcome:
    note = notes.readable(store, ring, str(entry.body.get("note")))
    told = {"at": entry.at, "by": str(entry.body.get("actor"))}
    told |= {"case": note.case, "reason": note.reason} if note else {"note": str(entry.body.get("note"))}
    data = {field: text for field, text in told.items() if text}
    return Outcome(name, Verdict.KEPT, code, what, data=data)
