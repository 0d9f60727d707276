"""One writer's chain on this disk: `<folder>/<number>.jsonl`. All of them but the last are sealed: they never change,
and lie in the store under the same names.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from voicekit import fs
from voicekit.calls import chain
from voicekit.calls.chain import START, Cursor, Entry, Kind
from voicekit.errors import InputError, StoreError, VerificationError

MOST = 1000  # lines of a segment; of receipts about 0.7 MB

Fact = tuple[Kind, Mapping[str, Any]]


@contextmanager
def opened(folder: Path, writer: str) -> Iterator["Ledger"]:
    """The chain in this folder, to be written; `LockedError` while another process has it.

    A last line that a crash has torn is cut off: nobody was told that it is there. Raises `VerificationError` for
    anything else that is wrong with the last segment.
    """
    with fs.exclusive(folder / "lock", f"the ledger {folder}"):
        ledger = Ledger(folder, writer)
        try:
            yield ledger
        finally:
            ledger.close()


class Ledger:
    """For one thread at a time. `link` is the end of the chain."""

    def __init__(self, folder: Path, writer: str) -> None:
        self._folder, self._writer = folder, writer
        self.link, self._lines, self._day = START, 0, ""
        self._file: int | None = None
        numbers = _numbers(folder)
        self._number = max(numbers, default=0)
        if numbers:
            self._resume()

    def append(self, at: datetime, *facts: Fact) -> list[Entry]:
        """Say these things, in this order; they are on the disk, synced, when it returns, and none is after an error.

        One fsync for all (0.5-5 ms on an SSD, 10-30 ms on a disk): many facts at once are cheap. After an error the
        ledger has to be opened again.
        """
        if self._number and self._file is None:
            raise StoreError(f"{self._folder}: could not be written before; open the ledger again")
        with self._closing():
            if not self._number or self._lines >= MOST or (self._lines > 1 and chain.stamp(at)[:10] != self._day):
                self._begin(at)
            entries, lines, link = list[Entry](), [], self.link
            for kind, body in facts:
                entry, line = chain.entry(link, kind, body, at)
                entries.append(entry)
                lines.append(line)
                link = entry.link
            self._write(b"".join(lines))
        self.link, self._lines, self._day = link, self._lines + len(lines), chain.stamp(at)[:10]
        return entries

    @property
    def end(self) -> Cursor:
        """Who has heard all that was appended here has heard it up to there."""
        return Cursor(self._number, self._lines, self.link)

    def seal(self, at: datetime) -> bool:
        """End the last segment now, so that it can go to the store; False when there is nothing in it."""
        if self._lines <= 1:
            return False
        with self._closing():
            self._begin(at)
        return True

    def sealed(self) -> list[tuple[int, Path]]:
        """Numbers and files of the segments that never change again. Those that are in the store may be removed."""
        return [(number, self._path(number)) for number in _numbers(self._folder) if number < self._number]

    @property
    def was_put(self) -> bool:
        """Whether the store had some of it."""
        return self._put.exists()

    def note_put(self) -> None:
        if not self.was_put:
            fs.write(self._put, b"")

    @property
    def _put(self) -> Path:
        return self._folder / "put"

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08}.jsonl"

    def _begin(self, at: datetime) -> None:
        """The next segment, with its head: it is there whole, or not at all."""
        head = chain.head(self.link, self._writer, self._number + 1, at)
        self.close()
        fs.write(self._path(self._number + 1), head)
        self._number += 1
        self._resume()

    def _resume(self) -> None:
        """Go on with the last segment as it lies there."""
        path = self._path(self._number)
        data = fs.read_bounded(path, chain.LIMIT)
        end = whole(data, path)
        entries = list(chain.verified(data[:end], str(path), after=None))
        if entries[0].body.get("writer") != self._writer:
            raise InputError(f"{path}: the ledger of {entries[0].body.get('writer')}, not of {self._writer}")
        self.link, self._lines, self._day = entries[-1].link, len(entries), entries[-1].day
        self._file = os.open(path, os.O_RDWR | os.O_APPEND)
        os.ftruncate(self._file, end)
        os.fsync(self._file)  # a killed run may have written what it never synced; we build on it

    def _write(self, data: bytes) -> None:
        assert self._file is not None
        before = os.fstat(self._file).st_size
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._file, left) :]
            os.fsync(self._file)
        except BaseException:
            with suppress(OSError):
                os.ftruncate(self._file, before)
                os.fsync(self._file)
            raise

    @contextmanager
    def _closing(self) -> Iterator[None]:
        """After an error nothing is known of the file: a failed fsync may have dropped what it did not write."""
        try:
            yield
        except BaseException:
            self.close()
            raise


def whole(data: bytes, path: Path) -> int:
    """Where the whole lines end. What follows must be the beginning of a line: one that is whole but for its newline
    has had it, and something has changed it.
    """
    end = data.rfind(b"\n") + 1
    with suppress(ValueError, KeyError, TypeError):
        chain.read(data[end:-1] + b"\n")
        raise VerificationError(f"{path}: its last newline is damaged; take this segment back from another copy")
    return end


def _numbers(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob("[0-9]*.jsonl") if path.stem.isdecimal())
