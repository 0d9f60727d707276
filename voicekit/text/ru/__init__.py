"""Russian. What num2words and pymorphy3 know of its grammar is not repeated here."""

import re

from voicekit.text import web
from voicekit.text.numerals import plain_digits
from voicekit.text.ru import abbreviations, acronyms, compounds, days, numbers, ordinals, phones, units
from voicekit.text.ru.yo import yo
from voicekit.text.steps import Step, When
from voicekit.text.stress import stress_marks

_NAMES = {"www": "три дабл-ю", "ru": "ру", "com": "ком", "org": "орг", "net": "нет", "info": "инфо", "рф": "рф"}
_SIGNS = {
    "@": "собака", ".": "точка", "-": "дефис", "_": "нижнее подчёркивание", "/": "слэш", "+": "плюс", "~": "тильда",
    "%": "процент",
}  # fmt: skip
_addresses = web.reader(_SIGNS, _NAMES)


def addresses(text: str) -> str:
    """«info@mail.ru» is said «info собака mail точка ру»."""
    return _addresses(text)


def digits(text: str) -> str:
    """Digits of other scripts as 0 to 9."""
    return plain_digits(text)


# What may have to be read otherwise than it is written: digits, signs, two capitals, something short before a dot.
_SIGN = re.compile(
    r"[\d№%@$€£₽°²*#&/]|[А-ЯЁA-Z]{2}|(?<=[\w])\.(?=\w)|(?<![а-яёА-ЯЁ])(?:[а-яёА-ЯЁ]{1,5}\.|[а-яё]{1,2}-[а-яё]{1,2}\b)"
    r"|\b(?:[Пп]н|[Вв]т|[Сс]р|[Чч]т|[Пп]т|[Сс]б|[Вв]с|[IVX]+)\b"
)
STEPS: list[Step] = [
    stress_marks,
    When(
        _SIGN,
        (
            digits,
            addresses,
            phones.codes,
            phones.phones,
            days.day_spans,
            days.dates,
            days.times,
            days.weekdays,
            acronyms.key_codes,
            compounds.shares,
            compounds.compounds,
            numbers.signs,
            abbreviations.number_sign,
            ordinals.romans,
            ordinals.years,
            ordinals.endings,
            units.money,
            units.units,
            abbreviations.abbreviations,
            abbreviations.places,
            numbers.cardinals,
            ordinals.eased,
            numbers.loose_digits,
            acronyms.keys,
            acronyms.ampersands,
            acronyms.acronyms,
        ),
    ),
    yo,
]
