"""Telephone numbers as they can be compared: 89161234567, +7 916 123-45-67 and 79161234567 are one."""

import re
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

from voicekit import extras
from voicekit.errors import InputError

INTERNAL = 6  # digits of an extension or a service, at most: these stay as they are
LONGEST = 32  # digits; E.164 has 15, and what is dialled may have a prefix or an account before it

_SIGNS = str.maketrans("", "", " \t().-/\u00a0\u2011")  # that people write between digits
_DIGITS = re.compile(rf"\+?[0-9]{{1,{LONGEST}}}")
_FULL = 9  # digits from which a number is a full one wherever its length is right: new ranges come every year


@dataclass(frozen=True, slots=True)
class Sought:
    """What a number ends with, or all of it (`whole`)."""

    digits: str
    whole: bool


@lru_cache(maxsize=100_000)
def key(text: str, country: str) -> str:
    """The digits by which a number is compared: E.164 without its plus where it is a number of `country` ("RU"; "":
    not known) or of any other in full; else its digits as they are. "" for what is no number: anonymous, a name.
    """
    plain = _plain(text)
    if len(plain.lstrip("+")) <= INTERNAL or not country:
        return plain.lstrip("+")
    return _international(plain, country) or plain.lstrip("+")


def sought(text: str, country: str) -> Sought:
    """What someone means who asks for this: a full number, an extension, or the last digits of a number.

    Raises `InputError` for what has no digits.
    """
    plain = _plain(text)
    digits = plain.lstrip("+")
    if not digits:
        raise InputError(f'"{text[:50]}" is no number; one is as 89161234567, +7 916 123-45-67, 201 or the last digits')
    if len(digits) <= INTERNAL:
        return Sought(digits, whole=True)
    full = _international(plain, country) if country else ""
    return Sought(full or digits, whole=bool(full))


def ending(text: str) -> Sought:
    """The last digits, however few; `InputError` for what is none."""
    plain = _plain(text)
    if not plain.isdecimal():
        raise InputError(f'"{text[:50]}" are no last digits of a number')
    return Sought(plain, whole=False)


def check(country: str) -> None:
    """`InputError` for a country whose numbers are not known."""
    if country and country not in _library().SUPPORTED_REGIONS:
        raise InputError(f'[calls] country = "{country}": no country as "RU" or "DE" (ISO 3166)')


def _plain(text: str) -> str:
    bare = text.translate(_SIGNS)
    return bare if _DIGITS.fullmatch(bare) else ""


def _international(plain: str, country: str) -> str:
    """E.164 without its plus; "" where this can't be a full number."""
    library = _library()
    found = _parsed(plain, country)
    if plain.startswith("00") and not (found and library.is_valid_number(found)):  # the plus of a trunk from abroad
        found = _with_plus(plain[2:]) or found
    if found is None:
        return ""
    possible = library.is_possible_number_with_reason(found) == library.ValidationResult.IS_POSSIBLE
    if possible and (len(plain) >= _FULL or library.is_valid_number(found)):
        return f"{found.country_code}{library.national_significant_number(found)}"
    return ""


def _parsed(plain: str, country: str) -> Any:
    """None for no number."""
    library = _library()
    try:
        found = library.parse(plain, country)
        if str(found.national_number) == plain and plain.startswith(str(found.country_code)):
            return _with_plus(plain) or found
    except library.NumberParseException:
        return None
    return found


def _with_plus(plain: str) -> Any:
    """Of digits that begin with the country's code, what they are with the plus that trunks leave out; None for no
    number. Where numbers have many lengths, as in Germany, the library takes 49151... for an area of the country
    rather than for +49 151...; but who writes a national number in full begins with 0.
    """
    library = _library()
    try:
        found = library.parse(f"+{plain}", None) if len(plain) >= _FULL else None
    except library.NumberParseException:
        return None
    return found if found and library.is_valid_number(found) else None


def _library() -> ModuleType:
    """0.05 s, and only for who has numbers of a country."""
    try:
        import phonenumbers
    except ImportError:
        raise InputError(f"[calls] country needs phonenumberslite; {extras.brings('archive')}") from None
    return phonenumbers
