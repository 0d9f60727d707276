"""Which keys there are: one rule for what is written, and one for what others wrote."""

import re

from voicekit.errors import InputError

LONGEST = 512  # characters; S3 takes 1,024 with the prefix
_LONGEST_THERE = 1024  # bytes
_PART = "[A-Za-z0-9][A-Za-z0-9._-]*"
_KEY = re.compile(rf"{_PART}(?:/{_PART})*")


def good(key: str) -> bool:
    """Parts of letters, digits, `.`, `_` and `-`, the first a letter or digit, with `/` between.

    So no key leads out of a folder, hides in it, or is another one on a file system that folds or normalises.
    """
    return len(key) <= LONGEST and _KEY.fullmatch(key) is not None and ".." not in key


def checked(key: str) -> str:
    """The key itself; `InputError` for one that is never written."""
    if not good(key):
        raise InputError(f'"{key[:100]}" is no key of a store: letters, digits, . _ - and / only')
    return key


def there(key: str) -> bool:
    """Whether an object of others can be read, and removed, under this key: it leads nowhere else and hides nothing.

    Any parts that can be printed and that UTF-8 can write, the first sign no `.`, with `/` between.
    """
    if not key.isprintable() or len(key.encode("utf-8", "replace")) > _LONGEST_THERE:
        return False
    return all(part and not part.startswith(".") for part in key.split("/"))


def checked_there(key: str) -> str:
    """The key itself; `InputError` for one that no object can have that is read here."""
    if not there(key):
        raise InputError(f'"{key[:100]}" is no key of a store: it would lead elsewhere, or hide')
    return key
