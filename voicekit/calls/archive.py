"""One recording into a store, so that it can be given back: claim, object, sidecar, and then the facts of a receipt.

Each step can be repeated by who was killed in its middle, and by a second archiver at the same time: names are made
of the content, and the first to put the claim has the recording. Others leave it to him, and see his receipt as soon
as he has sealed it. A writer whose ledger is lost never says it: what he has claimed can be taken over, by name, for
nobody can tell from afar whether he is gone for good. Nothing here deletes.
"""

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicekit.calls import naming
from voicekit.calls.claims import LIMIT, Claim
from voicekit.calls.encode import Encoded, Encoding, encoded
from voicekit.calls.proof import sure
from voicekit.calls.receipts import Proof, Receipt
from voicekit.calls.restore import Restorer
from voicekit.errors import InputError, StoreError, VerificationError
from voicekit.stores import Body, Cap, Store, read
from voicekit.stores.faults import ConflictError, DamagedError

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring

SIDECAR = 1  # version


class TakenError(StoreError):
    """Another archiver has claimed this recording, and will archive it."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A file as it was read: where it lay, what it is, and when the call began (UTC), as far as is known."""

    pbx: str
    path: str
    modified: int
    began: datetime
    body: Body

    @property
    def extension(self) -> str:
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Archiver:
    """`ring` None: nothing is sealed. `scratch` (None: TMPDIR) is where large ones are encoded.

    `gone` are writers whose claims are taken over: they must never archive again.
    """

    store: Store
    writer: str
    ring: "Keyring | None"
    encoding: Encoding = Encoding.FLAC
    read_back: bool = False
    scratch: Path | None = None
    gone: frozenset[str] = frozenset()

    def take(self, recording: Recording, sidecar: dict[str, Any]) -> Receipt:
        """Put all of it; what it returns is to be said in the ledger, and only then it is archived.

        Raises `TakenError`, and `StoreError` for whatever else stands against it.
        """
        original = recording.body
        uuid = naming.recording(original.sha256, self.ring.naming if self.ring else b"")
        claim = self._claim(uuid)
        key = self.ring.unwrap(claim, uuid) if self.ring else b""
        meta = naming.meta(recording.pbx, uuid)
        with encoded(original, recording.extension, self.encoding, folder=self.scratch) as made:
            stored = self._sealed(made, key)
            receipt = Receipt(
                recording=uuid,
                original=original.sha256,
                size=original.size,
                encoding=made.encoding,
                key=naming.call(recording.pbx, recording.began.astimezone(UTC).date(), uuid),
                stored=stored.sha256,
                stored_size=stored.size,
                proof=Proof.SERVER,
                master=claim.master,
                meta=meta,
                wrapped=naming.wrapped(uuid),
            )
            receipt = self._put(receipt, stored)
        note = Body.of(self._shut(_told(recording, sidecar), key, uuid))
        self.store.put(meta, note)
        sure(self.store, meta, note)
        self._still_ours(claim, uuid)
        return receipt

    def _claim(self, uuid: str) -> Claim:
        """Ours, made now or by a run that was killed, or taken over; `TakenError` when it is another's."""
        from voicekit.calls import seal

        where = naming.wrapped(uuid)
        claim = self.ring.wrap(seal.new_key(), uuid, self.writer) if self.ring else Claim(self.writer)
        body = Body.of(claim.dumped())
        try:
            self.store.put(where, body, if_absent=True)
            sure(self.store, where, body)
        except ConflictError:
            claim = self._taken_over(where, claim)
        if claim.writer != self.writer:
            raise TakenError(f"{where}: the archiver {claim.writer} has it")
        return claim

    def _taken_over(self, where: str, mine: Claim) -> Claim:
        """The claim that is there; that of a writer who is gone becomes ours, unless another takes it over first. One
        of our own that was damaged on its way is made anew: there is no receipt that needs its key.
        """
        stat = self.store.stat(where)
        claim = None
        try:
            claim = Claim.parse(read(self.store, where, LIMIT))
        except DamagedError:
            if not self._names_us(where):
                raise
        if stat is None or (claim and claim.writer not in self.gone):
            return claim or mine
        ours = replace(claim or mine, writer=self.writer)
        try:
            self.store.replace(where, Body.of(ours.dumped()), stat.tag)
        except ConflictError:
            raise TakenError(f"{where}: another archiver took it over") from None
        return ours

    def _names_us(self, where: str) -> bool:
        """Whether a damaged claim is ours. Another's is touched by nobody: the damage may be of our reading alone."""
        data = bytearray()
        with suppress(DamagedError), self.store.open(where) as reading:
            for block in reading:
                data += block
        return f'"writer": "{self.writer}"'.encode() in data

    def _put(self, receipt: Receipt, stored: Body) -> Receipt:
        """The receipt of what lies there in the end: what a run that was killed, or its writer, had put there counts
        where it gives the original back. Else it is replaced: it has no receipt, and the claim is ours.
        """
        try:
            self.store.put(receipt.key, stored, if_absent=True)
        except ConflictError:
            if there := self._there(receipt):
                return there
            self.store.put(receipt.key, stored)
        return replace(receipt, proof=sure(self.store, receipt.key, stored, read_back=self.read_back))

    def _there(self, receipt: Receipt) -> Receipt | None:
        if not (stat := self.store.stat(receipt.key)):
            return None
        found = replace(receipt, stored=stat.sha256, stored_size=stat.size, proof=Proof.READ_BACK)
        for encoding in (Encoding.FLAC, Encoding.KEEP):
            with suppress(VerificationError, InputError):
                there = replace(found, encoding=encoding)
                for _ in Restorer(self.store, self.ring).blocks(there):
                    pass
                return there
        return None

    def _still_ours(self, claim: Claim, uuid: str) -> None:
        """At the end, before there is a receipt: a store that does not enforce it may have let another archiver put his
        key over ours, or damaged it.
        """
        where = naming.wrapped(uuid)
        if not {Cap.IF_ABSENT, Cap.DIGEST} <= self.store.caps and read(self.store, where, LIMIT) != claim.dumped():
            raise TakenError(f"{where}: another archiver was faster")

    def _sealed(self, made: Encoded, key: bytes) -> Body:
        from voicekit.calls import seal

        return seal.sealed(made.body, key) if self.ring else made.body

    def _shut(self, data: bytes, key: bytes, uuid: str) -> bytes:
        from voicekit.calls import seal

        return seal.shut(data, key, "sidecar", uuid) if self.ring else data


def _told(recording: Recording, more: dict[str, Any]) -> bytes:
    told = {
        "sidecar": SIDECAR,
        "pbx": recording.pbx,
        "path": recording.path,
        "modified": recording.modified,
        "began": recording.began.astimezone(UTC).isoformat(timespec="seconds"),
        **more,
    }
    return json.dumps(told, ensure_ascii=True, sort_keys=True).encode()
