"""Which names a file of a workspace may have, so that it lands where it says, and looks like what it is."""

import unicodedata
from collections.abc import Iterable

from voicekit.wording import letters

_HIDDEN = {".gitignore", ".gitattributes"}
_OWN = "store/.voicekit/sha256/"  # beside the objects of the shelf, their hashes
_LONGEST = 240  # bytes of a part
_FORBIDDEN = set('\\:*?"<>|')  # of a folder on another system


def wrong(path: str) -> str:
    """Why a file can't have this path, to be read after it; "" when it can."""
    if not path or len(path) > 1000 or path.startswith("/") or path.endswith("/"):
        return "is no path of a file"
    if any(unicodedata.category(sign).startswith("C") for sign in path):
        return "holds a sign that can't be seen"
    if unicodedata.normalize("NFKC", path) != path:
        return "holds a letter that only looks like another"
    parts = path.removeprefix(_OWN).split("/")
    return next(filter(None, map(_wrong, parts)), "")


def _wrong(part: str) -> str:
    if part in ("", ".", ".."):
        return "leads out of the workspace"
    if part.startswith(".") and part not in _HIDDEN:
        return "is hidden"
    if part[-1] in ". " or part[0] == " " or _FORBIDDEN & set(part) or len(part.encode()) > _LONGEST:
        return "is no name on every system"
    if any(len({letters.alphabet(sign) for sign in word} - {None}) > 1 for word in letters.words(part)):
        return "mixes letters of two alphabets that look alike"
    return ""


def clash(paths: Iterable[str]) -> str:
    """One that is there twice, be it in other capitals, or both a file and a folder; "" when there is none."""
    seen: dict[str, str] = {}
    for path in paths:
        if path.casefold() in seen:
            return path
        seen[path.casefold()] = path
    return next((path for path in seen.values() if _above(path.casefold()) & seen.keys()), "")


def _above(path: str) -> set[str]:
    parts = path.split("/")
    return {"/".join(parts[:length]) for length in range(1, len(parts))}
