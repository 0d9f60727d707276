"""An archived recording back: its bytes as they were found, and what is known of it."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from voicekit.calls.claims import LIMIT, Claim
from voicekit.calls.encode import decoded
from voicekit.calls.receipts import Receipt
from voicekit.errors import VerificationError
from voicekit.stores import Store, read

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring


@dataclass(frozen=True, slots=True)
class Restorer:
    """`ring` None: nothing can be opened that was sealed."""

    store: Store
    ring: "Keyring | None"

    def blocks(self, receipt: Receipt) -> Iterator[bytes]:
        """The file as it was found. Raises `VerificationError` at the end at the latest: nothing counts before that."""
        with self._plain(receipt) as file:
            yield from decoded(file, receipt.encoding, receipt.original)

    def sidecar(self, receipt: Receipt) -> dict[str, Any]:
        """What was noted with it: where it lay, its call, all that identifies the caller."""
        from voicekit.calls import seal

        data = read(self.store, receipt.meta, LIMIT)
        if receipt.master:
            data = seal.unshut(data, self._key(receipt), "sidecar", receipt.recording)
        told = json.loads(data)
        if not isinstance(told, dict):
            raise VerificationError(f"{receipt.meta}: no sidecar of a recording")
        return told

    def _key(self, receipt: Receipt) -> bytes:
        if self.ring is None:
            raise VerificationError(
                f"{receipt.recording} is sealed, and the key file is not here; say where in [calls]"
            )
        return self.ring.unwrap(Claim.parse(read(self.store, receipt.wrapped, LIMIT)), receipt.recording)

    @contextmanager
    def _plain(self, receipt: Receipt) -> Iterator[BinaryIO]:
        """The object's bytes, opened, in a file without a name: a decoder has to go back and forth in it."""
        from voicekit.calls import seal

        with tempfile.TemporaryFile() as unnamed, self.store.open(receipt.key) as reading:
            if reading.stat.size != receipt.stored_size:
                raise VerificationError(f"{receipt.key}: has {reading.stat.size} bytes, not {receipt.stored_size}")
            blocks = seal.opened(reading, self._key(receipt), receipt.stored_size) if receipt.master else reading
            unnamed.writelines(blocks)
            unnamed.seek(0)
            yield unnamed
