"""What lies below a prefix of a store, where others have put recordings: which of it can be adopted."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from re import Pattern

from voicekit import formats
from voicekit.calls import naming, settle
from voicekit.calls.choice import of_message
from voicekit.calls.index.read import Index
from voicekit.calls.settings import Spool
from voicekit.calls.spool import Found
from voicekit.errors import InputError
from voicekit.pbx import recording_names
from voicekit.pbx.recording_names import Kind, Name
from voicekit.stores import Stat, Store, keys

_SOUNDS = ("flac", "m4a")  # of recordings, besides those that Asterisk knows


class Why(StrEnum):
    """Why an object is not adopted."""

    THERE = "there"  # it is adopted already
    CHANGED = "changed"  # it is, and had another size then
    EMPTY = "empty"
    OTHER = "other"  # no recording, by its name
    ODD = "odd"  # nothing can be read under its name


@dataclass(frozen=True, slots=True)
class Place:
    """Objects below `prefix`, which are files of the folder `below` in this spool ("" for the spool itself)."""

    prefix: str
    spool: Spool
    below: str = ""

    @classmethod
    def of(cls, prefix: str, spool: Spool, folder: str = "") -> "Place":
        """`folder` is the full path there of what the prefix holds ("": the spool's); `InputError` for any other."""
        root = spool.path.rstrip("/")
        if folder and not f"{folder}/".startswith(f"{root}/"):
            raise InputError(f"{folder}: not in {root}, which is the spool {spool.name}")
        below = folder[len(root) :].strip("/")
        return cls(naming.prefix(prefix), spool, f"{below}/" if below else "")

    def path(self, key: str) -> str:
        """Where the file of this object lay, in the spool."""
        return self.below + key.removeprefix(self.prefix)

    def key(self, path: str) -> str:
        return self.prefix + path.removeprefix(self.below)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An object, as the file in the spool that it is a copy of, with what its name tells. The file's number says which
    object of the listing it is.
    """

    key: str
    found: Found
    name: Name


@dataclass(slots=True)
class Listing:
    """`left` counts, by reason, what is not adopted of what was listed so far; `last` is how many objects that is."""

    place: Place
    patterns: tuple[Pattern[str], ...]
    index: Index
    left: Counter[Why] = field(default_factory=Counter)
    last: int = 0

    def candidates(self, store: Store) -> Iterator[Candidate]:
        """As they come, by key: there may be millions."""
        for stat in store.list(self.place.prefix):
            self.last += 1
            if why := self._why_not(stat):
                self.left[why] += 1
                continue
            path = self.place.path(stat.key)
            found = Found(path, stat.size, int(stat.modified.timestamp()), f"0:{self.last}", 1)
            name = recording_names.parse(f"{self.place.spool.path}/{path}", self.patterns)
            if why := _no_recording(found, name):
                self.left[why] += 1
            else:
                yield Candidate(stat.key, found, name)

    def _why_not(self, stat: Stat) -> Why | None:
        *folders, last = stat.key.removeprefix(self.place.prefix).split("/")
        if not last or "tmp" in folders or any(part.startswith(".") for part in (*folders, last)):
            return Why.OTHER  # the mark of a folder; and what is left alone in a spool too
        if not keys.there(stat.key):
            return Why.ODD
        if (size := self.index.adopted(stat.key)) is not None:
            return Why.THERE if size == stat.size else Why.CHANGED
        return None


def _no_recording(found: Found, name: Name) -> Why | None:
    extension = found.path.rpartition(".")[2]
    if name.kind is Kind.GREETING or not (_sound(extension) or of_message(found, name)):
        return Why.OTHER
    return Why.EMPTY if settle.empty(found.size, extension) else None


def _sound(extension: str) -> bool:
    low = extension.lower()
    return low in _SOUNDS or any(map(formats.by_extension, (extension, low)))
