"""The table of FreePBX's records, on the PBX, by the client that lies there."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property

from voicekit.calls.cdr.clock import Clock
from voicekit.calls.cdr.records import Ask, Row
from voicekit.calls.cdr.row import DATES
from voicekit.errors import StoreError, plain
from voicekit.hosts.machine import Machine
from voicekit.pbx import freepbx

TABLE = "cdr"  # unless CDRDBTABLENAME says otherwise

_LONGEST = 16_384  # characters of a text; what is behind them is no record's, and would fill memory
_LINE = 16 << 20  # bytes of a row with some 80 such texts
_PIECE = timedelta(hours=1)
_PIECES = 20_000  # at most: two years of hours

# ruff: noqa: S608  texts are hexadecimal, and names in quotes
_COLUMNS = """\
SELECT HEX(CONVERT(COLUMN_NAME USING utf8mb4)) FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {table} ORDER BY ORDINAL_POSITION;
"""
_EXECUTE = """\
SET @since = '{since}', @until = '{until}';
EXECUTE found USING @since, @until;
"""
_HEX = re.compile(r"(?:[0-9A-F]{2})*")


class FreePBX:
    """All texts come and go in hexadecimal: none has a tab or a line break, or is SQL."""

    step = timedelta(days=1)

    def __init__(self, machine: Machine, clock: Clock, table: str = TABLE) -> None:
        self._machine, self.clock, self._table = machine, clock, table

    def select(self, ask: Ask) -> Iterator[Row | None]:
        columns = self._columns
        if not ask.column or ask.column in columns:
            for texts in self._said(self._sql(ask), len(columns)):
                yield dict(zip(columns, texts, strict=True))

    @cached_property
    def _columns(self) -> dict[str, str]:
        """As the table has them, by their names in small letters."""
        names = [str(name) for (name,) in self._said(_COLUMNS.format(table=_text(_hex(self._table))), 1)]
        columns = {name.lower(): name for name in names}
        if not {*DATES} & columns.keys():
            raise StoreError(f"{self._machine.name}: the database of call records has no table {self._table} of them")
        return columns

    def _said(self, sql: str, count: int) -> Iterator[list[str | None]]:
        """The rows of so many texts that this selects, as the client says them."""
        with self._machine.reading(freepbx.client(), freepbx.RECORDS, feed=sql.encode()) as answer:
            while line := answer.readline(_LINE).decode("ascii", "replace"):
                words = line.rstrip("\n").split("\t")
                if len(words) != count or not all(word == "NULL" or _HEX.fullmatch(word) for word in words):
                    raise StoreError(f"{self._machine.name}: not what the database's client says: {plain(line[:80])}")
                yield [None if word == "NULL" else _decoded(word) for word in words]

    def _sql(self, ask: Ask) -> str:
        """The client holds what one statement selects, and then says it: so no table is locked for as long as we read,
        and the rows of a long time are asked for in pieces.
        """
        columns = self._columns
        date = _quoted(next(columns[one] for one in DATES if one in columns))
        texts = ", ".join(f"HEX(LEFT({_text(_quoted(column))}, {_LONGEST}))" for column in columns.values())
        select = f"SELECT {texts} FROM {_quoted(self._table)} WHERE {date} >= ? AND {date} < ?"
        if ask.column:
            values = ", ".join(_text(_hex(value)) for value in ask.values)
            select += f" AND {_quoted(columns[ask.column])} IN ({values})"
        pieces = _pieces(*self.clock.span(ask.since, ask.until), once=bool(ask.column))
        asked = (_EXECUTE.format(since=since, until=until) for since, until in pieces)
        return f"SET @select = {_text(_hex(select))};\nPREPARE found FROM @select;\n{''.join(asked)}"


def _pieces(since: datetime, until: datetime, *, once: bool) -> Iterator[tuple[datetime, datetime]]:
    piece = until - since if once else max(_PIECE, (until - since) / _PIECES)
    while since < until:
        yield since, min(since + piece, until)
        since += piece


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _hex(text: str) -> str:
    return f"X'{text.encode().hex()}'"


def _text(value: str) -> str:
    return f"CONVERT({value} USING utf8mb4)"


def _decoded(word: str) -> str:
    return bytes.fromhex(word).decode("utf-8", "backslashreplace")
