"""Phone numbers and codes, in groups as people read them."""

import re

from voicekit.text import numerals

_PHONE = re.compile(r"(?<![\w.,+])\+?\d(?:[ \u00a0()\-–‑]{0,3}\d){5,15}(?![\w(]|[-–]\d)")
_CODE = re.compile(
    r"(?P<what>\b(?:доб(?:\.|авочн\w+)|внутренн\w+(?:\s+номер\w*)?|код\w*|парол\w+|пин(?:-код)?\w*|ИНН|КПП|ОГРН)[\s:№]+)"
    r"(?P<digits>\d{4,20})(?!\w)",
    re.IGNORECASE,
)
_LOCAL = {(3, 2, 2), (2, 2, 2), (3, 4), (3, 3), (1, 2, 2)}  # groups of numbers without a code, with hyphens between
_WITH_CODE = 10  # digits of a number with its code, in Russia
_ELEVEN = (1, 3, 3, 2, 2)


def phones(text: str) -> str:
    """«8 (800) 555-35-35» is said «восемь, восемьсот, пятьсот пятьдесят пять, тридцать пять, тридцать пять»."""

    def read(match: re.Match[str]) -> str:
        groups = _groups(match.group())
        return _read(groups, plus=match.group().startswith("+")) if groups else match.group()

    return _PHONE.sub(read, text)


def codes(text: str) -> str:
    """«доб. 1005» is said «доб. десять, ноль пять»: a code of four digits and more is no number, but pairs."""
    return _CODE.sub(lambda match: match["what"] + _read(_pairs(match["digits"]), plus=False), text)


def _groups(written: str) -> list[str]:
    """The groups of digits of a phone number; none if this is no phone number, but a large one or a sum."""
    groups = re.findall(r"\d+", written)
    digits, sizes = "".join(groups), tuple(map(len, groups))
    if len(groups) == 1:
        known = written.startswith("+") or (len(digits) == _WITH_CODE + 1 and digits[0] in "78")
        return _cut(digits) if known or len(digits) == _WITH_CODE else []
    marked = bool(re.search(r"[(+]", written)) or (digits[0] in "78" and sizes[0] == 1 and len(digits) > _WITH_CODE)
    hyphens = not re.search(r"[^\d\-–‑]", written)
    nine = len(digits) == _WITH_CODE and digits[0] in "3489" and "-" in written
    return groups if marked or nine or (hyphens and sizes in _LOCAL) else []


def _cut(digits: str) -> list[str]:
    """A number written in one: 8 800 555 35 35, as it is dialled in Russia; others in threes."""
    if len(digits) not in {_WITH_CODE, _WITH_CODE + 1}:
        return re.findall(r"\d{1,3}", digits)
    sizes = _ELEVEN[-(len(digits) - 6) :] if len(digits) > _WITH_CODE else _ELEVEN[1:]
    groups, start = [], 0
    for size in sizes:
        groups.append(digits[start : start + size])
        start += size
    return groups


def _pairs(digits: str) -> list[str]:
    odd = 3 * (len(digits) % 2)
    return [*filter(None, [digits[:odd]]), *re.findall(r"\d\d", digits[odd:])]


def _read(groups: list[str], *, plus: bool) -> str:
    return ("плюс " if plus else "") + ", ".join(map(_group, groups))


def _group(digits: str) -> str:
    """«05» is said «ноль пять», «0958» «ноль девять, пятьдесят восемь»."""
    if len(digits) > 3:
        return ", ".join(map(_group, _pairs(digits)))
    zeros = len(digits) - len(digits.lstrip("0"))
    rest = digits[zeros:]
    return " ".join(["ноль"] * zeros + ([numerals.words(int(rest), "ru")] if rest else []))
