"""Ordinal numbers: with an ending written («1-го»), of years, and roman."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from voicekit.text.ru import grammar
from voicekit.text.ru.grammar import Case
from voicekit.text.ru.numbers import cardinal, ordinal

if TYPE_CHECKING:
    from pymorphy3.analyzer import Parse

_ENDING = re.compile(r"(?<![\w,.])(\d{1,9})-?(?:(?<=-)(х|ти|мя|ми|ух|ёх|[а-яё]{1,3})|(й|я|е|го|му|ю|х))(?![\w-])")
_CARDINAL_FIRST = {"х", "ти", "мя", "ми", "ух", "ёх"}  # «2-х», «5-ти»: endings of cardinals more often than not
_YEARS = r"год\w{0,3}|гг?\b"
_YEAR = re.compile(
    rf"(?<![\w,.-])(?:([12]\d{{3}})\s?[-–—]\s?)?([12]\d{{3}})(?:-(х|е)|-[а-яё]{{1,3}})?\s?({_YEARS})(\.?)"
)
_EARLIER = re.compile(rf"(?<![\w,.-])[12]\d{{3}}(?=\s(?:по|до|и|или)\s[12]\d{{3}}\s?(?:{_YEARS}))")
_SHORT = {"г": {"sing"}, "гг": {"plur"}}
_ROMAN = re.compile(r"(?<!\w)(?=[IVX])(X{0,3}(?:IX|IV|V?I{0,3}))(?=\s+[а-яё])")
_AGES = {"век", "квартал", "полугодие", "столетие", "тысячелетие", "этап", "тур", "степень", "съезд", "категория"}
_SECOND = re.compile(r"(?<!\w)([ВвСсКк]) (?=втор(?:о|у|ы|ник))")
_VALUES = {"I": 1, "V": 5, "X": 10}


def endings(text: str) -> str:
    """«до 1-го числа» is said «до первого числа», «на 2-й линии» «на второй линии», «2-х» «двух»."""

    def read(match: re.Match[str]) -> str:
        number, ending = int(match[1]), match[2] or match[3]
        said = _ending_in(text, match, number, ending)
        return said or match.group()

    return _ENDING.sub(read, text)


def _ending_in(text: str, match: re.Match[str], number: int, ending: str) -> str | None:
    ordinals = _ordinals(number, _cases(text, match), grammar.counted(text, match.end()))
    cardinals = (cardinal(number, case) for case in Case)
    many = ending in _CARDINAL_FIRST or (ending == "ю" and _with_many(text, match))
    both = (*cardinals, *ordinals) if many and number else (*ordinals, *cardinals)
    return next((said for said in both if said.endswith(ending)), None)


def _with_many(text: str, match: re.Match[str]) -> bool:
    """«5-ю способами» are five ways, «5-ю линию» is the fifth line."""
    wanted = frozenset({"plur", Case.INSTRUMENTAL})
    return any(grammar.stands(noun, wanted) for noun in grammar.counted(text, match.end()))


def _cases(text: str, match: re.Match[str]) -> tuple[Case, ...]:
    asked = grammar.cases(grammar.word_before(text, match.start()))
    return (*asked, *(case for case in Case if case not in asked))


def _ordinals(number: int, cases: tuple[Case, ...], nouns: "tuple[Parse, ...]") -> Iterator[str]:
    """Every form, those first that agree with the noun after it, then by the cases in their order."""
    for case in cases:
        for noun in nouns:
            for many in (False, True):
                if grammar.stands(noun, frozenset({"plur" if many else "sing", case})):
                    living = "anim" in noun.tag
                    yield ordinal(number, case, grammar.gender(noun), plural=many, animate=living)
                    yield ordinal(number, case, grammar.gender(noun), animate=living)  # «на 2-м и 3-м этажах»
    for case in cases:
        for living in (False, True):
            yield from (ordinal(number, case, gender, animate=living) for gender in "mfn")
            yield ordinal(number, case, plural=True, animate=living)


def years(text: str) -> str:
    """«в 2026 году» is said «в две тысячи двадцать шестом году», «с 2020 г.» «с две тысячи двадцатого года»."""

    def read(match: re.Match[str]) -> str:
        first, last, many, noun, dot = match.groups()
        case, noun = _year(noun, _asked(grammar.word_before(text, match.start())))
        said = [ordinal(int(year), case, plural=bool(many)) for year in (first, last) if year]
        stop = dot if grammar.ends(text, match.end()) else ""
        return f"{' — '.join(said)} {noun}{stop}"

    return _YEAR.sub(read, _EARLIER.sub(lambda match: _earlier(match, text), text))


def _earlier(match: re.Match[str], text: str) -> str:
    """The first of «с 2020 по 2025 год»."""
    asked = grammar.cases(grammar.word_before(text, match.start())) or (Case.NOMINATIVE,)
    return ordinal(int(match.group()), Case.PREPOSITIONAL if Case.PREPOSITIONAL in asked else asked[0])


def _asked(before: str) -> tuple[Case, ...]:
    """The cases that a year may stand in after a word: «итоги 2025 г.» are of it."""
    return grammar.cases(before) or ((Case.GENITIVE, Case.NOMINATIVE) if before else (Case.NOMINATIVE, Case.GENITIVE))


def _year(written: str, asked: tuple[Case, ...]) -> tuple[Case, str]:
    """The case of the word, and the word in full. «в 2026 г.» is in it, not into it."""
    if written in _SHORT:
        case = Case.PREPOSITIONAL if Case.PREPOSITIONAL in asked else asked[0]
        special = {("г", Case.PREPOSITIONAL): "году", ("гг", Case.NOMINATIVE): "годы", ("гг", Case.ACCUSATIVE): "годы"}
        return case, special.get((written, case)) or grammar.inflected("год", frozenset({*_SHORT[written], case}))
    for number in ("sing", "plur"):  # «года» is of one year before it is several
        for case in (*asked, *Case):
            if any(grammar.stands(parse, frozenset({number, case})) for parse in grammar.nouns(written)):
                return case, written
    return asked[0], written


def eased(text: str) -> str:
    """«с второго» is said «со второго», «в второй» «во второй»."""
    return _SECOND.sub(r"\1о ", text)


def romans(text: str) -> str:
    """«в XXI веке» is said «в двадцать первом веке»; only before words that roman numbers stand with."""

    def read(match: re.Match[str]) -> str:
        noun = next((parse for parse in grammar.counted(text, match.end()) if parse.normal_form in _AGES), None)
        if not noun:
            return match.group()
        number = _roman(match[1])
        return next(_ordinals(number, _cases(text, match), (noun,)))

    return _ROMAN.sub(read, text)


def _roman(written: str) -> int:
    values = [_VALUES[letter] for letter in written]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))
