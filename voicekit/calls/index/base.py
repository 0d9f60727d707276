"""The file of the index: its tables, and who may have it when."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from voicekit import fs
from voicekit.calls import hearing
from voicekit.calls.damage import damaged
from voicekit.errors import InputError, LockedError, StoreError, system

VERSION = "4"
PATIENCE = 60.0  # seconds that one run waits for another that is just following the ledgers

_SMALL = 16 << 20  # bytes, checked in 0.1 s

# `began` and `archived` in seconds since 1970, `duration` in seconds; what is repeated stands in `words`. `told` is the
# sidecar with the keys in `numbers`. A number stands backwards: its last digits are the beginning of a range. `object`
# is where an adopted recording lies, below `prefix` ("": nobody knows), and null of all others.
_TABLES = """
create table meta (name text primary key, value text not null) without rowid;
create table words (id integer primary key, kind text not null, text text not null, unique (kind, text));
create table recordings (
    id integer primary key,
    uuid blob not null, original blob not null, size integer not null, encoding integer not null,
    stored blob not null, stored_size integer not null, proof integer not null, master integer not null,
    page integer not null, archived integer not null, pbx integer not null,
    began integer, duration integer, estimated integer not null, direction integer, queue integer, agent integer,
    source text, destination text, uniqueid text, linkedid text, told blob,
    object text, prefix integer
);
create table numbers (
    reversed text not null, began integer not null, recording integer not null,
    primary key (reversed, began, recording)
) without rowid;
create table staged (reversed text not null, began integer not null, recording integer not null);
create table gone (uuid blob primary key, original blob) without rowid;
create table again (uuid blob primary key) without rowid; -- whose sidecars are to be read once more
create table lacking (recording integer primary key, why text not null);
"""
_UNIQUE = ("uuid", "original")
_INDEXES = (
    "create index if not exists by_began on recordings (began)",
    "create index if not exists by_uniqueid on recordings (uniqueid) where uniqueid is not null",
    "create index if not exists by_linkedid on recordings (linkedid) where linkedid is not null",
    "create index if not exists by_queue on recordings (queue, began) where queue is not null",
    "create index if not exists by_object on recordings (object) where object is not null",
    "create index if not exists by_agent on recordings (agent, began) where agent is not null",
)


class UnwritableError(StoreError):
    """The index can't be written here; it may be read."""


@contextmanager
def following(path: Path, country: str, *, anew: bool = False) -> Iterator[sqlite3.Connection]:
    """The index to be written, by one run at a time; another is waited for, and `LockedError` tells after a minute.

    One that is damaged, or of another version or country, is begun anew. `UnwritableError` where it can't be written.
    """
    with _alone(path):
        try:
            with closing(_whole(path, country, anew=anew)) as base:
                yield base
        except sqlite3.Error as error:
            if damaged(error):
                _remove(path)
            raise StoreError(f"{path}: {error}; is the disk full? voicekit calls reindex begins it anew") from error


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The index as it is, not followed, also where nothing can be written; `InputError` where there is none."""
    with closing(_readable(path)) as base:
        try:
            yield base
        except sqlite3.Error as error:
            raise StoreError(f"{path}: {error}; voicekit calls reindex begins it anew") from error


def _readable(path: Path) -> sqlite3.Connection:
    for more in ("mode=ro", "mode=ro&immutable=1"):  # SQLite can't read beside a log that it may not make
        with suppress(sqlite3.Error):
            base = sqlite3.connect(f"{path.absolute().as_uri()}?{more}", uri=True)
            with ExitStack() as stack:
                stack.callback(base.close)
                if _value(base, "version") == VERSION and filled(base):
                    stack.pop_all()
                    return base
    raise InputError(f"{path}: there is no index that can be read; voicekit calls reindex makes it")


def answers(path: Path) -> bool:
    """Whether there is an index that can be asked."""
    try:
        with reading(path):
            return True
    except InputError:
        return False


def filled(base: sqlite3.Connection) -> bool:
    """Whether its indexes are made: a new one is filled without, in a tenth of the time."""
    return _value(base, "filled") == "yes"


def finish(base: sqlite3.Connection) -> None:
    """Sort in the numbers, then make the indexes, which take the room of what was staged. One that is killed is begun
    again.
    """
    with base:
        base.execute("insert or ignore into numbers select * from staged order by reversed, began, recording")
        base.execute("delete from staged")
    for column in _UNIQUE:
        _unique(base, column)
    for index in _INDEXES:
        base.execute(index)
    with base:
        base.execute("update meta set value = 'yes' where name = 'filled'")
    base.execute("pragma wal_checkpoint(truncate)")


def _unique(base: sqlite3.Connection, column: str) -> None:
    """What was said twice, by two ledgers, counts once."""
    index = f"create unique index if not exists by_{column} on recordings ({column})"
    with suppress(sqlite3.IntegrityError):
        base.execute(index)
        return
    with base:
        base.execute(f"delete from recordings where id not in (select min(id) from recordings group by {column})")  # noqa: S608  a column of ours
        for table in ("numbers", "lacking"):
            base.execute(f"delete from {table} where recording not in (select id from recordings)")  # noqa: S608  a table of ours
    base.execute(index)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    end = time.monotonic() + PATIENCE
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(fs.exclusive(path.with_suffix(".lock"), f"the index {path}"))
                break
            except LockedError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
            except OSError as error:
                raise UnwritableError(f"{path}: can't be written ({system(error)})") from None
        yield


def _whole(path: Path, country: str, *, anew: bool) -> sqlite3.Connection:
    if not anew:
        try:
            return _connected(path, country)
        except sqlite3.Error as error:
            if not damaged(error):  # busy, or without room: to begin anew a large one takes long
                raise
    _remove(path)
    return _connected(path, country)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _connected(path: Path, country: str) -> sqlite3.Connection:
    """`sqlite3.Error` for one that is no index as this one would make it."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise UnwritableError(f"{path}: can't be written ({system(error)})") from None
    with ExitStack() as stack:
        base = sqlite3.connect(path)
        stack.callback(base.close)
        for pragma in ("journal_mode = wal", "synchronous = normal", "secure_delete = on", "cache_size = -65536"):
            base.execute(f"pragma {pragma}")
        if not base.execute("select 1 from sqlite_master limit 1").fetchone():
            _begin(base, country)
        if (_value(base, "version"), _value(base, "country")) != (VERSION, country) or not _checked(base, path):
            raise sqlite3.DatabaseError("damaged, or of another version or country")
        if not filled(base):
            base.execute("pragma synchronous = off")  # half of one that a power cut has damaged is begun anew
        stack.pop_all()
    return base


def _checked(base: sqlite3.Connection, path: Path) -> bool:
    """All of a small one is looked at; damage in a large one is met where it lies."""
    return path.stat().st_size > _SMALL or base.execute("pragma quick_check(1)").fetchone() == ("ok",)


def _begin(base: sqlite3.Connection, country: str) -> None:
    base.executescript(f"begin; {_TABLES} {hearing.TABLE}; commit;")
    with base:
        told = {"version": VERSION, "country": country, "filled": "no"}
        base.executemany("insert into meta values (?, ?)", told.items())


def _value(base: sqlite3.Connection, name: str) -> str:
    row = base.execute("select value from meta where name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""
