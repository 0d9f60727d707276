"""Phone numbers and codes: digit by digit, with a pause after each group."""

import re

from voicekit.text.en.numbers import cardinal, one_by_one

_PHONE = re.compile(r"(?<![\w.,+])\+?\(?\d(?:[ \u00a0()\-–‑.]{0,3}\d){5,15}(?![\w(]|[-–.]\d)")
_CODE = re.compile(
    r"(?P<what>\b(?:ext(?:\.|ension)|code|PIN|password|passcode|account|order|ticket)(?:\s+number)?(?:\s+is)?[\s:]+|\b[A-Z]{2}\s(?=\d{5}\b))"
    r"(?P<digits>\d{3,20})(?![\w,.]?\d)",
    re.IGNORECASE,
)
_DIALLED = re.compile(
    r"(?P<what>\b(?:[Dd]ial|[Tt]ext)\s|\b[Cc]all\s(?=[2-9]11\b)|\bending\s(?:in|with)\s|\bID:?\s)"
    r"(?P<digits>\d{3,8})(?![\w,.:-]?\d)"
)
_KEYED = re.compile(r"(?<![^\s\"'(])(?:\*\d+(?:[*#]\d+)*#?|\d+(?:[*#]\d+)*#)(?!\w)")
_KEYS = {"*": "star", "#": "pound"}
_TOLL_FREE = re.compile(r"(?<![\w.,+-])1-(8\d\d)-(?=[A-Z])")
_SIZES = {(3, 3, 4), (1, 3, 3, 4), (3, 4)}  # as the North American Numbering Plan groups
_NATIONAL = 10


def codes(text: str) -> str:
    """«ext. 105» is said «extension one zero five», «dial 911» «dial nine one one», «*69» «star six nine»."""
    for pattern in (_CODE, _DIALLED):
        text = pattern.sub(lambda match: match["what"] + one_by_one(match["digits"]), text)
    text = _TOLL_FREE.sub(lambda match: f"one, {_group(match[1])}, ", text)
    return _KEYED.sub(lambda match: " ".join(map(_key, re.findall(r"[*#]|\d+", match.group()))), text)


def _key(part: str) -> str:
    return _KEYS.get(part) or one_by_one(part)


def phones(text: str) -> str:
    """«1 (800) 555-0199» is said «one, eight hundred, five five five, zero one nine nine»."""

    def read(match: re.Match[str]) -> str:
        groups = _groups(match.group())
        plus = "plus " * match.group().startswith("+")
        return plus + ", ".join(map(_group, groups)) if groups else match.group()

    return _PHONE.sub(read, text)


def _groups(written: str) -> list[str]:
    """The groups of digits of a phone number; none if this is no phone number."""
    groups = re.findall(r"\d+", written)
    if len(groups) == 1:
        digits = groups[0]
        national = len(digits) == _NATIONAL or (len(digits) == _NATIONAL + 1 and digits.startswith("1"))
        if written.startswith("+") and not national:
            return re.findall(r"\d{1,3}", digits)
        return [*filter(None, [digits[:-10]]), digits[-10:-7], digits[-7:-4], digits[-4:]] if national else []
    marked = re.search(r"[(+]", written) is not None
    grouped = tuple(map(len, groups)) in _SIZES
    return groups if marked or (grouped and not re.fullmatch(r"\d{1,3}(?:[ \u00a0]\d{3})+", written)) else []


def _group(digits: str) -> str:
    """«800» is said «eight hundred», as toll-free codes are."""
    hundreds = len(digits) == len("800") and digits.endswith("00") and not digits.startswith("0")
    return cardinal(int(digits)) if hundreds else one_by_one(digits)
