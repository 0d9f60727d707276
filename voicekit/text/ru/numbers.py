"""Numbers in words: the case from what stands before them, the gender from what they count."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voicekit.text import numerals
from voicekit.text.numerals import SPACES, THOUSANDS
from voicekit.text.ru import grammar
from voicekit.text.ru.grammar import Case

if TYPE_CHECKING:
    from pymorphy3.analyzer import Parse

_ONE = rf"(?:\d{{1,3}}(?:[{SPACES}]\d{{3}})+(?!\d)|\d+)(?:,\d{{1,6}}(?!\d))?"
AMOUNT = rf"(?<![\w,])(?P<minus>(?<!\S)[-−–](?=\d))?(?:(?P<low>{_ONE})[ ]?[-–—−][ ]?)?(?P<high>{_ONE})"
_LETTER = {
    Case.NOMINATIVE: "n",
    Case.GENITIVE: "g",
    Case.DATIVE: "d",
    Case.ACCUSATIVE: "a",
    Case.INSTRUMENTAL: "i",
    Case.PREPOSITIONAL: "p",
}
_WHOLE = "целый"
_NUMBER = re.compile(rf"{AMOUNT}(?![\w/])")
_DIGITS = re.compile(r"\d+")
_AND = re.compile(r"\s+(?:и|или)\s+\d{1,3}(?=\s)")  # «2 и 3 этажах»
_AFTER_AND = re.compile(r"\d\s+(?:и|или)\s+$")
_UNTIL = re.compile(r"\s+по\s+\d{1,3}(?=\s)")  # «с 1 по 5 класс»
_LOOK_BACK = 20
_PLUS = re.compile(r"(?<!\S)\+(?=\d)|(?<=\d)\+(?!\w)")
_SLASH = re.compile(r"(?<=\d)\s?/\s?(?=\d)")
_DAYTIME = {"утра", "вечера", "ночи", "дня"}
_SIGNS = {"плюс", "минус", "дробь"}
_UNCOUNTED = {*_DAYTIME, *_SIGNS}
_HOURS = {"в", "к", "до", "с", "со", "после", "около", "на"}
_FLOORS = {
    "этаж",
    "подъезд",
    "класс",
    "курс",
    "квартал",
    "канал",
    "линия",
}  # «1 этаж» is the first one, not a single one
_SETS = {2: "двое", 3: "трое", 4: "четверо"}


@dataclass(frozen=True, slots=True)
class Gender:
    """What a number agrees with: gender as m, f or n; whether it lives; whether it has no singular («сутки»)."""

    letter: str = "m"
    animate: bool = False
    plural_only: bool = False

    @classmethod
    def of(cls, noun: "Parse") -> "Gender":
        return cls(grammar.gender(noun), "anim" in noun.tag, "Pltm" in noun.tag)

    def form(self, wanted: frozenset[str]) -> frozenset[str]:
        """What a number asks of the noun, which can't give it where it has no singular."""
        return (wanted - {"sing"}) | {"plur"} if self.plural_only else wanted


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as written: whole part, and decimals as digits."""

    whole: int
    decimals: str = ""

    @property
    def _one_and_a_half(self) -> bool:
        return (self.whole, self.decimals) == (1, "5")

    def words(self, case: Case, gender: Gender = Gender()) -> str:
        """«двадцать одна», «одной целой пяти десятых»."""
        if not self.decimals:
            return cardinal(self.whole, case, gender)
        if self._one_and_a_half:
            like_nominative = case in {Case.NOMINATIVE, Case.ACCUSATIVE}
            return "полутора" if not like_nominative else "полторы" if gender.letter == "f" else "полтора"
        feminine, part = Gender("f"), int(self.decimals)
        whole = f"{cardinal(self.whole, case, feminine)} {_parts(_WHOLE, self.whole, case)}"
        of = 10 ** len(self.decimals)
        singular = grammar.one(part)
        return (
            f"{whole} {cardinal(part, case, feminine)} {ordinal(of, _agreeing(part, case), 'f', plural=not singular)}"
        )

    def form(self, case: Case) -> frozenset[str]:
        """Number and case of what it counts: a fraction counts a singular, in the genitive («1,5 часа»)."""
        if self._one_and_a_half and case not in {Case.NOMINATIVE, Case.ACCUSATIVE}:
            return frozenset({"plur", case})
        return frozenset({"sing", Case.GENITIVE}) if self.decimals else grammar.form(self.whole, case)


def amount(written: str) -> Amount | None:
    """A number as `AMOUNT` finds it; None where it is no number to the ear: too long, or with a zero before it."""
    whole, _, decimals = THOUSANDS.sub("", written).partition(",")
    whole = re.sub(r"\D", "", whole)
    return None if numerals.too_long(whole) else Amount(int(whole), decimals if decimals.strip("0") else "")


def cardinal(number: int, case: Case, gender: Gender = Gender()) -> str:
    """A whole number in words. num2words gives millions the gender of what is counted, so they are read alone."""
    if gender.plural_only and case in {Case.NOMINATIVE, Case.ACCUSATIVE} and number in _SETS:
        return _SETS[number]
    high, low = number - number % 1000, number % 1000
    said = [_num2words(high, case, Gender())] if high else []
    if low or not high:
        said.append(_num2words(low, case, gender))
    return " ".join(said)


def _num2words(number: int, case: Case, gender: Gender) -> str:
    animate = gender.animate and (grammar.one(number) or number in _SETS)
    if gender.plural_only and grammar.one(number):
        return numerals.words(number, "ru", case=_LETTER[case], plural=True, animate=animate)
    return numerals.words(number, "ru", case=_LETTER[case], gender=gender.letter, animate=animate)


def ordinal(number: int, case: Case, gender: str = "m", *, plural: bool = False, animate: bool = False) -> str:
    """«двадцать первого»."""
    form: dict[str, str | bool] = {"case": _LETTER[case], "gender": gender, "plural": plural, "animate": animate}
    return numerals.words(number, "ru", to="ordinal", **form)


def _agreeing(number: int, case: Case) -> Case:
    """The case of an adjective that a number counts: «две целых», «двум целым»."""
    like_nominative = case in {Case.NOMINATIVE, Case.ACCUSATIVE} and not grammar.one(number)
    return Case.GENITIVE if like_nominative else case


def _parts(lemma: str, number: int, case: Case) -> str:
    wanted = {"sing", "femn"} if grammar.one(number) else {"plur"}
    adjective = next(parse for parse in grammar.parses(lemma) if parse.tag.POS == "ADJF")
    return str(adjective.inflect({*wanted, _agreeing(number, case)}).word)


def agreement(match: re.Match[str], text: str) -> "tuple[Case, Parse] | None":
    """The case of the amount that `match` found in `text`, and the noun that it counts; None where it counts none."""
    number, before = amount(match["high"]), grammar.word_before(text, match.start())
    after = grammar.word_after(text, match.end()).lower()
    if number is None or after in _SIGNS or (before in _HOURS and after in _DAYTIME):
        return None
    other = _AND.match(text, match.end()) if grammar.cases(before) else None
    nouns = grammar.counted(text, other.end() if other else match.end())
    pairs = ((case, noun) for case in grammar.cases(before) or tuple(Case) for noun in nouns)
    return next(
        (pair for pair in pairs if grammar.stands(pair[1], Gender.of(pair[1]).form(number.form(pair[0])))), None
    )


def asked(match: re.Match[str], text: str) -> Case:
    """The case that the word before asks for; the nominative where none does."""
    return (grammar.cases(grammar.word_before(text, match.start())) or (Case.NOMINATIVE,))[0]


def say(match: re.Match[str], case: Case, gender: Gender = Gender()) -> str:
    """The amount of a match of `AMOUNT` in words: also a range, and below zero."""
    ends = [_said(match[name], case, gender) for name in ("low", "high") if match[name]]
    single = not any(" " in end for end in ends)
    return ("минус " if match["minus"] else "") + ("-" if single else " — ").join(ends)


def _said(written: str, case: Case, gender: Gender) -> str:
    number = amount(written)
    return number.words(case, gender) if number else numerals.one_by_one(re.sub(r"\D", "", written), "ru")


def _floor(match: re.Match[str], text: str) -> str | None:
    """«на 5 этаже» is on the fifth: a number before a singular that it can't count is an ordinal."""
    number = None if match["low"] or match["minus"] else amount(match["high"])
    after = grammar.word_after(text, match.end()).lower()
    if not number or number.decimals or not number.whole or after in _UNCOUNTED:
        return None
    wanted = grammar.cases(grammar.word_before(text, match.start())) or (Case.NOMINATIVE,)
    for case in wanted:
        for noun in grammar.nouns(after):
            if grammar.stands(noun, frozenset({"sing", case})):
                return ordinal(number.whole, case, grammar.gender(noun), animate="anim" in noun.tag)
    return None


