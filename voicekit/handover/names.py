"""Which names a file of a workspace may have, so that it lands where it says, and looks like what it is."""

import unicodedata
from collections.abc import Iterable

from voicekit.wording import letters

_HIDDEN = {".gitignore", ".gitattributes"}
_OWN = "store/.voicekit/sha256/"  # beside the objects of the shelf, their hashes
_LONGEST = 240  # bytes of a part
_FORBIDDEN = set('\\:*?"<>|')  # of a folder on another system

_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}


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
    device = part.partition(".")[0].rstrip(" ").casefold() in _DEVICES  # of Windows, whatever follows the dot
    if device or part[-1] in ". " or part[0] == " " or _FORBIDDEN & set(part) or len(part.encode()) > _LONGEST:
        return "is no name on every system"
    if any(len({letters.alphabet(sign) for sign in word} - {None}) > 1 for word in letters.words(part)):
        return "mixes letters of two alphabets that look alike"
    return ""


def clash(paths: Iterable[str]) -> str:
    """One that is there twice, also in part, be it in other capitals or in letters that look alike, or both a file
    and a folder; "" when there is none.
    """
    files: set[str] = set()
    seen: dict[str, str] = {}
    folders: set[str] = set()
    for path in paths:
        above = _above(path)
        for part in (path, *above):
            for folded in {part.casefold(), letters.looks(part).casefold()}:
                if seen.setdefault(folded, part) != part:
                    return path
        if path in files:
            return path
        files.add(path)
        folders.update(above)
    return min(files & folders, default="")


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]
