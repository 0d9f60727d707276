"""Calls: the records of one, joined, and which of them a recording is of."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from voicekit.calls.cdr.row import Cdr
from voicekit.errors import InputError

VERSION = 1
MOST = 100_000  # bytes of the records of a call, as JSON: some hundred legs. A page has to hold those of 256

_NEAR = timedelta(days=2)  # between a call and the last change of its recording, or its way into the archive
_PARTY = re.compile(
    r"[^/]+/(.+?)(?:@.*|-[0-9a-f]{8,}(?:;[12])?)?", re.DOTALL
)  # PJSIP/1001-0000002a, Local/7@agents-...


@dataclass(frozen=True, slots=True)
class Call:
    """Its records, at least one, in the order in which they began; all else is read off them."""

    rows: tuple[Cdr, ...]

    @property
    def linkedid(self) -> str:
        return self.rows[0].linkedid or self.rows[0].uniqueid

    @property
    def start(self) -> datetime:
        return self.rows[0].start

    @property
    def end(self) -> datetime:
        return max(row.end for row in self.rows)

    @property
    def caller(self) -> str:
        """The number that called. FreePBX keeps it in `cnum` where it shows another one outside."""
        return self.rows[0].cnum or self.rows[0].src

    @property
    def called(self) -> str:
        """The number that was called: from outside the one that was dialled there, not the menu that took the call."""
        return self._first("did") or self.rows[0].dst

    @property
    def answered(self) -> bool:
        """By whatever: a person, a menu, a queue."""
        return any(row.answered for row in self.rows)

    @property
    def billsec(self) -> int:
        """Seconds from the first answer to the last end. Records of legs at the same time count once."""
        answered = [row for row in self.rows if row.answered]
        last = max((row.end for row in answered), default=None)
        return max((round((last - row.end).total_seconds()) + row.billsec for row in answered if last), default=0)

    @property
    def queue(self) -> str:
        return next((re.split("[,|]", row.lastdata)[0] for row in self._queued()), "")

    @property
    def agent(self) -> str:
        """Who took the call from the queue: the extension or name in the channel that it was given to."""
        taken = (row.dstchannel for row in self._queued() if row.answered and row.dstchannel)
        return next((found[1] for channel in taken if (found := _PARTY.fullmatch(channel))), "")

    @property
    def body(self) -> dict[str, Any]:
        """As plain JSON values, with a version."""
        return {"call": VERSION, "rows": [row.body for row in self.rows]}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Call":
        """Raises `InputError` for a version that is not known."""
        if body.get("call") != VERSION:
            raise InputError("records of a call in a version that this voicekit does not know; update it")
        return cls(tuple(map(Cdr.of, body["rows"])))

    def _first(self, name: str) -> str:
        return next((text for row in self.rows if (text := getattr(row, name))), "")

    def _queued(self) -> list[Cdr]:
        return [row for row in self.rows if row.lastapp == "Queue"]


@dataclass(frozen=True, slots=True)
class Recording:
    """What is known of a recording by its name: the name without folders, and the uniqueid in it ("": none); `at` is
    when it was changed last, about (None: unknown).
    """

    file: str
    uniqueid: str
    at: datetime | None = None


def joined(rows: Iterable[Cdr]) -> list[Call]:
    """The calls that these rows make, in order of their first; a row without a linkedid is of its uniqueid's call.

    Of a call with more than `MOST` the first rows that fit are taken; one without any is none.
    """
    together: dict[str, list[Cdr]] = {}
    for row in sorted(rows, key=lambda row: (row.start, row.sequence or 0)):
        alone = f"row {len(together)}"  # where a PBX writes down neither, nothing joins rows
        together.setdefault(row.linkedid or row.uniqueid or alone, []).append(row)
    return [Call(rows) for each in together.values() if (rows := tuple(_first(each)))]


def _first(rows: Iterable[Cdr]) -> Iterator[Cdr]:
    left = MOST
    for row in rows:
        left -= len(json.dumps(row.body))
        if left < 0:
            return
        yield row


def match(recordings: Sequence[Recording], rows: Iterable[Cdr]) -> list[Call | None]:
    """The call of each recording, in their order: by the file that a row names, by the row's uniqueid, by the call's.

    None for a recording that has no row, or none yet: Asterisk writes it when the call ends.
    """
    files: dict[str, list[Call]] = {}
    channels: dict[str, Call] = {}
    calls: dict[str, Call] = {}
    for call in joined(rows):
        calls.setdefault(call.linkedid, call)
        for row in call.rows:
            files.setdefault(row.recordingfile.rpartition("/")[2], []).append(call)
            channels.setdefault(row.uniqueid, call)
    files.pop("", None)
    for nameless in (channels, calls):
        nameless.pop("", None)
    return [
        _of_file(one, files.get(one.file, [])) or channels.get(one.uniqueid) or calls.get(one.uniqueid)
        for one in recordings
    ]


def _of_file(one: Recording, calls: Sequence[Call]) -> Call | None:
    """Of the calls that name this file. A name without a uniqueid may come again each year: there the time decides."""
    if one.uniqueid or one.at is None:
        return next(iter(calls), None)
    at = one.at
    near = [call for call in calls if call.start - at <= _NEAR and at - call.end <= _NEAR]
    return min(near, key=lambda call: abs(call.end - at), default=None)
