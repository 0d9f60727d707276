"""Times as people ask for them: days and moments of the PBX's clock, or how long ago."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from voicekit.errors import InputError

FORM = (
    '"2026-11-30", "2026-11-30 14:05", "2026-11-30T14:05:30", "today", "yesterday", or how long ago: "90m", "12h", "7d"'
)

DAY_FORM = '"2026-11-30", "30.11.2026", "today" or "yesterday"'

_AGO = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DOTTED = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})")
_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}")


def since(text: str, zone: ZoneInfo, now: datetime) -> int:
    """The first second that is meant, since 1970, UTC. Of an hour that the clock showed twice, the first."""
    return _second(_moment(_dated(text, zone, now), zone, now))


def until(text: str, zone: ZoneInfo, now: datetime) -> int:
    """The last second that is meant: of the day, or the minute. Of an hour that the clock showed twice, the second."""
    text = _dated(text, zone, now)
    last = _moment(text, zone, now)
    if _DAY.fullmatch(text):
        return _second(last.replace(hour=23, minute=59, second=59, fold=1))
    return _second(last.replace(fold=1)) + (59 if _MINUTE.fullmatch(text) else 0)


def day(text: str, zone: ZoneInfo, now: datetime) -> str:
    """A day as `since` and `until` take it."""
    found = _dated(text, zone, now)
    try:
        if _DAY.fullmatch(found):
            return str(date.fromisoformat(found))
    except ValueError:
        pass
    raise InputError(f'"{text[:50]}" is no day; one is {DAY_FORM}')


def ordered(first: int | None, last: int | None) -> None:
    """`InputError` where no call can be between them."""
    if first is not None and last is not None and first > last:
        raise InputError("--since is later than --until: no call is between them")


def local(second: int, zone: ZoneInfo) -> str:
    """`2026-11-30 14:05:30` by the PBX's clock; "" for what no calendar has."""
    try:
        return datetime.fromtimestamp(second, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return ""


def _dated(text: str, zone: ZoneInfo, now: datetime) -> str:
    """What names a day, as its date; all else as it is."""
    if text in (names := ("today", "yesterday")):
        return str(now.astimezone(zone).date() - timedelta(names.index(text)))
    return f"{found[3]}-{found[2]}-{found[1]}" if (found := _DOTTED.fullmatch(text)) else text


def _moment(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    try:
        if ago := _AGO.fullmatch(text):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise InputError(f'"{text[:50]}" is no time; one is {FORM}') from None


def _second(moment: datetime) -> int:
    try:
        return int(moment.timestamp())
    except (ValueError, OverflowError):
        raise InputError(f"{moment:%Y-%m-%d} is no time of a call") from None
