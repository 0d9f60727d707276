"""Secrets on paper: lines of five groups of four letters and digits, the last group of each a checksum.

    1: AAAQ EAYE AUDA OCAJ XAKQ
    2: BIFQ YDIO B4IB CEQT TRPE

So a typing error is found, with its line; a group that is wrong passes once in a million times. Base32 (RFC 4648 clause
6) has neither 0, 1 nor 8: they are taken for O, I and B.
"""

import hashlib
import re
from base64 import b32decode, b32encode

from voicekit.errors import InputError

_LINE = 10  # bytes of a line
_GROUP = 4  # signs
_SIGNS = 16  # of a line, without its checksum
_LABEL = re.compile(r"^\s*\d+\s*[:.)]")
_MEANT = str.maketrans("018", "OIB", " \t-")


def printed(secret: bytes) -> str:
    """As many bytes as fill whole lines."""
    lines = [_signs(secret[at : at + _LINE], at // _LINE + 1) for at in range(0, len(secret), _LINE)]
    return "".join(f"{number}: {_grouped(signs)}\n" for number, signs in enumerate(lines, 1))


def typed(text: str, size: int) -> bytes:
    """The `size` bytes that were printed; spaces, dashes, numbers of lines and case do not matter, nor, where all lines
    have numbers, what was printed beside them.

    Raises `InputError` that names the first line with a typing error, and never repeats it.
    """
    said = [line for line in text.splitlines() if line.strip()]
    numbered = [line for line in said if _LABEL.match(line)]
    said = numbered if len(numbered) == size // _LINE else said
    lines = [_LABEL.sub("", line).upper().translate(_MEANT) for line in said]
    if len(lines) != size // _LINE:
        raise InputError(
            f"a recovery copy has {size // _LINE} lines, these are {len(lines)}; type them all, as printed"
        )
    return b"".join(_checked(line, number) for number, line in enumerate(lines, 1))


def _checked(line: str, number: int) -> bytes:
    if re.fullmatch(f"[A-Z2-7]{{{_SIGNS + _GROUP}}}", line):
        data = b32decode(line[:_SIGNS])
        if _signs(data, number) == line:
            return data
    raise InputError(f"line {number} of the recovery copy has a typing error; compare it with what was printed")


def _signs(data: bytes, number: int) -> str:
    """With a checksum that also depends on where the line stands."""
    check = hashlib.sha256(b"voicekit line %d " % number + data).digest()
    return b32encode(data).decode() + b32encode(check).decode()[:_GROUP]


def _grouped(signs: str) -> str:
    return " ".join(signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP))
