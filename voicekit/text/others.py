"""Languages whose words pass through, with numbers by num2words."""

import re

from voicekit.text.numerals import SPACES, one_by_one, plain_digits, too_long, words
from voicekit.text.steps import Step, When

# What num2words 0.5.14 reads with no error from 0 to 10^15 and with decimals; am hangs, fa, id, vi and others raise.
_KNOWN = "az be ca cs cy da de eo es fi fr he hu is it ja ko kz lt lv nl no pl pt ro sk sl sr sv tg th tr uk"
_NAMES = {"kz": "kk"}  # num2words has Kazakh by the country's code

# 1 234 or 1.234 are thousands, 1,5 and 1.5 decimals; what is more than that (dates, phones) is read number by number.
_NUMBER = re.compile(rf"(?<!\w)(\d{{1,3}}(?:[{SPACES}.]\d{{3}})+(?!\d)|\d+)(?:[,.](\d{{1,6}})(?![\d.,]?\d))?")


def _numbers(language: str) -> Step:
    def numbers(text: str) -> str:
        """«21» is said «vingt et un»."""
        return _NUMBER.sub(lambda match: _read(match, language), plain_digits(text))

    return numbers


def _read(match: re.Match[str], language: str) -> str:
    whole, decimals = re.sub(r"\D", "", match[1]), match[2]
    if too_long(whole):
        said = one_by_one(whole, language)
        return f"{said} {one_by_one(decimals, language)}" if decimals else said
    return words(f"{whole}.{decimals}" if decimals else int(whole), language)


STEPS: dict[str, list[Step]] = {
    _NAMES.get(name, name): [When(re.compile(r"\d"), (_numbers(name),))] for name in _KNOWN.split()
}
