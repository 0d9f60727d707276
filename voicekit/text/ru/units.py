"""Money, percents and units: a sign or abbreviation after (or before) a number, in words that agree with it."""

import re

from voicekit.text.ru import grammar
from voicekit.text.ru.grammar import Case
from voicekit.text.ru.numbers import AMOUNT, Amount, Gender, amount, asked, say

_CURRENCIES = {
    "₽": "рубль", "руб": "рубль", "р": "рубль", "rub": "рубль", "$": "доллар", "usd": "доллар", "долл": "доллар",
    "€": "евро", "eur": "евро", "£": "фунт", "₸": "тенге", "₴": "гривна",
}  # fmt: skip
_HUNDREDTHS = {"рубль": "копейка", "доллар": "цент", "евро": "цент", "фунт": "пенс"}
_SCALES = {"тыс": "тысяча", "млн": "миллион", "млрд": "миллиард"}
_UNITS = {
    "%": "процент", "коп": "копейка", "мин": "минута", "сек": "секунда", "ч": "час", "км": "километр", "м": "метр",
    "см": "сантиметр", "мм": "миллиметр", "кг": "килограмм", "г": "грамм", "гр": "грамм", "л": "литр",
    "мл": "миллилитр", "шт": "штука", "чел": "человек", "кб": "килобайт", "мб": "мегабайт", "гб": "гигабайт",
    "кбит": "килобит", "мбит": "мегабит", "°": "градус", "°c": "градус", "°с": "градус", "дн": "день", "мес": "месяц",
    "нед": "неделя", "экз": "экземпляр", "кв. м": "квадратный метр", "кв.м": "квадратный метр",
    "м²": "квадратный метр", "мс": "миллисекунда",
}  # fmt: skip
_EACH = {
    "мин": "минуту", "ч": "час", "час": "час", "сек": "секунду", "с": "секунду", "сут": "сутки", "мес": "месяц",
    "день": "день", "год": "год", "шт": "штуку", "чел": "человека", "кг": "килограмм",
}  # fmt: skip
_ALL = _CURRENCIES | _UNITS


def _any(words: dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_UNIT = re.compile(
    rf"{AMOUNT}\s?(?:(?P<scale>{_any(_SCALES)})\b\.?)?(?:\s?(?P<unit>(?<=[\s\d.])(?:{_any(_ALL)})))?(?![^\W\d_])"
    rf"(?P<dot>\.?)(?:\s?/\s?(?P<each>{_any(_EACH)})(?!\w)\.?)?",
    re.IGNORECASE,
)
_ENGLISH = re.compile(r"(?<=[$€£])(\d{1,3}(?:,\d{3})*)(?:\.(\d\d))?(?![\d,.]\d)")
_SIGNED = re.compile(
    rf"(?P<sign>[$€£₽])\s?(?P<amount>\d[\d\u00a0]*(?: \d{{3}}(?!\d))*(?:,\d+)?(?:\s?(?:{_any(_SCALES)})\b\.?)?)"
)
_ZERO_KOPECKS = re.compile(r"(?<!\d)0(?=\d\s?коп)", re.IGNORECASE)
_RUBLES = re.compile(rf"{AMOUNT}\s?(?P<unit>руб|р)\.?\s?$", re.IGNORECASE)


def money(text: str) -> str:
    """«$1,000.50» is written «1000,50 $» first: sign behind, decimals after a comma; «05 коп.» are 5."""
    text = _ZERO_KOPECKS.sub("", text)
    text = _ENGLISH.sub(lambda match: match[1].replace(",", "") + (f",{match[2]}" if match[2] else ""), text)
    return _SIGNED.sub(r"\g<amount> \g<sign>", text)


def units(text: str) -> str:
    """«около 1 500 руб. 50 коп.» is said «около одной тысячи пятисот рублей пятидесяти копеек»."""

    def read(match: re.Match[str]) -> str:
        number = amount(match["high"])
        if number is None or not (match["scale"] or match["unit"]):
            return match.group()
        return _read(match, number, _case(match, text)) + _stop(match, text)

    return _UNIT.sub(read, text)


def _case(match: re.Match[str], text: str) -> Case:
    """The case of the sum: «от 5 руб. 50 коп.» has both parts in the genitive."""
    if (match["unit"] or "").lower() == "коп":
        before = _RUBLES.search(text, max(0, match.start() - 60), match.start())
        if before:
            return _case(before, text)
    case, number = asked(match, text), amount(match["high"])
    if grammar.word_before(text, match.start()) == "по" and number and grammar.one(number.whole):
        return Case.DATIVE  # «по одной штуке», but «по две штуки»
    away = case is Case.ACCUSATIVE and (match["unit"] or "").lower() in {"км", "м"}
    return Case.PREPOSITIONAL if away and grammar.word_before(text, match.start()) == "в" else case


def _stop(match: re.Match[str], text: str) -> str:
    return "." if match.group().endswith(".") and grammar.ends(text, match.end()) else ""


def _read(match: re.Match[str], number: Amount, case: Case) -> str:
    unit, scale = (match["unit"] or "").lower(), (match["scale"] or "").lower()
    lemma = _ALL.get(unit, "")
    if scale:
        said = _named(match, number, _SCALES[scale], case)
        said += f" {_plural_genitive(lemma)}" if lemma else ""
    elif unit in _CURRENCIES and len(number.decimals) == 2 and lemma in _HUNDREDTHS and not match["low"]:
        parts = (Amount(number.whole), lemma), (Amount(int(number.decimals)), _HUNDREDTHS[lemma])
        said = " ".join(counted(part, name, case) for part, name in parts)
    else:
        said = _named(match, number, lemma, case)
    return said + (f" в {_EACH[match['each'].lower()]}" if match["each"] else "")


def _named(match: re.Match[str], number: Amount, lemma: str, case: Case) -> str:
    return f"{say(match, case, _gender(lemma))} {_noun(number, lemma, case)}"


def counted(number: Amount, lemma: str, case: Case) -> str:
    """Number and noun: «пять рублей»."""
    return f"{number.words(case, _gender(lemma))} {_noun(number, lemma, case)}"


def _noun(number: Amount, lemma: str, case: Case) -> str:
    return grammar.phrase(lemma, number.form(case))


def _plural_genitive(lemma: str) -> str:
    return grammar.phrase(lemma, frozenset({"plur", Case.GENITIVE}))


def _gender(lemma: str) -> Gender:
    return Gender.of(grammar.nouns(lemma.rsplit(maxsplit=1)[-1])[0])
