"""What lies in spools and is archived already: by place, size and time, so that nothing is read twice.

A cache on this machine, in SQLite, for its owner only: paths tell of callers. Where it is lost, files are read again
and found by their content.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from voicekit.calls.spool import Found
from voicekit.errors import InputError, StoreError

_TABLE = """create table if not exists seen (
    spool text not null, path blob not null, size integer not null, modified integer not null,
    sha256 text not null, primary key (spool, path)) without rowid"""


@dataclass(frozen=True, slots=True)
class Known:
    """A file as it was when it was archived."""

    path: str
    size: int
    modified: int
    sha256: str


class Seen:
    """`spool` names one of many."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def known(self, spool: str, found: Found) -> str:
        """The SHA-256 that was archived when this file was as it is now; "" when it is new, or has changed."""
        row = self._base.execute(
            "select sha256 from seen where spool = ? and path = ? and size = ? and modified = ?",
            (spool, os.fsencode(found.path), found.size, found.modified),
        ).fetchone()
        return str(row[0]) if row else ""

    def add(self, spool: str, known: Iterable[Known]) -> None:
        with self._base:
            self._base.executemany(
                "insert or replace into seen values (?, ?, ?, ?, ?)",
                ((spool, os.fsencode(one.path), one.size, one.modified, one.sha256) for one in known),
            )

    def before(self, spool: str, modified: int) -> Iterator[Known]:
        """What was archived, and not written to since before this second; the oldest first."""
        for path, *rest in self._base.execute(
            "select path, size, modified, sha256 from seen where spool = ? and modified < ? order by modified",
            (spool, modified),
        ):
            yield Known(os.fsdecode(path), *rest)

    def forget(self, spool: str, paths: Iterable[str]) -> None:
        with self._base:
            self._base.executemany(
                "delete from seen where spool = ? and path = ?", ((spool, os.fsencode(path)) for path in paths)
            )


@contextmanager
def opened(path: Path) -> Iterator[Seen]:
    """One that is damaged is begun anew: it holds nothing that can't be had again."""
    try:
        with closing(_whole(path)) as base:
            yield Seen(base)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}; is the disk full? This file may be removed") from error


def _whole(path: Path) -> sqlite3.Connection:
    try:
        return _connected(path)
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)  # SQLite plays no log into an empty file
        return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise InputError(f"{path}: can't be written ({error.strerror})") from None
    base = sqlite3.connect(path)
    try:
        base.execute("pragma journal_mode = wal")
        base.execute("pragma synchronous = normal")
        base.execute(_TABLE)
        base.execute("select spool, path, size, modified, sha256 from seen limit 1")
        whole = base.execute("pragma quick_check(1)").fetchone() == ("ok",)  # 0.1 s for 100,000 files
    except sqlite3.DatabaseError:
        base.close()
        raise
    if not whole:
        base.close()
        raise sqlite3.DatabaseError("damaged")
    return base
