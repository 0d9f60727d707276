"""Dates, years and times."""

import re

from voicekit.text import numerals
from voicekit.text.en.grammar import ends
from voicekit.text.en.numbers import cardinal, ordinal

MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTH = rf"(?:(?P<month>{'|'.join(MONTHS)})|(?P<short>{'|'.join(name[:3] for name in MONTHS)}|Sept)\.?)"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?P<year>[12]\d{3})"
_MONTH_DAY = re.compile(
    rf"\b{_MONTH}\s(?P<first>{_DAY})(?:st|nd|rd|th)?(?:\s?(?:[-–—]|to)\s?(?P<last>{_DAY})(?:st|nd|rd|th)?)?"
    rf"(?:,?\s{_YEAR})?(?![\w:]|[.,]\d)"
)
_DAY_MONTH = re.compile(
    rf"(?<![\w.,-])(?P<the>the\s)?(?P<first>{_DAY})(?:st|nd|rd|th)?\s{_MONTH}(?:,?\s{_YEAR})?(?![\w:]|[.,]\d)"
)
_MONTH_YEAR = re.compile(rf"\b{_MONTH}\s{_YEAR}(?![\w:]|[.,]\d)")
_DIGITS = re.compile(
    r"(?<![\w.,/-])(?:(?P<a>\d\d?)(?P<sign>[./-])(?P<b>\d\d?)(?P=sign)(?P<year>[12]\d{3})"
    r"|(?P<y>[12]\d{3})-(?P<m>\d\d)-(?P<d>\d\d))(?![\w/-]|[.,]\d)"
)
_LAST_DAY, _LAST_MONTH = 31, 12
_IN_YEAR = re.compile(
    r"\b(?P<before>(?:[Ii]n|[Ss]ince|[Uu]ntil|[Yy]ear|[Dd]uring|[Bb]efore|[Aa]fter|[Bb]y|[Ss]pring|[Ss]ummer"
    r"|[Ff]all|[Aa]utumn|[Ww]inter|Q[1-4]|[Cc]opyright|©)\s)(?P<year>(?:19|20)\d\d)"
    r"(?![\w:%-]|[.,]\d|\s[a-z]+s\b)"
)
_DECADE = re.compile(r"(?<![\w.,'])((?:18|19|20)\d0)'?s\b")
_SHORT_DECADE = re.compile(r"(?<!\w)['’]([2-9]0)s\b")
_YEARS = re.compile(
    r"(?<![\w.,-])(?P<first>(?:19|20)\d\d)(?P<to>\s?[-–—]\s?|\sto\s)(?P<last>(?:19|20)\d\d)(?![\w:-]|[.,]\d)"
)
_CLOCK = r"(?:[01]?\d|2[0-4])(?::[0-5]\d){0,2}"
_HALF = r"(?:\s?[AaPp]\.?\s?[Mm]\b\.?)"
_TIME = re.compile(
    rf"(?<![\w.:,$€£-])(?:(?P<low>{_CLOCK})(?P<lowhalf>{_HALF})?\s?[-–—]\s?)?(?P<high>{_CLOCK})(?P<half>{_HALF})?(?![\w:%]|[.,-]\d)"
)
_SHORT_DAY = r"(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)"
_DAY_RANGE = re.compile(rf"\b(?P<from>{_SHORT_DAY})\.?\s?[-–—]\s?(?P<to>{_SHORT_DAY})\b(?P<dot>\.?)")
_ONE_DAY = re.compile(
    rf"\b(?P<day>{_SHORT_DAY})(?:(?P<dot>\.)|(?=,?\s(?:{_SHORT_DAY})\b)|(?=\s\d)|(?<=n|e|d|u|i)(?<!Sun)\b)(?!\w)"
)
_NOON = 12


def year(number: int) -> str:
    """«twenty twenty-six»."""
    return numerals.words(number, "en", to="year").replace(",", "")


