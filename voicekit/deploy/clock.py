"""Times as people say them, on the clock of another machine: `18:00`, `tomorrow 9:00`, `2026-12-31 23:30`, `2h`."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from voicekit.errors import InputError

FORM = '18:00, "tomorrow 9:00", "friday 18:00", "2026-12-31 23:30" or 2h'


class PastError(InputError):
    """A time that was; on a clock that goes before, it may be to come."""


_DAYS = {"today": 0, "сегодня": 0, "tomorrow": 1, "завтра": 1, "послезавтра": 2}
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK_RU = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
_WEEK_SHORT = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_TIME = re.compile(r"(?:(?P<day>\S+)\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})")
_SPAN = re.compile(r"(?:in\s+|через\s+)?(?P<count>\d{1,4})\s*(?P<unit>m|min|h|d|мин|м|ч|д)")
_DATE = re.compile(r"(?P<y>2\d{3})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})\.(?P<m2>\d{1,2})(?:\.(?P<y2>2\d{3}))?")
_UNITS = {"m": "minutes", "min": "minutes", "мин": "minutes", "м": "minutes", "h": "hours", "ч": "hours", "d": "days",
          "д": "days"}  # fmt: skip


def zone(name: str, offset: str) -> tzinfo:
    """The time zone of that name, as `Europe/Moscow`; else the fixed one of `+0300`, as `date +%z` has it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass
    found = re.fullmatch(r"([+-])(\d{2})(\d{2})", offset)
    if not found:
        return UTC
    minutes = int(found[2]) * 60 + int(found[3])
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


def moment(text: str, after: datetime, *, late: bool = False) -> datetime:
    """The first moment after `after` (of that machine's zone) that `text` means; `now` is `after` itself.

    Of a time that there is twice, when clocks go back, the earlier; with `late`, the later one. One that there is not,
    when they go forward, is as much later. Raises `InputError` for anything else, and for a day that is past.
    """
    said = " ".join(text.lower().split())
    if said in ("now", "сейчас"):
        return after
    if span := _SPAN.fullmatch(said):
        return _at(after, timedelta(**{_UNITS[span["unit"]]: int(span["count"])}))
    found = _TIME.fullmatch(said)
    if (
        not found
        or int(found["hour"]) > 24
        or int(found["minute"]) > 59
        or (found["hour"] == "24" and found["minute"] != "00")
    ):
        raise InputError(f'"{text}" is no time; say it as {FORM}')
    clock = timedelta(hours=int(found["hour"]), minutes=int(found["minute"]))
    for day in _days(text, found["day"], after.date()):
        meant = _local(day, clock, after, late=late)
        if meant > after:
            return meant
    raise PastError(f'"{text}" is past: it is {after:%Y-%m-%d %H:%M} there')


def _at(after: datetime, span: timedelta) -> datetime:
    return (after.astimezone(UTC) + span).astimezone(after.tzinfo)


def _local(day: date, clock: timedelta, after: datetime, *, late: bool) -> datetime:
    naive = datetime(day.year, day.month, day.day) + clock  # noqa: DTZ001  given its zone below
    local = naive.replace(tzinfo=after.tzinfo, fold=int(late))
    back = local.astimezone(UTC).astimezone(after.tzinfo)
    if back.replace(tzinfo=None, fold=0) == naive:
        return local
    return naive.replace(tzinfo=after.tzinfo, fold=0).astimezone(UTC).astimezone(after.tzinfo)  # there is no such time


def _days(text: str, said: str | None, today: date) -> list[date]:
    if said is None:
        return [today, today + timedelta(1)]
    if said in _DAYS:
        return [today + timedelta(_DAYS[said])]
    for week in (_WEEK, _WEEK_RU, _WEEK_SHORT):
        fitting = [
            number for number, name in enumerate(week) if name == said or (len(said) >= 2 and name.startswith(said))
        ]
        if len(fitting) == 1:
            first = today + timedelta((fitting[0] - today.weekday()) % 7)
            return [first, first + timedelta(7)]
    found = _DATE.fullmatch(said)
    try:
        if found and found["y"]:
            return [date(int(found["y"]), int(found["m"]), int(found["d"]))]
        if found:
            years = [int(found["y2"])] if found["y2"] else [today.year, today.year + 1]
            return [date(year, int(found["m2"]), int(found["d2"])) for year in years]
    except ValueError:
        pass
    raise InputError(f'"{text}": "{said}" is no day; say it as {FORM}')
