"""Recordings that are no more, for who asks for one of them: what the ledgers say of their end."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from voicekit.calls import hearing
from voicekit.calls.chain import Entry, Kind
from voicekit.calls.index.shown import NO_MORE
from voicekit.calls.settings import Settings
from voicekit.errors import VerificationError
from voicekit.outcome import Outcome
from voicekit.stores import Store

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring


def told(settings: Settings, ring: "Keyring | None", store: Store, odd: Iterable[Outcome]) -> Iterator[Outcome]:
    """These, of names that are no recording's; of one that is no more, with how it ended, when, and by whom."""
    said = list(odd)
    wanted = {outcome.data["recording"] for outcome in said if outcome.code == NO_MORE}
    ends = _ends(settings, ring, store, wanted) if wanted else {}
    for outcome in said:
        end = ends.get(outcome.data.get("recording", ""))
        yield replace(outcome, detail=_line(end)) if end else outcome


def _ends(settings: Settings, ring: "Keyring | None", store: Store, wanted: set[str]) -> dict[str, Entry]:
    """As far as ledgers can be read; what was erased is that, whatever a rule has done."""
    ends: dict[str, Entry] = {}
    with suppress(VerificationError):
        for entry in hearing.believed(hearing.everything(settings, store), ring.naming if ring else b""):
            if entry.kind in (Kind.DELETE, Kind.ERASE) and (recording := entry.body["recording"]) in wanted:
                before = ends.get(recording)
                if before is None or (before.kind is Kind.DELETE and entry.kind is Kind.ERASE):
                    ends[recording] = entry
    return ends


def _line(end: Entry) -> str:
    how = "erased" if end.kind is Kind.ERASE else f"deleted by rule {end.body.get('rule')}"
    return f"it was {how} on {end.day} by {end.body.get('actor')}; of it there is only the receipt in the ledger"
