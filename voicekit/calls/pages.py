"""What is known of recordings, and their keys: pages of many in one object, `meta/<pbx>/<name>`, never under a lock.

A page is put before the first sound of it, so that no sound in a store is ever without its key. To erase a recording,
its entry is taken out of its page. Many in one, because a store takes as long for an entry as for a recording; and
whoever makes an index anew reads thousands of objects, not millions.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from uuid import UUID

from voicekit import fs
from voicekit.calls import naming
from voicekit.calls.proof import sure
from voicekit.errors import StoreError, VerificationError
from voicekit.stores import Body, Store, read
from voicekit.stores.faults import ConflictError

VERSION = 1
MOST = 256  # recordings of a page
LIMIT = 64 << 20  # bytes of a page

_TRIES = 5

_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Entry:
    """`key` is wrapped under the master key of the id `master`, and seals `sidecar`; without encryption both are empty
    and the sidecar is as it is.
    """

    recording: str
    master: str
    key: bytes = field(repr=False)
    sidecar: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """`writer` archives what is in it."""

    writer: str
    entries: Mapping[str, Entry]

    def dumped(self) -> bytes:
        lines: list[dict[str, object]] = [{"page": VERSION, "writer": self.writer}]
        for one in self.entries.values():
            key, sidecar = (b64encode(each).decode() for each in (one.key, one.sidecar))
            lines.append({"recording": one.recording, "master": one.master, "key": key, "sidecar": sidecar})
        data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        if len(data) > LIMIT:  # nobody would read it again
            raise StoreError(f"a page of {len(data)} bytes, where {LIMIT} are the most; nothing of it was put")
        return data

    @classmethod
    def parse(cls, data: bytes, where: str) -> "Page":
        """`VerificationError` for what is none, or of another version."""
        try:
            head, *lines = map(json.loads, data.splitlines())
            if head["page"] == VERSION:
                return cls(str(head["writer"]), {one.recording: one for one in map(_entry, lines)})
        except _DAMAGE:
            pass
        raise VerificationError(f"{where}: no page of an archive, damaged, or of a version that is not known here")


def _entry(told: Mapping[str, str]) -> Entry:
    key, sidecar = (b64decode(told[each], validate=True) for each in ("key", "sidecar"))
    return Entry(str(told["recording"]), str(told["master"]), key, sidecar)


def change(store: Store, key: str, changed: Callable[[Page], Page]) -> None:
    """Put a changed page in place of what lies there, once more where another was faster.

    Where the store does not enforce the condition of a replacement, two at one moment are not told apart. Raises
    `StoreError` where it can't be done.
    """
    for _ in range(_TRIES):
        with store.open(key) as reading:
            if reading.stat.size > LIMIT:
                raise VerificationError(f"{store.name}: {key} has {reading.stat.size} bytes; no page has")
            page, tag = Page.parse(b"".join(reading), key), reading.stat.tag
        body = Body.of(changed(page).dumped())
        with suppress(ConflictError):
            store.replace(key, body, tag)
            sure(store, key, body)
            return
    raise StoreError(f"{store.name}: {key}: others change it all the time; run this again")


class Claims:
    """What all writers have, or had, in hand: read when an object lies where one is to be put, and the key at hand does
    not open it. Of each recording only its pages are held: with a million, their keys and sidecars would be a gigabyte.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, Lock()
        self._read: set[str] = set()
        self._pages: dict[bytes, tuple[str, ...]] = {}

    def of(self, recording: str) -> Iterator[tuple[str, Entry]]:
        """The keys of their pages and the entries; a page is put before its sounds, so these are all that can be."""
        name = UUID(recording).bytes
        with self._lock:
            if name not in self._pages:
                self._refresh()
            keys = self._pages.get(name, ())
        found = ((key, self._page(key).entries.get(recording)) for key in keys)
        yield from ((key, entry) for key, entry in found if entry)

    def _refresh(self) -> None:
        """One that can't be read stops this: the key of what lies there may be in it, and in no other."""
        for stat in self._store.list(naming.PAGES):
            if stat.key in self._read:
                continue
            here = (stat.key,)
            for recording in self._page(stat.key).entries:
                with suppress(ValueError):  # no name of a recording
                    name = UUID(recording).bytes
                    self._pages[name] = (*self._pages[name], *here) if name in self._pages else here
            self._read.add(stat.key)

    def _page(self, key: str) -> Page:
        return Page.parse(read(self._store, key, LIMIT), key)


class Begun:
    """Pages whose recordings are not all archived yet, on this disk: a run that is killed goes on with their keys."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pages: dict[str, Page] = {}
        self._left: dict[str, str] = {}  # of each recording that is not archived yet, its page
        for path in sorted(folder.glob("*/*.jsonl")):
            page = Page.parse(fs.read_bounded(path, LIMIT), str(path))
            self._note(f"{naming.PAGES}{path.parent.name}/{path.stem}", page)

    @property
    def left(self) -> Collection[str]:
        """Recordings that were begun, and not said to be archived."""
        return self._left.keys()

    def find(self, recording: str) -> tuple[str, Entry] | None:
        """The key of its page and its entry."""
        key = self._left.get(recording)
        return (key, self._pages[key].entries[recording]) if key else None

    def pages(self) -> Iterator[tuple[str, bytes]]:
        """Each by its key, with its bytes."""
        for key, page in self._pages.items():
            yield key, page.dumped()

    def begin(self, key: str, page: Page) -> bytes:
        """Keep it, durably; nothing of it may be put before. What is to be put is returned."""
        data = page.dumped()
        fs.write(self._path(key), data)
        self._note(key, page)
        return data

    def end(self, archived: Iterable[str]) -> None:
        """These recordings are archived; pages of which all are, are forgotten."""
        ended = {key for recording in archived if (key := self._left.pop(recording, None))}
        for key in ended:
            if not self._pages[key].entries.keys() & self._left.keys():
                self._path(key).unlink(missing_ok=True)
                del self._pages[key]

    def leave_out(self, gone: Callable[[str], bool]) -> None:
        """Take the keys of what was deleted or erased off this disk, and what a killed run left half-written."""
        for key, page in list(self._pages.items()):
            left = {recording: entry for recording, entry in page.entries.items() if not gone(recording)}
            if len(left) == len(page.entries):
                continue
            self.end(page.entries.keys() - left.keys())
            if key in self._pages:
                self._pages[key] = replace(page, entries=left)
                fs.write(self._path(key), self._pages[key].dumped())
        for folder in self._folder.glob("*"):
            fs.sweep(folder)

    def _note(self, key: str, page: Page) -> None:
        self._pages[key] = page
        self._left |= dict.fromkeys(page.entries, key)

    def _path(self, key: str) -> Path:
        _, pbx, name = key.split("/")
        return self._folder / pbx / f"{name}.jsonl"
