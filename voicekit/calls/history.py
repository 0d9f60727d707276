"""What ledgers say was done to recordings after they were archived: held, heard, brought back, deleted, erased.

Ledgers of several writers come one after the other, so that nothing here may depend on the order of their entries.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from voicekit.calls import hearing
from voicekit.calls.chain import Entry, Kind
from voicekit.calls.settings import Settings
from voicekit.stores import Store

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring

ENDING = (Kind.DELETE, Kind.ERASE, Kind.REMOVED)
_TOLD = (Kind.HOLD, Kind.UNHOLD, Kind.ACCESS, Kind.RESTORE, Kind.ERASE)
_DONE = frozenset((*_TOLD, *ENDING))


def history_of(settings: Settings, store: Store, ring: "Keyring | None", recording: str = "") -> "History":
    """Out of all ledgers, as far as they are believed: of all recordings, or of one. `VerificationError` for a ledger
    that is damaged.
    """
    # To look at a mark costs more than to read a line, and nearly all lines are receipts.
    entries = (entry for entry in hearing.everything(settings, store) if entry.kind in _DONE)
    if recording:
        entries = (entry for entry in entries if entry.body.get("recording") == recording)
    return History(hearing.believed(entries, ring.naming if ring else b""))


class History:
    """Of recordings that were only archived, it keeps nothing; of those that were deleted by a rule, 100 bytes."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._told: dict[str, list[Entry]] = {}
        self._ended: dict[bytes, Kind] = {}  # by which kind of entry
        self._removed: dict[bytes, bool] = {}  # and whether a lock keeps the sound
        self.notes: dict[str, set[str]] = {}  # the recordings that each note speaks of
        self.add_all(entries)

    def add_all(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        recording = entry.body.get("recording")
        if not isinstance(recording, str):
            return
        if entry.kind in _TOLD:
            self._told.setdefault(recording, []).append(entry)
        if entry.kind in (Kind.DELETE, Kind.ERASE):
            uuid = UUID(recording).bytes
            if entry.kind is Kind.ERASE or uuid not in self._ended:
                self._ended[uuid] = entry.kind
        elif entry.kind is Kind.REMOVED:
            self._removed[UUID(recording).bytes] = entry.body.get("locked") is True
        if isinstance(note := entry.body.get("note"), str):
            self.notes.setdefault(note, set()).add(recording)

    def of(self, recording: str) -> Sequence[Entry]:
        return self._told.get(recording, ())

    def holds(self, recording: str) -> list[Entry]:
        """Those in effect, each of one case: an UNHOLD names the note of the HOLD that it ends."""
        told = self.of(recording)
        ended = {entry.body.get("hold") for entry in told if entry.kind is Kind.UNHOLD}
        return [entry for entry in told if entry.kind is Kind.HOLD and entry.body.get("note") not in ended]

    def ever_held(self) -> Iterator[str]:
        """Recordings that are, or were, on hold."""
        return (one for one, told in self._told.items() if any(entry.kind is Kind.HOLD for entry in told))

    def gone(self, recording: str) -> bool:
        """Whether a ledger says that it is deleted or erased, whatever lies there still."""
        return UUID(recording).bytes in self._ended

    def erased(self, recording: str) -> bool:
        return self._ended.get(UUID(recording).bytes) is Kind.ERASE

    def removed(self, name: str) -> bool | None:
        """Whether a ledger says that all of the recording of this name is out of the store, or, False, all but a sealed
        sound that a lock keeps; None where none does.
        """
        try:
            locked = self._removed.get(UUID(name).bytes)
        except ValueError:
            return None
        return None if locked is None else not locked

    def all_erased(self) -> list[str]:
        return [str(UUID(bytes=uuid)) for uuid, kind in self._ended.items() if kind is Kind.ERASE]

    def unfinished(self) -> list[str]:
        """Deleted or erased, say ledgers, of which none says that all of it is out of the store."""
        return [str(UUID(bytes=uuid)) for uuid in self._ended.keys() - self._removed.keys()]

    def spoken_of(self, recordings: Iterable[str]) -> set[str]:
        """The notes of all that was done to these, but for why they were erased: that is what is left of them."""
        return {
            note
            for recording in recordings
            for entry in self.of(recording)
            if entry.kind is not Kind.ERASE and isinstance(note := entry.body.get("note"), str)
        }
