"""Records in Asterisk's Master.csv, on the PBX: cdr_csv writes a line when a call ends, and nobody an index."""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from importlib.resources import files
from itertools import islice
from typing import IO

from voicekit.calls.cdr.clock import Clock, epoch
from voicekit.calls.cdr.records import Ask, Row
from voicekit.errors import StoreError
from voicekit.hosts.machine import Machine

PATH = "/var/log/asterisk/cdr-csv/Master.csv"

_LONGEST = 4096  # bytes of a record; Asterisk's buffer has 1024
_GRACE = timedelta(days=1)  # by which lines may be out of order: cdr.conf can have them kept back, clocks are put back
_WEEK = timedelta(days=7)  # the longest call: its line is written when it ends
_DIGITS = "%Y%m%d%H%M%S"

# As cdr_csv writes them: texts in quotes, whole numbers bare, and bare nothing for a time that never came. Who has had
# the file in a spreadsheet, or on Windows, has quotes around numbers and other ends of lines.
_TEXT = rb'"(?:[^"]|"")*+"'
_LINE = re.compile(
    rb"(?:%(text)b,){9}(?:(?:%(text)b)?,){3}(?:%(int)b,){2}%(text)b,%(text)b"
    rb"(?:,%(text)b){0,2}(?:,%(text)b,%(text)b,%(int)b)?\r?\n"
    % {b"text": _TEXT, b"int": rb'(?:-?[0-9]{1,10}|"-?[0-9]{1,10}")'}
)
_FIRST = [
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer",
    "end", "duration", "billsec", "disposition", "amaflags",
]  # fmt: skip
_OPTIONAL = ["uniqueid", "userfield"]  # with loguniqueid, with loguserfield
_LAST = ["peeraccount", "linkedid", "sequence"]  # with newcdrcolumns
_HEAD = re.compile(rb"([0-9]{1,15}) ([0-9]{1,18})\n")


class Master:
    """`path` is the file's on that machine. Of each span all of a week behind it is read too."""

    step = _WEEK

    def __init__(self, machine: Machine, clock: Clock, path: str = PATH) -> None:
        self._machine, self.clock, self._path = machine, clock, path

    def select(self, ask: Ask) -> Iterator[Row | None]:
        if ask.column and ask.column not in {*_FIRST, *_OPTIONAL, *_LAST}:
            return
        since, until = self.clock.span(ask.since - _GRACE, ask.until + _WEEK)
        written = str(int((ask.since - _GRACE).timestamp()))
        script = (files(__package__) / "master.sh").read_text()
        with self._machine.reading(script, self._path, f"{since:{_DIGITS}}", f"{until:{_DIGITS}}", written) as answer:
            for row in self._parts(answer):
                if row is None or not ask.column or row.get(ask.column) in ask.values:
                    yield row

    def _parts(self, answer: IO[bytes]) -> Iterator[Row | None]:
        while head := answer.readline(100):
            if not (numbers := _HEAD.fullmatch(head)):
                raise StoreError(f"{self._machine.name}: {self._path} did not come whole; run it again")
            lines = self._lines(answer, int(numbers[2]))
            if int(numbers[1]):
                next(lines, None)
            yield from parsed(lines)

    def _lines(self, answer: IO[bytes], size: int) -> Iterator[bytes]:
        """Those of the next `size` bytes; a line that is longer than any record comes in pieces. A last one without its
        line break is left out: it is being written, or was not asked for.
        """
        while size:
            line = answer.readline(min(size, _LONGEST))
            if not line:
                raise StoreError(f"{self._machine.name}: {self._path} did not come whole; run it again")
            size -= len(line)
            if size or line.endswith(b"\n"):
                yield line


def parsed(lines: Iterable[bytes]) -> Iterator[Row | None]:
    """The records in these lines; None for a line that is none. A text may have line breaks, so a record has many."""
    held: list[bytes] = []
    more = iter(lines)
    while (count := _closed(held, more)) or held:
        text = b"".join(held[:count])
        if _LINE.fullmatch(text):
            yield _row(text)
        else:
            count = 1
            if held[0].strip():
                yield None
        del held[:count]


def _closed(held: list[bytes], more: Iterator[bytes]) -> int:
    """How many of the lines close all quotes; 0, if that takes more than a record has. Holds as many as it takes."""
    count = size = quotes = 0
    while size < _LONGEST:
        if count == len(held):
            held.extend(islice(more, 1))
        if count == len(held):
            return 0
        size += len(held[count])
        quotes += held[count].count(b'"')
        count += 1
        if quotes % 2 == 0:
            return count
    return 0


def _row(line: bytes) -> Row:
    texts = next(csv.reader([line.decode("utf-8", "backslashreplace")]))
    more = texts[len(_FIRST) :]
    optional, last = (more[:-3], more[-3:]) if len(more) >= len(_LAST) else (more, [])
    return dict(zip([*_FIRST, *_optional(optional), *_LAST[: len(last)]], texts, strict=True))


def _optional(texts: list[str]) -> list[str]:
    """The names of these columns; of one alone, its form tells which it is."""
    return _OPTIONAL[: len(texts)] if len(texts) != 1 else [_OPTIONAL[epoch(texts[0]) is None]]
