"""Recordings into a store, so that they can be given back: a page with their keys, the sounds, and then receipts.

Each step can be repeated by who was killed in its middle, and by a second archiver at the same time: the name of a
sound is made of the recording's content, and who puts it first has the recording. Nothing here deletes.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from voicekit.calls import naming
from voicekit.calls.encode import Encoded, Encoding, encoded
from voicekit.calls.pace import Pace
from voicekit.calls.pages import LIMIT, Begun, Claims, Entry, Page
from voicekit.calls.proof import sure
from voicekit.calls.receipts import Proof, Receipt
from voicekit.calls.restore import Restorer
from voicekit.calls.scratch import Scratch
from voicekit.errors import InputError, StoreError, VerificationError
from voicekit.stores import Body, Cap, Store, read
from voicekit.stores.faults import AbsentError, ConflictError, DamagedError

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring

SIDECAR = 1  # version


class TakenError(StoreError):
    """The store has a recording of this content that another archiver put; the receipt is that one's to write."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A file as it was read: where it lay, when it was changed last, when the call began (UTC), and what is known."""

    pbx: str
    path: str
    modified: int
    began: datetime
    body: Body
    known: Mapping[str, Any]

    @property
    def extension(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def sidecar(self) -> bytes:
        told = {
            "sidecar": SIDECAR,
            "pbx": self.pbx,
            "path": self.path,
            "modified": self.modified,
            "began": self.began.astimezone(UTC).isoformat(timespec="seconds"),
            **self.known,
        }
        return json.dumps(told, ensure_ascii=True, sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class Ready:
    """A recording with its name in the store, whose key lies there in a page."""

    recording: Recording
    uuid: str
    page: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Archiver:
    """`ring` None: nothing is sealed. `gone` are writers that are taken over: they must never archive again; so is all
    the `family`, those who can't be at work because we hold their lock (default: who has our name).
    """

    store: Store
    writer: str
    ring: "Keyring | None"
    begun: Begun
    claims: Claims
    encoding: Encoding = Encoding.FLAC
    read_back: bool = False
    gone: Collection[str] = ()
    family: str = ""
    pace: Pace = field(default_factory=lambda: Pace(None))
    scratch: Scratch = field(default_factory=Scratch)

    def ready(self, recordings: Sequence[Recording]) -> list[Ready]:
        """Put a page for these recordings of one PBX, at most `pages.MOST`; those that a killed run began go on."""
        named = {self.named(one): one for one in recordings}
        before = {uuid: found for uuid in named if (found := self.begun.find(uuid))}
        entries = {uuid: self._entry(uuid, one) for uuid, one in named.items() if uuid not in before}
        if entries:
            key = naming.page(recordings[0].pbx, self.writer)
            page = Page(self.writer, entries)
            self._put_page(key, self.begun.begin(key, page))
            before |= {uuid: (key, entry) for uuid, entry in entries.items()}
        return [Ready(one, uuid, *before[uuid]) for uuid, one in named.items()]

    def resume(self) -> None:
        """Put the pages that a killed run began, or put by half. One that is whole may have been changed since."""
        for key, data in self.begun.pages():
            try:
                read(self.store, key, LIMIT)
            except (AbsentError, DamagedError):
                self._put_page(key, data)

    def _put_page(self, key: str, data: bytes) -> None:
        """Nobody else puts one of this name."""
        body = Body.of(data)
        self.store.put(key, body)
        sure(self.store, key, body)

    def take(self, ready: Ready) -> Receipt:
        """Put the sound. What this returns is to be said in the ledger, and only then the recording is archived.

        Raises `TakenError`, and `StoreError` for whatever else stands against it.
        """
        original = ready.recording.body
        with self._made(ready) as (made, whole):
            stored = self.pace.body(whole)
            receipt = Receipt(
                recording=ready.uuid,
                original=original.sha256,
                size=original.size,
                encoding=made.encoding,
                key=naming.call(ready.uuid),
                stored=stored.sha256,
                stored_size=stored.size,
                proof=Proof.SERVER,
                master=ready.entry.master,
                page=ready.page,
            )
            try:
                self.store.put(receipt.key, stored, if_absent=True)
            except ConflictError:
                if there := self._there(ready, receipt):
                    return there
                self.store.put(receipt.key, stored)
            receipt = replace(receipt, proof=sure(self.store, receipt.key, stored, read_back=self.read_back))
            self._ours(receipt)
        # A large file is read several times, and a sealed object has the hash of what was read last: a change between
        # shows when it is opened once more.
        original.open().close()
        return receipt

    def _there(self, ready: Ready, receipt: Receipt) -> Receipt | None:
        """Of what lies there already and gives the original back: put by a killed run in another encoding, or by a
        writer who is gone. `TakenError` where it is another's; None where no key opens it: it was damaged on its way.
        """
        others = (each for each in self.claims.of(ready.uuid) if each[0] != ready.page)
        for page, entry in chain([(ready.page, ready.entry)], others):
            if found := self._opens(replace(receipt, master=entry.master, page=page), entry):
                if page != ready.page and not self._takes_over(naming.writer_of(page)):
                    raise TakenError(f"{receipt.key}: the archiver {naming.writer_of(page)} has it")
                return found
        return None

    def _takes_over(self, writer: str) -> bool:
        return writer in self.gone or naming.of_family(self.family or self.writer, writer)

    def _opens(self, receipt: Receipt, entry: Entry) -> Receipt | None:
        """The receipt of what lies there, where this entry's key gives the original back."""
        if (stat := self.store.stat(receipt.key)) is None:
            return None
        there = replace(receipt, stored=stat.sha256, stored_size=stat.size, proof=Proof.READ_BACK)
        restorer = Restorer(self.store, self.ring, {receipt.page: Page("", {receipt.recording: entry})})
        for encoding in (Encoding.FLAC, Encoding.KEEP):
            found = replace(there, encoding=encoding)
            with suppress(VerificationError, InputError):
                for _ in restorer.blocks(found):
                    pass
                return found
        return None

    def _ours(self, receipt: Receipt) -> None:
        """A store that does not enforce who was first may have let another put his over ours."""
        if Cap.IF_ABSENT not in self.store.caps:
            stat = self.store.stat(receipt.key)
            if stat is None or stat.sha256 != receipt.stored:
                raise TakenError(f"{receipt.key}: another archiver put it meanwhile")

    def named(self, recording: Recording) -> str:
        """Its name, by its content."""
        return naming.recording(recording.body.sha256, self.ring.naming if self.ring else b"")

    def _entry(self, uuid: str, recording: Recording) -> Entry:
        if self.ring is None:
            return Entry(uuid, "", b"", recording.sidecar)
        from voicekit.calls import seal

        key = seal.new_key()
        return Entry(uuid, self.ring.id, self.ring.wrap(key, uuid), seal.shut(recording.sidecar, key, "sidecar", uuid))

    @contextmanager
    def _made(self, ready: Ready) -> Iterator[tuple[Encoded, Body]]:
        recording = ready.recording
        with encoded(recording.body, recording.extension, self.encoding, scratch=self.scratch) as made:
            if self.ring is None:
                yield made, made.body
                return
            from voicekit.calls import seal

            yield made, seal.sealed(made.body, self.ring.unwrap(ready.entry.master, ready.entry.key, ready.uuid))
