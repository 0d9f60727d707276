"""Russian grammar, by pymorphy3: in which case words stand, and what agrees with a number."""

import re
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer
    from pymorphy3.analyzer import Parse


class Case(StrEnum):
    """The cases, by their grammemes in pymorphy3 (OpenCorpora's)."""

    NOMINATIVE = "nomn"
    GENITIVE = "gent"
    DATIVE = "datv"
    ACCUSATIVE = "accs"
    INSTRUMENTAL = "ablt"
    PREPOSITIONAL = "loct"


_NOM, _GEN, _DAT, _ACC, _INS, _PREP = Case
_LIKE_NOMINATIVE = (_NOM, _ACC)
# What a preposition asks of a number after it, the likelier first: «с 9» is from nine, «с 3 операторами» with three.
_AFTER = {
    **dict.fromkeys(("в", "во", "на"), (_ACC, _PREP)),
    **dict.fromkeys(("о", "об", "обо"), (_PREP, _ACC)),
    **dict.fromkeys(("за", "под"), (_ACC, _INS)),
    **dict.fromkeys(("с", "со"), (_GEN, _INS, _ACC)),
    **dict.fromkeys(("через", "про", "спустя", "сквозь"), (_ACC,)),
    **dict.fromkeys(("к", "ко", "благодаря", "согласно", "вопреки"), (_DAT,)),
    **dict.fromkeys(("над", "перед"), (_INS,)),
    "по": (_ACC, _DAT, _PREP),
    "при": (_PREP,),
    "между": (_INS, _GEN),
}
_GENITIVE_AFTER = (
    "без более больше в-течение вместо вне возле выше для до из из-за из-под кроме менее меньше мимо ниже около от ото "
    "относительно после порядка посреди против ради рядом раньше позже свыше среди течение протяжении у позднее"
)
_AFTER |= dict.fromkeys(_GENITIVE_AFTER.split(), (_GEN,))
_BEFORE = re.compile(r"([а-яё+-]+)\s+$", re.IGNORECASE)
_NEXT = re.compile(r"\s+([а-яё+]+(?:-[а-яё+]+)*)", re.IGNORECASE)
_END = re.compile(r"[»”)\"\s]*(?:$|(?<=\s)[«\"(]?[А-ЯЁA-Z])")
_ADJECTIVES = {"ADJF", "PRTF"}
_SMALL = {"PREP", "CONJ", "PRCL"}
_LONGEST = 60  # letters of a word; pymorphy3 would take prefixes off a longer one for ever
_LOOK_BACK = 40  # longer than any preposition or adjective


@cache
def analyzer() -> "MorphAnalyzer":
    """pymorphy3 with its dictionary: 0.15 s, once."""
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=8192)
def parses(word: str) -> "tuple[Parse, ...]":
    """The readings of a word as the dictionary has them; none for a word that it has not."""
    if len(word) > _LONGEST:
        return ()
    found = analyzer().parse(word.replace("+", "").lower())
    return tuple(parse for parse in found if parse.is_known)


def word_before(text: str, start: int) -> str:
    """The word right before `start`, in small letters; "" at a beginning, or after a comma or stop."""
    match = _BEFORE.search(text[max(0, start - _LOOK_BACK) : start])
    return match[1].replace("+", "").lower() if match else ""


def word_after(text: str, end: int) -> str:
    """The word right after `end`, as it is written; "" where another sign stands."""
    match = _NEXT.match(text, end)
    return match[1] if match else ""


def cases(word: str) -> tuple[Case, ...]:
    """The cases that a word right before a number asks for: a preposition, or an adjective («этих 5 минут»)."""
    if word in _AFTER:
        return _AFTER[word]
    agreeing = (parse.tag for parse in parses(word) if parse.tag.POS in _ADJECTIVES and "plur" in parse.tag)
    found = {tag.case for tag in agreeing}
    return tuple(case for case in Case if case in found)


def nouns(word: str) -> "tuple[Parse, ...]":
    """The readings of a word as a noun."""
    found = parses(word)
    if found and found[0].tag.POS in _SMALL:  # «из» would be of several Izas
        return ()
    return tuple(parse for parse in found if parse.tag.POS == "NOUN")


def counted(text: str, end: int) -> "tuple[Parse, ...]":
    """Readings of the noun that a number ending at `end` counts: the next word, behind at most two adjectives."""
    found: tuple[Parse, ...] = ()
    for _ in range(3):
        match = _NEXT.match(text, end)
        if not match:
            break
        found = nouns(match[1]) or found
        if not any(parse.tag.POS in _ADJECTIVES for parse in parses(match[1])):
            break
        end = match.end()
    return found


def one(number: int) -> bool:
    """Whether a number counts a singular: 1, 21, 101, not 11."""
    return number % 10 == 1 and number % 100 != 11


def few(number: int) -> bool:
    """Whether a number counts as 2, 3 and 4 do."""
    return number % 10 in {2, 3, 4} and number % 100 not in {12, 13, 14}


def form(number: int, case: Case) -> frozenset[str]:
    """Number and case of a noun that `number`, itself in `case`, counts: «2 рубля», «5 рублей», «к 5 рублям»."""
    if one(number):
        return frozenset({"sing", case})
    if number % 1000 == 0:
        return frozenset({"plur", _GEN})
    if case not in _LIKE_NOMINATIVE:
        return frozenset({"plur", case})
    return frozenset({"sing" if few(number) else "plur", _GEN})


def stands(parse: "Parse", wanted: frozenset[str]) -> bool:
    """Whether a word as it is written has the number and case that are wanted («в году» counts as prepositional)."""
    return wanted <= parse.tag.grammemes or (wanted == {"sing", _PREP} and {"sing", "loc2"} <= parse.tag.grammemes)


def inflected(lemma: str, wanted: frozenset[str]) -> str:
    """A noun, given in its first form, in number and case; as it is where it has no such form.

    Of two genitives the one for counting: «100 мегабайт», not «мегабайтов», «5 человек», not «людей».
    """
    for parse in nouns(lemma):
        if parse.normal_form == lemma:
            forms = (form for form in parse.lexeme if wanted <= form.tag.grammemes)
            best = max(forms, key=lambda form: ("Coun" in form.tag, form.word.startswith(lemma)), default=parse)
            return str(best.word)
    return lemma


def phrase(lemma: str, wanted: frozenset[str]) -> str:
    """A noun in number and case, with the adjectives before it: «квадратных метров»."""
    *adjectives, noun = lemma.split()
    which = {"plur"} if "plur" in wanted else {"sing", str(nouns(noun)[0].tag.gender)}
    forms = (next(parse for parse in parses(word) if parse.tag.POS == "ADJF") for word in adjectives)
    return " ".join([*(str(form.inflect((wanted - {"sing"}) | which).word) for form in forms), inflected(noun, wanted)])


def gender(parse: "Parse") -> str:
    """m, f or n, as num2words has it."""
    return str(parse.tag.gender or "masc")[0]


def ends(text: str, end: int) -> bool:
    """Whether a sentence ends at `end`: then the dot of an abbreviation was its stop as well."""
    return _END.match(text, end) is not None
