"""What lies in spools and is archived already: by place, size and time, so that nothing is read twice.

A cache on this machine, in SQLite, for its owner only: paths tell of callers. Where it is lost, files are read again
and found by their content.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from voicekit.calls import archived, hearing, later, wiping
from voicekit.calls.archived import Archived
from voicekit.calls.damage import whole
from voicekit.calls.later import Later
from voicekit.calls.spool import Found
from voicekit.errors import StoreError, system

_TABLE = """create table if not exists seen (
    spool text not null, path blob not null, size integer not null, modified integer not null,
    sha256 text not null, primary key (spool, path)) without rowid"""


_LENT = """create table if not exists lent (
    spool text not null, path blob not null, until integer not null, primary key (spool, path)) without rowid"""


@dataclass(frozen=True, slots=True)
class Known:
    """A file as it was when it was archived."""

    path: str
    size: int
    modified: int
    sha256: str


class Seen:
    """`spool` names one of many; `later` are recordings whose calls are not known, `archived` those of all spools."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base, self.later, self.archived = base, Later(base), Archived(base)

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

    def lend(self, spool: str, known: Known, until: int) -> None:
        """It is in the spool again, on purpose, until then (seconds since 1970)."""
        self.add(spool, [known])
        with self._base:
            self._base.execute("insert or replace into lent values (?, ?, ?)", (spool, os.fsencode(known.path), until))

    def before(self, spool: str, modified: int, now: int) -> Iterator[Known]:
        """What was archived, and not written to since before this second, and is not lent now; the oldest first."""
        for path, *rest in self._base.execute(
            "select path, size, modified, sha256 from seen where spool = ?1 and modified < ?2 and not exists "
            "(select 1 from lent where spool = ?1 and path = seen.path and until > ?3) order by modified",
            (spool, modified, now),
        ):
            yield Known(os.fsdecode(path), *rest)

    def every(self) -> Iterator[tuple[str, Known]]:
        """All, with their spools."""
        for spool, path, *rest in self._base.execute("select spool, path, size, modified, sha256 from seen").fetchall():
            yield spool, Known(os.fsdecode(path), *rest)

    def wipe(self) -> bool:
        """Leave no byte in the file of what was forgotten; False where others read it just now."""
        return wiping.wipe(self._base)

    def forget(self, spool: str, paths: Sequence[str]) -> None:
        with self._base:
            for table in ("seen", "lent"):
                self._base.executemany(
                    f"delete from {table} where spool = ? and path = ?",  # noqa: S608  tables of ours
                    ((spool, os.fsencode(path)) for path in paths),
                )


@contextmanager
def opened(path: Path, like: Path | None = None) -> Iterator[Seen]:
    """One that is damaged is begun anew: it holds nothing that can't be had again. `like` is another one, whose
    content it begins with; nothing is written to its disk.
    """
    try:
        with closing(whole(path, _connected)) as base:
            if like and like != path:
                _copied(base, like)
            yield Seen(base)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}; is the disk full? This file may be removed") from error


def _copied(base: sqlite3.Connection, like: Path) -> None:
    """As far as it can be read: a log that was not written back yet is not."""
    try:
        base.execute("attach ? as other", (f"file:{quote(str(like))}?mode=ro&immutable=1",))
    except sqlite3.OperationalError:  # there is none
        return
    with suppress(sqlite3.DatabaseError), base:
        for table in ("seen", "archived", "pages", "gone", "lost", "cursors"):
            base.execute(f"insert or ignore into {table} select * from other.{table}")  # noqa: S608  tables of ours
    base.execute("detach other")


def _connected(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(f"{path}: can't be written ({system(error)})") from None
    base = sqlite3.connect(f"file:{quote(str(path))}", uri=True)
    try:
        base.execute("pragma journal_mode = wal")
        base.execute("pragma synchronous = normal")
        base.execute(_TABLE)
        for table in (_LENT, later.TABLE, archived.TABLE, archived.PAGES, archived.GONE, archived.LOST, hearing.TABLE):
            base.execute(table)
        base.execute("select spool, path, size, modified, sha256 from seen limit 1")
        whole = base.execute("pragma quick_check(1)").fetchone() == ("ok",)  # 0.1 s for 100,000 files
    except sqlite3.DatabaseError:
        base.close()
        raise
    if not whole:
        base.close()
        raise sqlite3.DatabaseError("damaged")
    return base
