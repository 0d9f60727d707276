"""Digits into words, by num2words."""

import re
import unicodedata
from functools import lru_cache

# A longer number is read digit by digit: nobody follows a quadrillion by ear, and no library is made for it.
LONGEST = 15
SPACES = "\u0020\u00a0\u2009\u202f"  # what may stand between thousands: space, no-break, thin, narrow no-break
THOUSANDS = re.compile(rf"[{SPACES}](?=\d)")


@lru_cache(maxsize=4096)
def words(number: int | str, language: str, **form: str | bool) -> str:
    """A number (of at most `LONGEST` digits) in words. `form` is what num2words takes: to, case, gender ..."""
    from num2words import num2words

    return str(num2words(number, lang=language, **form))


def too_long(digits: str) -> bool:
    """Whether digits are no number to the ear: too many of them, or a zero before others."""
    return len(digits) > LONGEST or (len(digits) > 1 and int(digits[0]) == 0)


def one_by_one(digits: str, language: str) -> str:
    """«four zero four»."""
    return " ".join(words(int(digit), language) for digit in digits)


def plain_digits(text: str) -> str:
    """Digits of other scripts, superscripts and circled ones as 0 to 9."""
    return text if text.isascii() else "".join(map(_plain, text))


def _plain(sign: str) -> str:
    return str(unicodedata.digit(sign)) if sign.isdigit() else sign
