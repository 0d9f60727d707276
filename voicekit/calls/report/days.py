"""Days of a PBX's calendar, or weeks or months of them, as spans of seconds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from voicekit.errors import InputError

DAYS = 92  # of more, a bar is a week
WEEKS = 400  # of more days than this, it is a month
MOST = 3660  # ten years

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """What one bar is of: from the first day to the last, both counted in; seconds since 1970, from `since` on and
    before `until`.
    """

    first: date
    last: date
    since: int
    until: int


def day(second: int, zone: ZoneInfo) -> date:
    """The PBX's day of a second since 1970; `InputError` for what no calendar has."""
    try:
        return datetime.fromtimestamp(second, UTC).astimezone(zone).date()
    except (ValueError, OverflowError, OSError):
        raise InputError("a report is of days that a calendar has; correct --since or --until") from None


def parts(first: date, last: date, zone: ZoneInfo) -> list[Part]:
    """The days from one to another, or weeks (from Monday on) or months of them, where they are many."""
    if first > last:
        raise InputError(f"from {first} to {last} there is no day; --since names the first, --until the last")
    number = (last - first).days + 1
    if number > MOST:
        raise InputError("a report is of ten years at the most; --since names its first day")
    heads = [day for day in _all(first, last) if day == first or number <= DAYS or _begins(day, weeks=number <= WEEKS)]
    return [_part(head, after - _DAY, zone) for head, after in zip(heads, [*heads[1:], last + _DAY], strict=True)]


def single(first: date, last: date, zone: ZoneInfo) -> list[Part]:
    """Each day from one to another."""
    return [_part(day, day, zone) for day in _all(first, last)]


def holding(parts: Sequence[Part], day: date) -> int | None:
    """Which of them this day is in."""
    return next((number for number, part in enumerate(parts) if part.first <= day <= part.last), None)


def _all(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(number)


def _begins(day: date, *, weeks: bool) -> bool:
    return day.weekday() == 0 if weeks else day.day == 1


def _part(first: date, last: date, zone: ZoneInfo) -> Part:
    return Part(first, last, _midnight(first, zone), _midnight(last + _DAY, zone))


def _midnight(day: date, zone: ZoneInfo) -> int:
    """The first second of a day, also where the clock is put forward at midnight."""
    return int(datetime.combine(day, time(), zone).timestamp())
