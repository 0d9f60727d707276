"""The numbers in a text, in words or in digits: which keys to press, which hours, which days."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any

_VALUES = (*range(21), *range(30, 101, 10))  # those whose names are one word
_TENS = _VALUES[20:]
_FORMS: Mapping[str, Mapping[str, Iterable[Any]]] = {
    "en": {},
    "ru": {"case": "ngdaip", "gender": "mfn", "plural": (False, True)},
}
_LONGEST = 18  # digits: more are no number that anybody says

_TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\w\s-]")


def numbers(text: str, language: str) -> set[int]:
    """Every number; those that follow each other directly are one: "one hundred twelve" and "one one two" are 112.

    Number words are known in English and Russian, digits in all languages.
    """
    found: set[int] = set()
    run: list[int] = []
    for value in (*_values(_folded(text), language), None):
        if value is not None:
            run.append(value)
        elif run:
            found.add(_joined(run))
            run = []
    return found


def differing(one: set[int], other: set[int]) -> tuple[set[int], set[int]]:
    """What each has and the other has not: only where both have such are the two clearly different.

    A translation may leave a number out. 2 and 14 may be the same hour.
    """
    mine = {n for n in one if not other & {n, n - 12, n + 12}}
    theirs = {n for n in other if not one & {n, n - 12, n + 12}}
    return (mine, theirs) if mine and theirs else (set(), set())


def is_number(word: str, language: str) -> bool:
    """Whether a word is a number's name."""
    return _folded(word) in _names(language.partition("_")[0])


def _values(text: str, language: str) -> Iterator[int | None]:
    """The value of each word, None for what is no number and around ordinals: "first three" is two numbers."""
    names = _names(language.partition("_")[0])
    last: int | None = None
    for token in _TOKEN.findall(text):
        digits = token.isdecimal() and len(token) <= _LONGEST
        value, ordinal = (int(token), False) if digits else names.get(token, (None, False))
        if ordinal and last not in _TENS:  # "twenty-third" is one
            yield None
        yield value
        if ordinal:
            yield None
        last = value


def _joined(run: list[int]) -> int:
    """20 and 3 are 23; 1, 1 and 2 are 112."""
    parts = run[:1]
    for value in run[1:]:
        if value == 100 and parts[-1] < 10:  # "one hundred"
            parts[-1] *= 100
        elif value and (parts[-1] % 100 == 0 < parts[-1] or (value < 10 and parts[-1] in _TENS)):
            parts[-1] += value
        else:
            parts.append(value)
    return int("".join(map(str, parts))[:_LONGEST])


@cache
def _names(language: str) -> Mapping[str, tuple[int, bool]]:
    """Every form of the number words of a language: the value, and whether it is an ordinal."""
    if language not in _FORMS:
        return {}
    from num2words import num2words

    forms = _FORMS[language]
    options = [dict(zip(forms, values, strict=True)) for values in product(*forms.values())]
    names: dict[str, tuple[int, bool]] = {}
    for kind, value, form in product(("cardinal", "ordinal"), _VALUES, options):
        name = _folded(num2words(value, lang=language, to=kind, **form)).split()[-1]  # "one hundred"
        names.setdefault(name, (value, kind == "ordinal"))
    return names


def _folded(text: str) -> str:
    return text.lower().replace("\N{CYRILLIC SMALL LETTER IO}", "\N{CYRILLIC SMALL LETTER IE}")
