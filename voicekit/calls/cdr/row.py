"""One call detail record: what became of one channel of a call. A call has one or many."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from voicekit.calls.cdr.clock import Clock, epoch

DATES = ("calldate", "start")  # what the column is called that says when a call began: by older tables, and by Asterisk

_MOMENTS = ("start", "answer", "end")
_WHOLE = re.compile(r"(-?[0-9]{1,18})(?:\.[0-9]*)?")


@dataclass(frozen=True, slots=True)
class Cdr:
    """Its names are Asterisk's and FreePBX's; `more` are the other columns. Times are UTC.

    `fold` is None but for a record whose `start` the PBX's clock showed twice: 0 is the first of the two, 1 the second,
    told by the epoch in `uniqueid`; without one, the first is taken.
    """

    start: datetime
    answer: datetime | None
    end: datetime
    src: str = ""
    dst: str = ""
    clid: str = ""
    dcontext: str = ""
    channel: str = ""
    dstchannel: str = ""
    lastapp: str = ""
    lastdata: str = ""
    duration: int = 0
    billsec: int = 0
    disposition: str = ""
    accountcode: str = ""
    uniqueid: str = ""
    linkedid: str = ""
    did: str = ""
    recordingfile: str = ""
    cnum: str = ""
    cnam: str = ""
    outbound_cnum: str = ""
    outbound_cnam: str = ""
    dst_cnam: str = ""
    peeraccount: str = ""
    sequence: int | None = None
    userfield: str = ""
    fold: int | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def answered(self) -> bool:
        return self.disposition == "ANSWERED"

    @property
    def body(self) -> dict[str, Any]:
        """As plain JSON values; what is empty is left out."""
        told = {name: value for name in _NAMES if (value := getattr(self, name)) not in ("", None, {})}
        return told | {name: told[name].isoformat() for name in _MOMENTS if name in told}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Cdr":
        moments = {name: datetime.fromisoformat(body[name]) for name in _MOMENTS if name in body}
        return cls(**{"answer": None, **body, **moments})


_NAMES = tuple(one.name for one in fields(Cdr))
_TEXTS = tuple(one.name for one in fields(Cdr) if one.type is str)
_OWN = {*_NAMES, *DATES} - {"fold", "more"}


def read(found: Mapping[str, object], clock: Clock) -> Cdr | None:
    """The record in one row of a table, by its columns in small letters; None when it does not say when it began."""
    try:
        return _read(found, clock)
    except (ValueError, OverflowError):  # no date, or one of the year 0
        return None


def _read(found: Mapping[str, object], clock: Clock) -> Cdr:
    duration, billsec = _number(found.get("duration")), _number(found.get("billsec"))
    uniqueid = _text(found.get("uniqueid"))
    starts = _moments(found.get("calldate") or found.get("start"), clock)
    start = _of_channel(starts, epoch(uniqueid))
    texts = {name: _text(found.get(name)) for name in _TEXTS}
    return Cdr(
        start=start,
        answer=_answer(found, clock, start + timedelta(seconds=duration - billsec), billsec),
        end=_near(found.get("end"), clock, start + timedelta(seconds=duration)),
        duration=duration,
        billsec=billsec,
        sequence=_number(found["sequence"]) if _text(found.get("sequence")) else None,
        fold=starts.index(start) if len(starts) > 1 else None,
        more={name: text for name in found if name not in _OWN and (text := _text(found[name]))},
        **texts,
    )


def _of_channel(starts: tuple[datetime, ...], made: datetime | None) -> datetime:
    """No record begins before its channel."""
    late = (start for start in starts if made is not None and start >= made - timedelta(seconds=1))
    return starts[0] if made is None else next(late, starts[-1])


def _answer(found: Mapping[str, object], clock: Clock, expected: datetime, billsec: int) -> datetime | None:
    """Tables without the column have it between the lines."""
    told = found.get("answer")
    answered = bool(told) if "answer" in found else bool(billsec) or found.get("disposition") == "ANSWERED"
    return _near(told, clock, expected) if answered else None


def _near(value: object, clock: Clock, expected: datetime) -> datetime:
    """What is written there, else what is expected."""
    try:
        return min(_moments(value, clock), key=lambda moment: abs(moment - expected))
    except ValueError:
        return expected


def _moments(value: object, clock: Clock) -> tuple[datetime, ...]:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    return clock.readings(moment) if moment.tzinfo is None else (moment.astimezone(UTC),)


def _number(value: object) -> int:
    whole = _WHOLE.fullmatch(_text(value))
    return int(whole[1]) if whole else 0


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return "" if value is None else str(value)
