"""What is known of recordings, and their keys: pages of many in one object, `meta/<pbx>/<name>`, never under a lock.

A page is put before the first sound of it, so that no sound in a store is ever without its key. To erase a recording,
its entry is taken out of its page. Many in one, because a store takes as long for an entry as for a recording; and
whoever makes an index anew reads thousands of objects, not millions.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from voicekit import fs
from voicekit.calls import naming
from voicekit.errors import VerificationError
from voicekit.stores import Store, read

VERSION = 1
MOST = 256  # recordings of a page
LIMIT = 64 << 20  # bytes of a page

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
        return b"".join(json.dumps(line).encode() + b"\n" for line in lines)

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


class Others:
    """What all other writers have, or had, in hand: read when somebody's object lies where one is to be put."""

    def __init__(self, store: Store, writer: str) -> None:
        self._store, self._writer, self._lock = store, writer, Lock()
        self._read: set[str] = set()
        self._entries: dict[str, list[tuple[str, Entry]]] = {}

    def of(self, recording: str) -> Sequence[tuple[str, Entry]]:
        """The keys of their pages and the entries; a page is put before its sounds, so these are all that can be."""
        with self._lock:
            if recording not in self._entries:
                self._refresh()
            return self._entries.get(recording, ())

    def _refresh(self) -> None:
        """One that can't be read stops this: the key of what lies there may be in it, and in no other."""
        for stat in self._store.list(naming.PAGES):
            if stat.key in self._read or naming.writer_of(stat.key) == self._writer:
                continue
            for entry in Page.parse(read(self._store, stat.key, LIMIT), stat.key).entries.values():
                self._entries.setdefault(entry.recording, []).append((stat.key, entry))
            self._read.add(stat.key)


class Begun:
    """Pages whose recordings are not all archived yet, on this disk: a run that is killed goes on with their keys."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pages: dict[str, Page] = {}
        self._left: dict[str, str] = {}  # of each recording that is not archived yet, its page
        for path in sorted(folder.glob("*/*.jsonl")):
            page = Page.parse(fs.read_bounded(path, LIMIT), str(path))
            self._note(f"{naming.PAGES}{path.parent.name}/{path.stem}", page)

    def find(self, recording: str) -> tuple[str, Entry] | None:
        """The key of its page and its entry."""
        key = self._left.get(recording)
        return (key, self._pages[key].entries[recording]) if key else None

    def pages(self) -> Iterator[tuple[str, bytes]]:
        """Each by its key, with its bytes."""
        for key, page in self._pages.items():
            yield key, page.dumped()

    def begin(self, key: str, page: Page) -> None:
        """Keep it, durably; nothing of it may be put before."""
        fs.write(self._path(key), page.dumped())
        self._note(key, page)

    def end(self, archived: Iterable[str]) -> None:
        """These recordings are archived; pages of which all are, are forgotten."""
        ended = {key for recording in archived if (key := self._left.pop(recording, None))}
        for key in ended:
            if not self._pages[key].entries.keys() & self._left.keys():
                self._path(key).unlink(missing_ok=True)
                del self._pages[key]

    def _note(self, key: str, page: Page) -> None:
        self._pages[key] = page
        self._left |= dict.fromkeys(page.entries, key)

    def _path(self, key: str) -> Path:
        _, pbx, name = key.split("/")
        return self._folder / pbx / f"{name}.jsonl"