def dates(text: str) -> str:
    """«May 21st, 2026» is said «May twenty-first, twenty twenty-six»; also 05/21/2026 and 2026-05-21."""
    text = _DIGITS.sub(_by_digits, text)
    text = _DAY_MONTH.sub(lambda match: f"the {ordinal(int(match['first']))} of {_month(match)}{_year(match)}", text)
    text = _MONTH_DAY.sub(_month_day, text)
    return _MONTH_YEAR.sub(lambda match: f"{_month(match)} {year(int(match['year']))}", text)


def _month(match: re.Match[str]) -> str:
    return match["month"] or next(name for name in MONTHS if name.startswith(match["short"][:3]))


def _year(match: re.Match[str]) -> str:
    return f", {year(int(match['year']))}" if match["year"] else ""


def _month_day(match: re.Match[str]) -> str:
    days = " to ".join(ordinal(int(match[name])) for name in ("first", "last") if match[name])
    return f"{_month(match)} {days}{_year(match)}"


def _by_digits(match: re.Match[str]) -> str:
    """Month first, as in the US, unless that can't be."""
    if match["y"]:
        month, day = int(match["m"]), int(match["d"])
    else:
        month, day = int(match["a"]), int(match["b"])
        if month > _LAST_MONTH or match["sign"] == ".":
            month, day = day, month
    if not (1 <= month <= _LAST_MONTH and 1 <= day <= _LAST_DAY):
        return match.group()
    return f"{MONTHS[month - 1]} {ordinal(day)}, {year(int(match['year'] or match['y']))}"


def years(text: str) -> str:
    """«in 2026» is said «in twenty twenty-six»."""
    text = _SHORT_DECADE.sub(lambda match: _decade(cardinal(int(match[1]))), text)
    text = _DECADE.sub(lambda match: _decade(year(int(match[1]))), text)
    text = _YEARS.sub(lambda match: f"{year(int(match['first']))} to {year(int(match['last']))}", text)
    return _IN_YEAR.sub(lambda match: match["before"] + year(int(match["year"])), text)


def _decade(said: str) -> str:
    """«nineteen nineties»."""
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


def times(text: str) -> str:
    """«9:30 a.m.» is said «nine thirty A M», «17:30» «five thirty P M», «9:05» «nine oh five»."""

    def read(match: re.Match[str]) -> str:
        halves = [_half(match[name]) for name in ("lowhalf", "half")]
        if not (any(halves) or ":" in match.group()):
            return match.group()
        said = _clock(match["high"], halves[1])
        if match["low"]:
            said = f"{_clock(match['low'], halves[0], plain=bool(halves[1]))} to {said}"
        return said + "." * (match.group().endswith(".") and ends(text, match.end()))

    return _TIME.sub(read, text)


def _half(written: str | None) -> str:
    return f"{written.strip()[0].upper()} M" if written else ""


def _clock(written: str, half: str, *, plain: bool = False) -> str:
    """«o'clock» is said of a full hour that nothing follows."""
    hour, minute, second = [*map(int, written.split(":")), 0, 0][:3]
    if not half and hour % 24 == 0 and not minute:
        return "midnight"
    if not half and (hour > _NOON or hour == 0):
        half = "P M" if _NOON <= hour < 2 * _NOON else "A M"
    said = [cardinal((hour - 1) % _NOON + 1)]
    if minute or second:
        said += [f"oh {cardinal(minute)}" if minute < 10 else cardinal(minute)]
    if second:
        said += [f"and {cardinal(second)} second{'s' * (second > 1)}"]
    said += [half] if half else ["o'clock"] if not (minute or second or plain) else []
    return " ".join(said)


def weekdays(text: str) -> str:
    """«Mon-Fri» is said «Monday to Friday»."""

    def stop(match: re.Match[str]) -> str:
        return "." * (bool(match["dot"]) and ends(text, match.end()))

    text = _DAY_RANGE.sub(lambda match: f"{_day(match['from'])} to {_day(match['to'])}{stop(match)}", text)
    return _ONE_DAY.sub(lambda match: _day(match["day"]) + stop(match), text)


def _day(short: str) -> str:
    return next(name for name in _DAYS if name.startswith(short[:3]))
