"""Calls: the records of one, joined, and which of them a recording is of."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from voicekit.calls.cdr.row import Cdr
from voicekit.errors import InputError

VERSION = 1

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
        spans = [(row.end - timedelta(seconds=row.billsec), row.end) for row in self.rows if row.answered]
        if not spans:
            return 0
        return round((max(end for _, end in spans) - min(answer for answer, _ in spans)).total_seconds())

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
    """What is known of a recording by its name: the name without folders, and the uniqueid in it ("": none)."""

    file: str
    uniqueid: str


def joined(rows: Iterable[Cdr]) -> list[Call]:
    """The calls that these rows make, in order of their first; a row without a linkedid is of its uniqueid's call."""
    together: dict[str, list[Cdr]] = {}
    for row in sorted(rows, key=lambda row: (row.start, row.sequence or 0)):
        alone = f"row {len(together)}"  # where a PBX writes down neither, nothing joins rows
        together.setdefault(row.linkedid or row.uniqueid or alone, []).append(row)
    return [Call(tuple(rows)) for rows in together.values()]


def match(recordings: Sequence[Recording], rows: Iterable[Cdr]) -> list[Call | None]:
    """The call of each recording, in their order: by the file that a row names, by the row's uniqueid, by the call's.

    None for a recording that has no row, or none yet: Asterisk writes it when the call ends.
    """
    files: dict[str, Call] = {}
    channels: dict[str, Call] = {}
    calls: dict[str, Call] = {}
    for call in joined(rows):
        calls.setdefault(call.linkedid, call)
        for row in call.rows:
            files.setdefault(row.recordingfile.rpartition("/")[2], call)
            channels.setdefault(row.uniqueid, call)
    for nameless in (files, channels, calls):
        nameless.pop("", None)
    return [files.get(one.file) or channels.get(one.uniqueid) or calls.get(one.uniqueid) for one in recordings]
