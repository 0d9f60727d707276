"""An archived recording back: its bytes as they were found, and what is known of it."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from voicekit.calls.encode import decoded
from voicekit.calls.pages import LIMIT, Entry, Page
from voicekit.calls.receipts import Receipt
from voicekit.errors import VerificationError
from voicekit.stores import Store, read

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring

_PAGES = 32  # that are held at once; one of 256 recordings has about 150 KB


@dataclass(frozen=True, slots=True)
class Restorer:
    """`ring` None: nothing can be opened that was sealed."""

    store: Store
    ring: "Keyring | None"
    pages: dict[str, Page] = field(default_factory=dict, repr=False)  # that were read last

    def blocks(self, receipt: Receipt) -> Iterator[bytes]:
        """The file as it was found. Raises `VerificationError` at the end at the latest: nothing counts before that."""
        with self._plain(receipt) as file:
            yield from decoded(file, receipt.encoding, receipt.original)

    def sidecar(self, receipt: Receipt) -> dict[str, Any]:
        """What was noted with it: where it lay, its call, all that identifies the caller."""
        from voicekit.calls import seal

        data = self._entry(receipt).sidecar
        if receipt.master:
            data = seal.unshut(data, self._key(receipt), "sidecar", receipt.recording)
        told = json.loads(data)
        if not isinstance(told, dict):
            raise VerificationError(f"{receipt.page}: no sidecar of a recording")
        return told

    def _entry(self, receipt: Receipt) -> Entry:
        entry = self._page(receipt.page).entries.get(receipt.recording)
        if entry is None:
            raise VerificationError(f"{receipt.recording} is not in its page: it was erased")
        return entry

    def _key(self, receipt: Receipt) -> bytes:
        if self.ring is None:
            raise VerificationError(f"{receipt.recording} is sealed; say in [calls] where the key file is")
        entry = self._entry(receipt)
        return self.ring.unwrap(entry.master, entry.key, receipt.recording)

    def _page(self, key: str) -> Page:
        """Of the recordings of one page, most are asked for one after the other."""
        page = self.pages.get(key)
        if page is None:
            page = Page.parse(read(self.store, key, LIMIT), key)
            while len(self.pages) >= _PAGES:
                self.pages.pop(next(iter(self.pages)), None)
            self.pages[key] = page
        return page

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
