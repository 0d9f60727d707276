"""Dates and times."""

import re

from voicekit.text.ru import grammar
from voicekit.text.ru.grammar import Case
from voicekit.text.ru.numbers import Gender, cardinal, ordinal

MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
_SHORT = "янв фев мар апр мая июн июл авг сен окт ноя дек".split()
_MONTH = rf"(?P<month>{'|'.join(MONTHS)}|(?:{'|'.join(_SHORT)}|февр|сент|нояб)\.)"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:\s?(?P<year>[12]\d{3})(?:\s?(?:года|год|г\b\.?))?)"
_FULL = re.compile(rf"(?<![\w.,-])(?P<day>{_DAY})(?:-?го)?\s?{_MONTH}{_YEAR}?(?!\w)", re.IGNORECASE)
_SPAN = re.compile(
    rf"(?<![\w.,-])(?:(?P<with>с|со)\s+(?P<first>{_DAY})(?:-?го)?\s+по|(?P<from>{_DAY})\s?[-–—])\s?"
    rf"(?P<last>{_DAY})(?:-?ое?)?\s?(?={_MONTH})",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    r"(?<![\w.,-])(?:(?P<day>\d\d?)(?P<sign>[./-])(?P<month>\d\d)(?P=sign)(?P<year>[12]\d{3})"
    r"|(?P<y>[12]\d{3})-(?P<m>\d\d)-(?P<d>\d\d)|(?P<dd>\d\d)\.(?P<mm>\d\d))(?![\w-]|[.,]\d)(?:\s?(?:года\b|г\.))?"
)
_LAST_DAY, _LAST_MONTH = 31, 12
_CLOCK = r"(?:[01]?\d|2[0-4])[:.][0-5]\d(?::[0-5]\d)?"
_TIME = re.compile(
    rf"(?<![\w.,:-])(?P<from>{_CLOCK})(?:\s?[-–—]\s?(?P<to>{_CLOCK}))?(?![\w:-]|[.,]\d)(?:\s+час(?:ов|а)\b)?"
)
_AT = {"в", "с", "со", "до", "к", "по", "после", "около", "на"}
_DAYS = {
    "пн": "понедельник", "вт": "вторник", "ср": "среда", "чт": "четверг", "пт": "пятница", "сб": "суббота",
    "вс": "воскресенье",
}  # fmt: skip
_WEEKDAY = rf"(?:{'|'.join(_DAYS)})"
_WEEKDAYS = re.compile(
    rf"(?<![\w-])(?P<from>{_WEEKDAY})\.?(?:\s?[-–—]\s?(?P<to>{_WEEKDAY}))?(?P<dot>\.?)(?![\w-])", re.IGNORECASE
)

_AND = re.compile(r"\s*,?\s*(?:и|или)?\s*")


def day_spans(text: str) -> str:
    """«с 1 по 10 мая» and «1–10 мая» are said «с первого по десятое мая»."""

    def read(match: re.Match[str]) -> str:
        first = ordinal(int(match["first"] or match["from"]), Case.GENITIVE, "n")
        return f"{match['with'] or 'с'} {first} по {ordinal(int(match['last']), Case.ACCUSATIVE, 'n')} "

    return _SPAN.sub(read, text)


def dates(text: str) -> str:
    """«21 мая 2026 г.» is said «двадцать первого мая две тысячи двадцать шестого года»; also 21.05.2026."""

    def read(match: re.Match[str]) -> str:
        month = match["month"].lower().rstrip(".")
        index = next(index for index, short in enumerate(_SHORT) if month.startswith(short))
        return _date(text, match, int(match["day"]), index, match["year"])

    def read_digits(match: re.Match[str]) -> str:
        day, month = (int(match[a] or match[b] or match[c]) for a, b, c in (("day", "d", "dd"), ("month", "m", "mm")))
        known = 1 <= day <= _LAST_DAY and 1 <= month <= _LAST_MONTH
        a_time = match["dd"] and grammar.word_before(text, match.start()) == "в"
        return (
            _date(text, match, day, month - 1, match["year"] or match["y"]) if known and not a_time else match.group()
        )

    return _DIGITS.sub(read_digits, _FULL.sub(read, text))


def _date(text: str, match: re.Match[str], day: int, month: int, year: str | None) -> str:
    asked = grammar.cases(grammar.word_before(text, match.start())) or (Case.GENITIVE,)
    said = f"{ordinal(day, asked[0], 'n')} {MONTHS[month]}"
    if year:
        said += f" {ordinal(int(year), Case.GENITIVE)} года"
    return said + "." * (match.group().endswith(".") and grammar.ends(text, match.end()))


def times(text: str) -> str:
    """«в 22:00» is said «в двадцать два часа», «с 9:30» «с девяти часов тридцати минут»."""

    def read(match: re.Match[str]) -> str:
        before = grammar.word_before(text, match.start())
        if "." in match["from"] and not (match["to"] or before in _AT):
            return match.group()
        if match["to"] and before not in _AT:
            return f"с {_clock(match['from'], Case.GENITIVE)} до {_clock(match['to'], Case.GENITIVE)}"
        case = (grammar.cases(before) or (Case.NOMINATIVE,))[0]
        until = f" до {_clock(match['to'], Case.GENITIVE)}" if match["to"] else ""
        return _clock(match["from"], case) + until

    return _TIME.sub(read, text)


def _clock(written: str, case: Case) -> str:
    numbers = [int(number) for number in re.split(r"[:.]", written)]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    named = zip(numbers, (("час", "m"), ("минута", "f"), ("секунда", "f")), strict=False)
    return " ".join(_counted(number, lemma, gender, case) for number, (lemma, gender) in named)


def _counted(number: int, lemma: str, gender: str, case: Case) -> str:
    return f"{cardinal(number, case, Gender(gender))} {grammar.inflected(lemma, grammar.form(number, case))}"


def _weekday(text: str, start: int, before: frozenset[str]) -> frozenset[str]:
    """«по пн.» is each Monday, «с пн. по ср.» the days until Wednesday."""
    word = grammar.word_before(text, start)
    if word == "по" and Case.GENITIVE not in before:
        return frozenset({"plur", Case.DATIVE})
    return frozenset({"sing", (grammar.cases(word) or (Case.NOMINATIVE,))[0]})


def _joined(text: str, end: int, start: int) -> bool:
    """Whether «и» or a comma stands between two days, so that they stand in one case."""
    return end >= 0 and _AND.fullmatch(text[end:start]) is not None


def weekdays(text: str) -> str:
    """«Пн–Пт» is said «с понедельника по пятницу»."""
    before: tuple[int, frozenset[str]] = (-1, frozenset())

    def read(match: re.Match[str]) -> str:
        nonlocal before
        first, last = (_DAYS.get((match[name] or "").lower(), "") for name in ("from", "to"))
        if last:
            genitive, accusative = frozenset({"sing", "gent"}), frozenset({"sing", "accs"})
            said = f"с {grammar.inflected(first, genitive)} по {grammar.inflected(last, accusative)}"
        else:
            form = before[1] if _joined(text, before[0], match.start()) else _weekday(text, match.start(), before[1])
            said, before = grammar.inflected(first, form), (match.end(), form)
        return said + "." * (bool(match["dot"]) and grammar.ends(text, match.end()))

    return _WEEKDAYS.sub(read, text)
