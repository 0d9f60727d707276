"""Whom a recording is of: numbers and names, so that words which name them can be known."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from voicekit.calls import numbers
from voicekit.calls.index.query import rows as records

_TELLING = 7  # last digits of a number that tell whose it is; in shorter ones everybody's are
_SHORTEST = 3  # letters of a name
_SIGNS = re.compile(r"(?<=[0-9])[\s().\-/+\u2010-\u2015\u00a0]+(?=[0-9])")
_RUN = re.compile(rf"[0-9]{{{_TELLING},}}")
_NAMES = ("cnam", "outbound_cnam", "dst_cnam")
_QUOTED = re.compile(r'\s*"?([^"<]*?)"?\s*<')


@dataclass(frozen=True, slots=True)
class Persons:
    """`endings` are the last digits of their numbers, `names` in small letters."""

    endings: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __or__(self, other: "Persons") -> "Persons":
        return Persons(self.endings | other.endings, self.names | other.names)

    def named_in(self, text: str) -> bool:
        """Whether the text has one of their numbers, in any spelling, or of their names."""
        digits = " ".join(_RUN.findall(_SIGNS.sub("", text)))
        small = text.casefold()
        return any(end in digits for end in self.endings) or any(name in small for name in self.names)


def of(sidecar: Mapping[str, Any]) -> Persons:
    """Those of the call: callers and called outside, and names that the PBX had for them."""
    said = [sidecar, *records(sidecar)]
    if isinstance(message := sidecar.get("message"), dict):
        said.append(message)
    endings = {run[-_TELLING:] for each in said for text in _texts(each) for run in _RUN.findall(_SIGNS.sub("", text))}
    names = {name.casefold() for each in said for name in _named(each) if len(name) >= _SHORTEST}
    return Persons(frozenset(endings), frozenset(names))


def _texts(row: Mapping[str, Any]) -> list[str]:
    keys = ("source", "destination", "src", "dst", "did", "cnum", "outbound_cnum", "clid", "callerid")
    return [text for key in keys if isinstance(text := row.get(key), str)]


def _named(row: Mapping[str, Any]) -> Iterator[str]:
    """Names, but not such as are only numbers."""
    said: Iterable[object] = (row.get(key) for key in _NAMES)
    quoted = (_QUOTED.match(text) for key in ("clid", "callerid") if isinstance(text := row.get(key), str))
    for name in (*said, *(found[1] for found in quoted if found)):
        if isinstance(name, str) and name.strip() and not numbers.key(name, "").isdecimal():
            yield name.strip()
