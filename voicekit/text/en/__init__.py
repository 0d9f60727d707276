"""English."""

import re

from voicekit.text import web
from voicekit.text.en import abbreviations, acronyms, days, numbers, phones, units
from voicekit.text.numerals import plain_digits
from voicekit.text.steps import Step, When

_SIGNS = {
    "@": "at", ".": "dot", "-": "dash", "_": "underscore", "/": "slash", "+": "plus", "~": "tilde", "%": "percent",
}  # fmt: skip
_NAMES = {"www": "W W W"}
_addresses = web.reader(_SIGNS, _NAMES)


def addresses(text: str) -> str:
    """«info@example.com» is said «info at example dot com»."""
    return _addresses(text)


def digits(text: str) -> str:
    """Digits of other scripts as 0 to 9."""
    return plain_digits(text)


# What may have to be read otherwise than it is written: digits, signs, two capitals, something short before a dot.
_SIGN = re.compile(
    r"[\d№%@$€£₽¢°²½*#&/]|[A-Z]{2}|(?<=\w)\.(?=\w)|(?<![a-zA-Z])[a-zA-Z]{1,6}\.(?=\s\S|\w)|\b(?:St|Dr|Ave|Blvd|Rd|Ln|Hwy"
    r"|Inc|Ltd|Co|Corp|Jr|Sr|etc|[ap]\.m)\.$|\b(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b"
    r"|\b(?:Part|Chapter|Phase|Level|Class) [IVX]"
)
STEPS: list[Step] = [
    When(
        _SIGN,
        (
            digits,
            addresses,
            abbreviations.number_sign,
            phones.codes,
            phones.phones,
            days.dates,
            days.times,
            days.weekdays,
            days.years,
            abbreviations.romans,
            numbers.ordinals,
            units.money,
            units.units,
            abbreviations.abbreviations,
            abbreviations.initials,
            numbers.fractions,
            numbers.signs,
            numbers.cardinals,
            abbreviations.keys,
            abbreviations.ampersands,
            acronyms.acronyms,
            numbers.loose_digits,
        ),
    ),
]
