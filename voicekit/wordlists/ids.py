"""What may name a prompt and a language, so that every part of Asterisk finds the file (docs/formats.md)."""

import re

LONGEST = 80  # characters of an id
_PART = "[A-Za-z0-9][A-Za-z0-9_-]*"
_SAFE = re.compile(rf"{_PART}(?:/{_PART})*")
_STRANGE = re.compile(r"[^A-Za-z0-9_/-]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:_[A-Za-z0-9]+)*")


def check_id(name: str) -> str:
    """Why `name` can't be a prompt's id, to be read after «id "x" »; "" when it can.

    Each part between slashes is [A-Za-z0-9][A-Za-z0-9_-]*, all of it at most 80 characters; capitals are
    fine (`vm-INBOX`).
    """
    if len(name) <= LONGEST and _SAFE.fullmatch(name):
        return ""
    if not name:
        return "is empty"
    if len(name) > LONGEST:
        return f"is {len(name)} characters long; {LONGEST} is the most"
    return _bad_character(name) or _bad_part(name)


def _bad_character(name: str) -> str:
    if ".." in name:
        return "contains '..', which leads out of the language's folder"
    if "." in name:
        return "contains '.', where Asterisk's file convert and Record split; an id has no extension"
    if strange := _STRANGE.search(name):
        what = "a space" if strange.group().isspace() else repr(strange.group())
        return f"contains {what}; use A-Z, a-z, 0-9, _ and -, and / between folders"
    return ""


def _bad_part(name: str) -> str:
    bad = next(part for part in name.split("/") if not part or part[0] in "_-")
    if not bad:
        return "begins or ends with / or has // in it; folders have names"
    return f"has the part '{bad}', which begins with '{bad[0]}'; begin with a letter or a digit"


def check_language(name: str) -> str:
    """Why `name` can't be a language's folder, to be read after «language "x" »; "" when it can.

    Asterisk is case-sensitive and falls back from `fr_CA` to `fr` at `_` only.
    """
    if _LANGUAGE.fullmatch(name):
        return ""
    return "is not two or three small letters, then parts after '_', such as ru or fr_CA"
