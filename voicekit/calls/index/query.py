"""What is asked of the index, as SQL whose conditions are ranges of its indexes."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from voicekit.calls.index.read import COLUMNS, Index, Known
from voicekit.calls.index.told import unpacked
from voicekit.calls.numbers import Sought

COUNTED = 10_000  # recordings beyond those shown that are counted: who has more, asks more narrowly

_LAST = 1 << 62
_ONCE = 1000  # recordings that are in memory at the same time


@dataclass(frozen=True, slots=True)
class Query:
    """All that is said has to hold. Times in seconds since 1970, both ends counted in; durations in seconds.

    `call` is a uniqueid or linkedid; `fields` are names and values of call records, or of the sidecar.
    """

    number: Sought | None = None
    since: int | None = None
    until: int | None = None
    direction: str = ""
    queue: str = ""
    agent: str = ""
    shortest: int | None = None
    longest: int | None = None
    call: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def through_all(self) -> bool:
        """Whether nothing but fields, which no index has, narrows it down."""
        return bool(self.fields) and self == Query(fields=self.fields)


@dataclass(frozen=True, slots=True)
class Answer:
    """The newest first; `more` were left out, or that many and more (`at_least`). Where all were looked through, and
    none is right, `unseen` are the names of fields that none has.
    """

    recordings: list[Known]
    more: int
    at_least: bool
    unseen: tuple[str, ...] = ()


def ask(base: sqlite3.Connection, query: Query, limit: int) -> Answer:
    unseen = {name for name, _ in query.fields}
    base.create_function("told", 3, partial(_has, unseen), deterministic=True)
    index = Index(base)
    statement, values = sql(index, query, COLUMNS)
    rows = base.execute(f"{statement} limit ?", (*values, limit)).fetchall()
    counted = 1 if query.fields else COUNTED
    more = 0
    if len(rows) == limit:
        statement, values = sql(index, query, "1")
        counting = f"select count(*) from ({statement} limit ? offset ?)"  # noqa: S608  what is asked stands in values
        more = base.execute(counting, (*values, counted, limit)).fetchone()[0]
    none = tuple(sorted(unseen)) if query.through_all and not rows else ()
    return Answer(list(map(index.of, rows)), more, more == counted, none)


def every(base: sqlite3.Connection, query: Query) -> Iterator[Known]:
    """All of them, however many, the oldest first."""
    base.create_function("told", 3, partial(_has, set()), deterministic=True)
    index = Index(base)
    rows = base.execute(*sql(index, query, COLUMNS, order="asc"))
    while part := rows.fetchmany(_ONCE):
        yield from map(index.of, part)


def sql(index: Index, query: Query, columns: str, *, order: str = "desc") -> tuple[str, tuple[object, ...]]:
    """The statement and its values; the newest first, or by `asc` the oldest."""
    parts = list(_conditions(index, query))
    where = " and ".join(condition for condition, _ in parts) or "true"
    values = tuple(value for _, these in parts for value in these)
    if query.number is None:
        return f"select {columns} from recordings r where {where} order by r.began {order}, r.id {order}", values  # noqa: S608  values are bound
    # From the numbers to the recordings, never the other way: SQLite has no statistics to know it by.
    twice = "" if query.number.whole else "group by n.began, n.recording "  # two numbers of a call may end alike
    tables = "numbers n cross join recordings r on r.id = n.recording"
    return f"select {columns} from {tables} where {where} {twice}order by n.began {order}, n.recording {order}", values  # noqa: S608


def _conditions(index: Index, query: Query) -> Iterator[tuple[str, tuple[object, ...]]]:
    began = "r.began"
    if query.number:
        began = "n.began"
        low = query.number.digits[::-1]
        if query.number.whole:
            yield "n.reversed = ?", (low,)
        else:
            yield "n.reversed >= ? and n.reversed < ?", (low, low + ":")  # ":" comes behind "9"
    if query.since is not None or query.until is not None:
        yield f"{began} between ? and ?", (_or(query.since, -_LAST), _or(query.until, _LAST))
    for kind in ("direction", "queue", "agent"):
        if text := getattr(query, kind):
            yield f"r.{kind} = ?", (index.word(kind, text),)
    if query.call:
        yield "(r.uniqueid = ? or r.linkedid = ?)", (query.call, query.call)
    if query.shortest is not None or query.longest is not None:
        yield "r.duration between ? and ?", (_or(query.shortest, 0), _or(query.longest, _LAST))
    for name, value in query.fields:
        yield "told(r.told, ?, ?)", (name, value)


def _or(value: int | None, default: int) -> int:
    return default if value is None else max(min(value, _LAST), -_LAST)


def _has(unseen: set[str], told: bytes | None, name: str, value: str) -> bool:
    """Takes the fields that this recording has out of `unseen`, whichever is asked for: the others come in vain."""
    sidecar = unpacked(told)[1]
    parts = (sidecar, *rows(sidecar))
    unseen -= {one for one in unseen if any(_said(each, one) is not None for each in parts)}
    return any(_said(each, name) == value for each in parts)


def rows(sidecar: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The records of its call as the sidecar has them, those that are none left out."""
    call = sidecar.get("call")
    found = call.get("rows") if isinstance(call, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _said(row: Mapping[str, Any], name: str) -> str | None:
    more = row.get("more")
    found = row[name] if name in row else more.get(name) if isinstance(more, dict) else None
    return str(found) if isinstance(found, str | int) else None
