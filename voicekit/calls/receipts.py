"""What a ledger says of recordings: that one is archived, and which are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from voicekit.calls.chain import Entry, Kind


class Proof(StrEnum):
    """How it is known that the store has the bytes."""

    SERVER = "server"  # it refuses a put of other bytes than those of the hash, as `store check` saw
    READ_BACK = "read-back"  # they were read again and compared


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof that a recording is in a store. Nothing in it identifies a caller.

    `original` and `stored` are SHA-256 in 64 hex digits, `size` and `stored_size` bytes: of the file as it was found,
    and of the object under `key` (encoded, and sealed where `master` names a master key). `encoding` is what
    `encode.decoded` wants. `page` is the key of the page that has its key and sidecar.
    """

    recording: str
    original: str
    size: int
    encoding: str
    key: str
    stored: str
    stored_size: int
    proof: Proof
    master: str
    page: str

    @property
    def body(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Receipt":
        return cls(**{**body, "proof": Proof(body["proof"])})


class Archived:
    """Which contents are archived, out of all ledgers, read once. 156 bytes of memory for each."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._recordings: dict[bytes, bytes] = {}
        self.gone: set[str] = set()  # recordings that were deleted or erased
        for entry in entries:
            self.add(entry)

    def __len__(self) -> int:
        return len(self._recordings)

    def add(self, entry: Entry) -> None:
        """Take note of what a ledger says; of two receipts for one content the first counts."""
        if entry.kind in (Kind.RECEIPT, Kind.ADOPT):
            recording = UUID(entry.body["recording"]).bytes
            self._recordings.setdefault(bytes.fromhex(entry.body["original"]), recording)
        elif entry.kind in (Kind.DELETE, Kind.ERASE):
            self.gone.add(entry.body["recording"])

    def recordings(self) -> Iterator[str]:
        """All that are archived."""
        return (str(UUID(bytes=each)) for each in self._recordings.values())

    def has(self, original: str) -> bool:
        return bytes.fromhex(original) in self._recordings

    def find(self, original: str) -> str:
        """The recording whose file had this SHA-256; "" when there is none."""
        found = self._recordings.get(bytes.fromhex(original))
        return str(UUID(bytes=found)) if found else ""
