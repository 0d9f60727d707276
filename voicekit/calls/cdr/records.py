"""The records of a PBX, whichever place it keeps them in."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Protocol

from voicekit.calls.cdr.call import Recording
from voicekit.calls.cdr.clock import Clock, epoch
from voicekit.calls.cdr.row import Cdr, read
from voicekit.errors import StoreError

PART = 500  # recordings that are asked for at once
MOST = 64 << 20  # characters of the records of so many: a hundred times what they have

_DAY = timedelta(days=1)  # no row of a call begins later after the one that names the recording
_HOUR = timedelta(hours=1)

Row = Mapping[str, object]
Span = tuple[datetime, datetime]

FIRST, LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ask:
    """For rows that began from one moment on and before another: those with one of `values` in `column` ("": all)."""

    since: datetime = FIRST
    until: datetime = LAST
    column: str = ""
    values: tuple[str, ...] = ()


class Place(Protocol):
    """Where a PBX keeps its records. `clock` is the one that wrote their times; `step` is how much of a long time is
    asked for at once: what a place reads besides costs, and so does what is held.
    """

    clock: Clock
    step: timedelta

    def select(self, ask: Ask) -> Iterator[Row | None]:
        """The rows asked for, by columns in small letters, as they come; None for what is there and is no row.

        There may be more, that began before or after. A column that is not there has no values. Raises
        `StoreError` where they can't all be had.
        """
        ...


class Records:
    """What a place has, as `Cdr`. `odd` counts what `rows` has passed over because it is no record."""

    def __init__(self, place: Place) -> None:
        self._place, self.odd = place, 0

    @property
    def step(self) -> timedelta:
        return self._place.step

    def rows(self, since: datetime, until: datetime) -> Iterator[Cdr]:
        """All that began from one moment on and before another, as they come, in the order of the place."""
        for row in self._read(Ask(since, until)):
            if row is None:
                self.odd += 1
            elif since <= row.start < until:
                yield row

    def of(self, recordings: Iterable[Recording]) -> Iterator[Cdr]:
        """All rows of the calls that these recordings are of: what `call.match` wants."""
        left = iter(recordings)
        while part := list(islice(left, PART)):
            yield from self._of(part)

    def _of(self, recordings: Sequence[Recording]) -> Iterator[Cdr]:
        channels = {one.uniqueid for one in recordings if one.uniqueid}
        named = [*self._channels(channels), *self._files(recordings, channels)]
        yield from (row for row in named if not row.linkedid)
        unseen = channels - {row.uniqueid for row in named}
        for (since, until), calls in _overlapping(_spans(named, unseen)):
            yield from filter(None, self._read(Ask(since, until, "linkedid", tuple(calls))))

    def _channels(self, channels: Collection[str]) -> Iterator[Cdr]:
        """The rows of these channels."""
        first = min((epoch(channel) or FIRST for channel in channels), default=FIRST)
        ask = Ask(max(first - _HOUR, FIRST), column="uniqueid", values=tuple(channels))
        return filter(None, self._read(ask) if channels else ())

    def _files(self, recordings: Sequence[Recording], channels: Collection[str]) -> Iterator[Cdr]:
        """The rows of other channels that name one of these files."""
        files = tuple({one.file for one in recordings if one.file})
        found = filter(None, self._read(Ask(column="recordingfile", values=files)) if files else ())
        return (row for row in found if row.uniqueid not in channels)

    def _read(self, ask: Ask) -> Iterator[Cdr | None]:
        left = MOST
        for found in self._place.select(ask):
            left -= _size(found) if ask.column else 0
            if left < 0:
                raise StoreError("the call detail records of a few recordings would fill memory; that can't be right")
            row = None if found is None else read(found, self._place.clock)
            yield row if row and FIRST <= row.start < LAST else None  # whoever answers, spans around it can be told


def _size(row: Row | None) -> int:
    return 500 + sum(len(one) for one in (row or {}).values() if isinstance(one, str | bytes))


def _spans(named: Iterable[Cdr], unseen: Iterable[str]) -> dict[str, Span]:
    """When the rows of each call began: tables have an index of that, and seldom one of linkedid.

    A call is named after its first channel; so a channel without a row of its own may be the name of a call.
    """
    spans: dict[str, Span] = {}
    for row in named:
        if row.linkedid:
            first = epoch(row.linkedid) or row.start - _DAY
            since, until = spans.get(row.linkedid, (first - _HOUR, row.start + _DAY))
            spans[row.linkedid] = min(since, row.start - _HOUR), max(until, row.start + _DAY)
    calls = {call: made for call in unseen if (made := epoch(call))}
    return {call: (made - _HOUR, made + _DAY) for call, made in calls.items()} | spans


def _overlapping(spans: Mapping[str, Span]) -> Iterator[tuple[Span, list[str]]]:
    """Calls whose spans overlap, together, with the span that holds theirs."""
    together: list[str] = []
    since = until = FIRST
    for call, (first, last) in sorted(spans.items(), key=lambda one: one[1]):
        if together and first > until:
            yield (since, until), together
            together = []
        since, until = (since, max(until, last)) if together else (first, last)
        together = [*together, call]
    if together:
        yield (since, until), together
