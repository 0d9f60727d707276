"""Numbers in words."""

import re

from voicekit.text import numerals
from voicekit.text.numerals import SPACES

_ONE = rf"(?:\d{{1,3}}(?:[,{SPACES}]\d{{3}})+(?!\d)|\d+)(?:\.\d{{1,9}}(?!\d))?"
BARE = rf"(?P<minus>(?<!\S)[-−–](?=\d))?(?:(?P<low>{_ONE})\s?[-–—]\s?)?(?P<high>{_ONE})"
AMOUNT = rf"(?<![\w.,]){BARE}"
_NUMBER = re.compile(rf"{AMOUNT}(?![\w/])")
_ORDINAL = re.compile(r"(?<![\w.,])(\d{1,9}|\d{1,3}(?:,\d{3})+)(?:st|nd|rd|th)\b", re.IGNORECASE)
_FRACTION = re.compile(r"(?<![\w.,/])(?:(?P<whole>\d{1,3})\s)?(?P<part>[1-9])/(?P<of>[2-9]|10)(?![\w/])")
_NAMED = {2: "half", 4: "quarter"}
_AROUND = re.compile(r"(?<![\d/])24/7(?P<year>/365)?(?![\d/])")
_SLASH = re.compile(r"(?<=\d)\s?/\s?(?=\d)")
_PLUS = re.compile(r"(?<!\S)\+(?=\d)|(?<=\d)\+(?!\w)")
_DIGITS = re.compile(r"\d+")


def cardinal(number: int) -> str:
    """A whole number, without the commas of num2words, which would be heard as pauses."""
    return numerals.words(number, "en").replace(",", "")


def ordinal(number: int) -> str:
    """«twenty-first»."""
    return numerals.words(number, "en", to="ordinal").replace(",", "")


def one_by_one(digits: str) -> str:
    """«one zero five»."""
    return numerals.one_by_one(digits, "en")


def amount(written: str) -> str:
    """«1,000.5» is said «one thousand point five»; too long, or with a zero before it, digit by digit."""
    whole, _, decimals = written.partition(".")
    digits = re.sub(r"\D", "", whole)
    said = one_by_one(digits) if numerals.too_long(digits) else cardinal(int(digits))
    return f"{said} point {one_by_one(decimals)}" if decimals else said


def say(match: re.Match[str]) -> str:
    """The amount of a match of `AMOUNT`: also a range, and below zero."""
    ends = [amount(match[name]) for name in ("low", "high") if match[name]]
    return ("minus " if match["minus"] else "") + " to ".join(ends)


def single(match: re.Match[str]) -> bool:
    """Whether the amount is just one: «1 minute»."""
    return not match["low"] and match["high"] == "1"


def ordinals(text: str) -> str:
    """«the 21st» is said «the twenty-first»."""
    return _ORDINAL.sub(lambda match: ordinal(int(match[1].replace(",", ""))), text)


def fractions(text: str) -> str:
    """«1/2» is said «one half», «2 1/2» «two and a half», «24/7» «twenty-four seven», «5/12» «five slash twelve»."""
    always = _AROUND.sub(lambda match: "twenty-four seven" + " three sixty-five" * bool(match["year"]), text)
    return _FRACTION.sub(_fraction, always)


def _fraction(match: re.Match[str]) -> str:
    part, of = int(match["part"]), int(match["of"])
    if part >= of:
        return match.group()
    name = _NAMED.get(of) or ordinal(of)
    if match["whole"]:
        parts = f"{'a' if part == 1 else cardinal(part)} {name}{'s' * (part > 1)}"
        return f"{cardinal(int(match['whole']))} and {parts}"
    return f"{cardinal(part)} {name}{'s' * (part > 1)}"


def signs(text: str) -> str:
    """«+5» is said «plus five», «5/12» «five slash twelve»."""
    text = _PLUS.sub(lambda match: "plus " if text[match.end() : match.end() + 1].isdigit() else " plus", text)
    return _SLASH.sub(" slash ", text)


def cardinals(text: str) -> str:
    """«10-15» is said «ten to fifteen», «3.5» «three point five»."""
    return _NUMBER.sub(say, text)


def loose_digits(text: str) -> str:
    """What is left, as in «MP3» or «A4»: «A four»."""

    def read(match: re.Match[str]) -> str:
        before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
        return f"{' ' * (before.isalpha() or before == '.')}{amount(match.group())}{' ' * after.isalpha()}"

    return _DIGITS.sub(read, text)
