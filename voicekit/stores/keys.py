"""Which keys there are: the same rule going in and coming out."""

import re

from voicekit.errors import InputError

LONGEST = 512  # characters; S3 takes 1,024 with the prefix
_PART = "[A-Za-z0-9][A-Za-z0-9._-]*"
_KEY = re.compile(rf"{_PART}(?:/{_PART})*")


def good(key: str) -> bool:
    """Parts of letters, digits, `.`, `_` and `-`, the first a letter or digit, with `/` between.

    So no key leads out of a folder, hides in it, or is another one on a file system that folds or normalises.
    """
    return len(key) <= LONGEST and _KEY.fullmatch(key) is not None and ".." not in key


def checked(key: str) -> str:
    """The key itself; `InputError` for one that no store takes."""
    if not good(key):
        raise InputError(f'"{key[:100]}" is no key of a store: letters, digits, . _ - and / only')
    return key
