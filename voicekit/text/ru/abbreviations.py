"""Abbreviations that are said in full."""

import re

from voicekit.text.ru import grammar
from voicekit.text.ru.grammar import Case

_PHRASES = {
    "т.е.": "то есть", "т.д.": "так далее", "т.п.": "тому подобное", "т.к.": "так как", "т.ч.": "том числе",
    "и др.": "и другие", "и пр.": "и прочее", "напр.": "например", "см.": "смотрите", "ок.": "около",
    "тел.": "телефон", "моб.": "мобильный", "раб. дней": "рабочих дней", "раб. дня": "рабочих дня",
    "раб. день": "рабочий день", "доб.": "добавочный", "вн.": "внутренний",
    "внутр.": "внутренний", "ст. м.": "станция метро",
    "им.": "имени", "г-н": "господин", "г-жа": "госпожа", "р/с": "расчётный счёт", "и/или": "и или",
    "руб.": "рублей", "коп.": "копеек", "мин.": "минут", "сек.": "секунд",
}  # fmt: skip
_LAST = {"т.д.", "т.п.", "и др.", "и пр.", "руб.", "коп.", "мин.", "сек."}  # those that may end a sentence
# Nouns of addresses: they stand in the case that the preposition before them asks for.
_PLACES = {
    "ул.": "улица", "пер.": "переулок", "пл.": "площадь", "наб.": "набережная", "пр-т": "проспект", "пр-кт": "проспект",
    "просп.": "проспект",
    "б-р": "бульвар", "ш.": "шоссе", "мкр.": "микрорайон", "обл.": "область", "р-н": "район", "корп.": "корпус",
    "кв.": "квартира", "эт.": "этаж", "оф.": "офис", "каб.": "кабинет", "подъезд.": "подъезд", "пом.": "помещение",
}  # fmt: skip
_BEFORE_NUMBER = {"д.": "дом", "стр.": "строение", "к.": "корпус", "п.": "пункт", "под.": "подъезд", "ст.": "статья"}
_BEFORE_NAME = {
    "г.": "город",
    "пр.": "проспект",
    "пос.": "посёлок",
    "д.": "деревня",
    "ст.": "станция",
    "о.": "остров",
    "м.": "метро",
}


def _any(words: dict[str, str]) -> str:
    dotted = (re.escape(word).replace(r"\.", r"\.\s?", word.count(".") - 1) for word in words)
    return "|".join(sorted(dotted, key=len, reverse=True))


_PHRASE = re.compile(rf"(?<![\w-])(?:{_any(_PHRASES)})(?!\w)", re.IGNORECASE)
_PLACE = re.compile(
    rf"(?<![\w-])(?:(?P<any>{_any(_PLACES)})|(?P<number>{_any(_BEFORE_NUMBER)})(?=\s?\d)"
    rf"|(?P<name>{_any(_BEFORE_NAME)})(?=\s?[А-ЯЁ]))(?!\w)\s?",
    re.IGNORECASE,
)
_NUMBER_SIGN = re.compile(r"(№+)\s?")
_SPACED = re.compile(r"(?<=\.)\s")


def number_sign(text: str) -> str:
    """«кабинет № 5» is said «кабинет номер 5»."""
    return _NUMBER_SIGN.sub(lambda match: "номера " if len(match[1]) > 1 else "номер ", text).rstrip()


def abbreviations(text: str) -> str:
    """«и т. д.» is said «и так далее»."""

    def read(match: re.Match[str]) -> str:
        written = match.group().lower() if match.group().lower() in _PHRASES else _SPACED.sub("", match.group().lower())
        return _PHRASES[written] + "." * (written in _LAST and grammar.ends(text, match.end()))

    return _PHRASE.sub(read, text)


def places(text: str) -> str:
    """«на ул. Ленина, д. 5» is said «на улице Ленина, дом 5»."""

    def read(match: re.Match[str]) -> str:
        lemma = next(
            table[match[name].lower()]
            for name, table in (("any", _PLACES), ("number", _BEFORE_NUMBER), ("name", _BEFORE_NAME))
            if match[name]
        )
        asked = grammar.cases(grammar.word_before(text, match.start()))
        name = grammar.word_after(f" {text[match.end() : match.end() + 40]}", 0) if match["name"] else ""
        return f"{grammar.inflected(lemma, frozenset({'sing', _place_case(asked, name)}))} "

    return _PLACE.sub(read, text).rstrip(" ") if _PLACE.search(text) else text


def _place_case(asked: tuple[Case, ...], name: str) -> Case:
    """A place is where one is («на улице») unless the name after it says otherwise («в город Москву»)."""
    if not asked:
        return Case.NOMINATIVE
    found = {parse.tag.case for parse in grammar.nouns(name)}
    if Case.PREPOSITIONAL in asked and (Case.PREPOSITIONAL in found or Case.ACCUSATIVE not in found):
        return Case.PREPOSITIONAL
    return Case.DATIVE if Case.DATIVE in asked else asked[0]
