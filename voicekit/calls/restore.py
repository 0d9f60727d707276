"""An archived recording back: its bytes as they were found, and what is known of it."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO

from voicekit import fs
from voicekit.calls import nameless, naming
from voicekit.calls.encode import decoded
from voicekit.calls.pages import LIMIT, Entry, Page
from voicekit.calls.receipts import Receipt
from voicekit.errors import VerificationError
from voicekit.stores import Reading, Store, read

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring

_SMALL = 1 << 20  # bytes of an object that is held in memory
_PAGES = 32  # that are held at once; one of 256 recordings has about 150 KB


@dataclass(frozen=True, slots=True)
class Restorer:
    """`ring` None: nothing can be opened that was sealed."""

    store: Store
    ring: "Keyring | None"
    pages: dict[str, Page] = field(default_factory=dict, repr=False)  # that were read last
    _lock: Lock = field(default_factory=Lock, repr=False)

    def blocks(self, receipt: Receipt) -> Iterator[bytes]:
        """The file as it was found. Raises `VerificationError` at the end at the latest: nothing counts before that."""
        with self._plain(receipt) as file:
            yield from decoded(file, receipt.encoding, receipt.original)

    def stored(self, receipt: Receipt) -> Iterator[bytes]:
        """What was made of the file: all there is of one that was stored with loss."""
        with self._plain(receipt) as file:
            yield from iter(partial(file.read, fs.CHUNK), b"")

    def sidecar(self, receipt: Receipt) -> dict[str, Any]:
        """What was noted with it: where it lay, its call, all that identifies the caller."""
        from voicekit.calls import seal

        data = self._entry(receipt).sidecar
        if receipt.master:
            data = seal.unshut(data, self._key(receipt), "sidecar", receipt.recording)
        with suppress(ValueError, RecursionError):
            if isinstance(told := json.loads(data), dict):
                return told
        raise VerificationError(f"{receipt.page}: no sidecar of a recording")

    def object(self, receipt: Receipt) -> str:
        """The key of its object, wherever it is."""
        if not receipt.adopted:
            return receipt.key
        with suppress(ValueError):
            return naming.adopted(self.sidecar(receipt).get("object"))
        raise VerificationError(f"{receipt.page}: names no object that {receipt.recording} could lie in")

    def has(self, receipt: Receipt) -> bool:
        """Whether its page has it still: not what was erased."""
        return receipt.recording in self._page(receipt.page).entries

    def prove(self, receipt: Receipt) -> None:
        """Read it; `VerificationError` where it is not what the receipt says. What others put they may replace."""
        for _ in self.blocks(receipt):
            pass

    def hold(self, receipt: Receipt, *, on: bool) -> None:
        """Let nobody delete its object, or allow it again, where the store can enforce that."""
        key = self.object(receipt)
        if receipt.adopted and on:
            self.prove(receipt)
        with nameless.object_of(receipt, key):
            self.store.hold(key, on=on)

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
        """Of the recordings of one page, most are asked for one after the other, or by several threads."""
        page = self.pages.get(key)
        if page is None:
            page = Page.parse(read(self.store, key, LIMIT), key)
            with self._lock:
                while len(self.pages) >= _PAGES:
                    self.pages.pop(next(iter(self.pages)))
                self.pages[key] = page
        return page

    @contextmanager
    def _plain(self, receipt: Receipt) -> Iterator[BinaryIO]:
        """The object's bytes, opened, where a decoder can go back and forth: if many, in a file without a name."""
        from voicekit.calls import seal

        small, key = receipt.stored_size <= _SMALL, self.object(receipt)
        with BytesIO() if small else tempfile.TemporaryFile() as unnamed:
            with nameless.object_of(receipt, key), self._open(receipt, key) as reading:
                if reading.stat.size != receipt.stored_size:
                    raise VerificationError(f"{key}: has {reading.stat.size} bytes, not {receipt.stored_size}")
                blocks = seal.opened(reading, self._key(receipt), receipt.stored_size) if receipt.sealed else reading
                unnamed.writelines(blocks)
            unnamed.seek(0)
            yield unnamed

    def _open(self, receipt: Receipt, key: str) -> Reading:
        """What others put has no proof but the receipt: who decodes it compares it with that."""
        return self.store.open(key, 0, receipt.stored_size) if receipt.adopted else self.store.open(key)
