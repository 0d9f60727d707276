"""What Asterisk writes down of a voicemail message, in msgNNNN.txt beside its sound (app_voicemail.c).

Nothing in it is to be trusted: the file is there for all to write to (mode 0666), and the caller chose his name.
"""

import re
from collections.abc import Mapping
from configparser import ConfigParser, Error

from voicekit.calls import numbers

LIMIT = 1 << 16  # bytes that are read
_LONGEST = 500  # characters of a field
_CALLER = re.compile(r".*<([^<>]+)>", re.DOTALL)
_TIME = re.compile(r"[0-9]{9,11}")
_FIELDS = ("origmailbox", "context", "exten", "callerid", "origtime", "duration", "msg_id", "flag", "category")


def read(data: bytes) -> Mapping[str, str]:
    """The fields that say whose message this is, when, and for whom; fewer, or none, of a text that says less."""
    found = ConfigParser(interpolation=None, strict=False, delimiters=("=",), comment_prefixes=(";",))
    try:
        found.read_string(data.decode("utf-8", "replace"))
        told = dict(found["message"])
    except (Error, KeyError, ValueError):
        return {}
    return {field: text[:_LONGEST] for field in _FIELDS if (text := told.get(field, ""))}


def caller(told: Mapping[str, str]) -> str:
    """The number in `"Anna" <5551234>`; of a caller without a name it stands alone."""
    text = told.get("callerid", "")
    if found := _CALLER.fullmatch(text):
        return found[1]
    return text if numbers.key(text, "") else ""


def began(told: Mapping[str, str]) -> int | None:
    """Seconds since 1970."""
    time = told.get("origtime", "")
    return int(time) if _TIME.fullmatch(time) else None
