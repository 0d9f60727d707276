"""Recordings of the index in an order that suits who reads them from the store."""

import sqlite3
from collections.abc import Iterator
from uuid import UUID

from voicekit.calls import naming
from voicekit.calls.index.read import COLUMNS, Index, Known

_SHARE = 1_000_000
_ONCE = 1000


def receipts(base: sqlite3.Connection, since: int | None, share: float) -> Iterator[Known]:
    """Those that were archived since then (seconds since 1970; None: ever), page by page; each with this chance, but
    one at the least: who draws of a few is not to prove nothing.
    """
    index = Index(base)
    drawn, since = int(share * _SHARE), since if since is not None else -1
    these = f"select {COLUMNS} from recordings r where r.archived >= ?"  # noqa: S608  columns of ours
    rows = base.execute(
        f"{these} and (? or abs(random() % {_SHARE}) < ?) order by r.page, r.id", (since, drawn >= _SHARE, drawn)
    )
    part = rows.fetchmany(_ONCE)
    if not part and share < 1:
        part = base.execute(f"{these} order by random() limit 1", (since,)).fetchall()
    while part:
        yield from map(index.of, part)
        part = rows.fetchmany(_ONCE)


def objects(base: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """The key of every object of ours that should be there, and its recording, by key."""
    rows = base.execute("select uuid from recordings where object is null order by uuid")
    while part := rows.fetchmany(_ONCE):
        for (uuid,) in part:
            recording = str(UUID(bytes=uuid))
            yield naming.call(recording), recording


def prefixes(base: sqlite3.Connection) -> list[str]:
    """Below which recordings were adopted; none that lies below another."""
    rows = base.execute("select text from words where kind = 'prefix' order by text")
    found: list[str] = []
    for (text,) in rows:
        if not found or not text.startswith(found[-1]):
            found.append(text)
    return found


def adopted(base: sqlite3.Connection, prefix: str) -> Iterator[tuple[str, str]]:
    """The same of what was adopted below this prefix."""
    rows = base.execute(
        "select object, uuid from recordings where object > ? and object < ? order by object",
        (prefix, f"{prefix[:-1]}0"),  # "0" comes behind "/"
    )
    while part := rows.fetchmany(_ONCE):
        for key, uuid in part:
            yield key, str(UUID(bytes=uuid))
