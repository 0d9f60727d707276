"""Money, percents and units after a number."""

import re

from voicekit.text.en.grammar import ends
from voicekit.text.en.numbers import AMOUNT, BARE, cardinal, say, single

# What one is called, and many; and the hundredth part of money.
_MONEY = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "₽": ("ruble", "rubles", "kopeck", "kopecks"),
}
_CODES = {"usd": "$", "eur": "€", "gbp": "£", "rub": "₽"}
_ARTICLE = re.compile(r"\b[Aa]n?\s$")
_SCALE = r"(?P<scale>\s(?:thousand|million|billion|trillion)\b|[KMB]\b)?"
_LETTERS_OF_SCALES = {"K": " thousand", "M": " million", "B": " billion"}
_SIGNED = re.compile(rf"(?<![\w.,])(?P<sign>[$€£₽])\s?{BARE}{_SCALE}(?!\w|[.,]\d)")
_CODED = re.compile(rf"{AMOUNT}{_SCALE}\s?(?P<sign>USD|EUR|GBP|RUB|[$€£₽])(?!\w)")
_UNITS = {
    "%": ("percent", "percent"), "¢": ("cent", "cents"), "kg": ("kilogram", "kilograms"), "g": ("gram", "grams"),
    "km": ("kilometer", "kilometers"), "m": ("meter", "meters"), "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"), "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"), "ft": ("foot", "feet"), "mi": ("mile", "miles"),
    "mph": ("mile per hour", "miles per hour"),
    "km/h": ("kilometer per hour", "kilometers per hour"), "kb": ("kilobyte", "kilobytes"),
    "mb": ("megabyte", "megabytes"), "gb": ("gigabyte", "gigabytes"), "tb": ("terabyte", "terabytes"),
    "mb/s": ("megabyte per second", "megabytes per second"), "mbps": ("megabit per second", "megabits per second"),
    "hz": ("hertz", "hertz"), "khz": ("kilohertz", "kilohertz"), "ms": ("millisecond", "milliseconds"),
    "°c": ("degree Celsius", "degrees Celsius"), "°f": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"), "min": ("minute", "minutes"), "mins": ("minute", "minutes"), "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"), "h": ("hour", "hours"), "sec": ("second", "seconds"), "secs": ("second", "seconds"),
    "pcs": ("piece", "pieces"), "sq. ft": ("square foot", "square feet"), "yr": ("year", "years"),
    "yrs": ("year", "years"),
}  # fmt: skip
_WORDS, _LETTERS = (
    [unit for unit in _UNITS if (len(unit) == 1 and unit.isalpha()) is alone] for alone in (False, True)
)
_UNIT = re.compile(
    rf"{AMOUNT}\s?(?P<unit>(?i:{'|'.join(re.escape(unit) for unit in sorted(_WORDS, key=len, reverse=True))})"
    rf"|[{''.join(_LETTERS)}])(?!\w|/\w)(?P<dot>\.?)"
)


def money(text: str) -> str:
    """«$1,000.50» is said «one thousand dollars and fifty cents»."""
    for pattern in (_SIGNED, _CODED):
        text = pattern.sub(_money, text)
    return text


def _money(match: re.Match[str]) -> str:
    one, many, cent, cents = _MONEY[_CODES.get(match["sign"].lower(), match["sign"])]
    if _ARTICLE.search(match.string, max(0, match.start() - 4), match.start()):
        many = one  # «a five dollar fee»
    whole, _, part = match["high"].partition(".")
    if len(part) == 2 and not match["low"] and not match["scale"]:
        hundredths = f"{cardinal(int(part))} {cent if int(part) == 1 else cents}"
        if whole == "0":
            return hundredths
        rest = re.fullmatch(rf"{AMOUNT}", f"{match['minus'] or ''}{whole}")
        if rest:
            said = f"{say(rest)} {one if single(rest) else many}"
            return f"{said} and {hundredths}" if int(part) else said
    scale = _LETTERS_OF_SCALES.get(match["scale"] or "", match["scale"] or "")
    return f"{say(match)}{scale} {one if single(match) and not match['scale'] else many}"


def units(text: str) -> str:
    """«20%» is said «twenty percent», «1 min.» «one minute»."""

    def read(match: re.Match[str]) -> str:
        one, many = _UNITS[match["unit"].lower()]
        stop = "." * (bool(match["dot"]) and ends(text, match.end()))
        return f"{say(match)} {one if single(match) else many}{stop}"

    return _UNIT.sub(read, text)