def _floors(match: re.Match[str], text: str, found: "tuple[Case, Parse] | None") -> str | None:
    """«на 2 и 3 этажах» are the second and the third, «с 1 по 5 класс» from the first to the fifth."""
    number, until = amount(match["high"]), _UNTIL.match(text, match.end())
    if not number or number.decimals or match["low"]:
        return None
    if until and grammar.word_before(text, match.start()) in {"с", "со"}:
        noun = next((noun for noun in grammar.counted(text, until.end()) if noun.normal_form in _FLOORS), None)
        return ordinal(number.whole, Case.GENITIVE, grammar.gender(noun)) if noun and "sing" in noun.tag else None
    pair = _AND.match(text, match.end()) or _AFTER_AND.search(text[max(0, match.start() - _LOOK_BACK) : match.start()])
    if pair and found and found[1].normal_form in _FLOORS and "plur" in found[1].tag:
        return ordinal(number.whole, found[0], grammar.gender(found[1]))
    return None


def cardinals(text: str) -> str:
    """«из 3 операторов» is said «из трёх операторов», «на 5 этаже» «на пятом этаже»."""

    def read(match: re.Match[str]) -> str:
        found = agreement(match, text)
        if floors := _floors(match, text, found):
            return floors
        if found and not (found[1].normal_form in _FLOORS and match["high"].endswith("1") and "sing" in found[1].tag):
            return say(match, found[0], Gender.of(found[1]))
        return _floor(match, text) or say(match, asked(match, text))

    return _NUMBER.sub(read, text)


def signs(text: str) -> str:
    """«18+» is said «18 плюс», «дом 5/2» «дом 5 дробь 2», «24/7» «24 на 7»."""
    text = re.sub(r"(?<!\d)(24/7|50/50)(?!\d)", lambda match: match[1].replace("/", " на "), text)
    text = _PLUS.sub(
        lambda match: "плюс " if match.end() < len(text) and text[match.end()].isdigit() else " плюс", text
    )
    return _SLASH.sub(" дробь ", text)


def loose_digits(text: str) -> str:
    """What is left, as in «3G» or «A4»: «три G», «A четыре»."""

    def read(match: re.Match[str]) -> str:
        number = amount(match.group())
        said = number.words(Case.NOMINATIVE) if number else numerals.one_by_one(match.group(), "ru")
        before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
        return f"{' ' * before.isalpha()}{said}{' ' * after.isalpha()}"

    return _DIGITS.sub(read, text)
