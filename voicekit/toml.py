"""TOML with places: every complaint about a value can name the line that it stands on."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from voicekit import fs
from voicekit.errors import InputError

LIMIT = 32 << 20
_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_TABLE = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_PAIR = re.compile(rf"\s*({_DOTTED})\s*=")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed TOML file that remembers where it came from."""

    path: Path
    data: Mapping[str, Any]
    text: str = field(repr=False)

    def at(self, *keys: str) -> str:
        """`file:line` of a table or key; just the file when it can't be found (inline tables)."""
        for depth in range(len(keys), 0, -1):
            line = _lines(self.text).get(keys[:depth])
            if line:
                return f"{self.path}:{line}"
        return str(self.path)

    def wrong(self, message: str, *keys: str) -> InputError:
        """An error that names the place of `keys`."""
        return InputError(f"{self.at(*keys)}: {message}")

    def only(self, table: Mapping[str, Any], allowed: set[str], *keys: str) -> None:
        """Refuse a key of `table` (which stands at `keys`) that is not allowed, naming the nearest."""
        for key in table:
            if key not in allowed:
                raise self.wrong(unknown("key", key, allowed), *keys, key)

    def take(self, table: Mapping[str, Any], key: str, kind: type | tuple[type, ...], *keys: str) -> Any:
        """`table[key]`, which must be of `kind`; None when it is absent."""
        value = table.get(key)
        if value is None:
            return None
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            wanted = " or ".join(_NAMES.get(k, k.__name__) for k in kinds)
            raise self.wrong(f"{key} must be {wanted}, not {value!r}", *keys, key)
        return value


_NAMES = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false",
          list: "a list", dict: "a table"}  # fmt: skip


def folder(start: Path, name: str, remedy: str = "make a workspace with `voicekit init DIR`") -> Path:
    """The nearest folder upwards that has a file of this name; `remedy` says how to get one."""
    start = start.resolve()
    if not start.is_dir():
        raise InputError(f"{start}: no such folder; give -C the folder of a workspace")
    for folder in (start, *start.parents):
        if (folder / name).is_file():
            return folder
    raise InputError(f"{start}: no {name} here or above; {remedy}, or name one with -C")


def read(path: Path) -> Document:
    """Parse a TOML file (UTF-8, with or without BOM); errors name file and line."""
    try:
        text = fs.read_bounded(path, LIMIT).decode("utf-8-sig")
        return Document(path, tomllib.loads(text), text)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column \d+\)|\(at end of document\)", str(error))
        line = place.group(1) if place and place.group(1) else str(text.count("\n") + 1)
        reason = str(error)[: place.start()].strip() if place else str(error)
        raise InputError(f"{path}:{line}: not valid TOML: {reason}") from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, 1,000 brackets in one another
        raise InputError(f"{path}: not valid TOML: {error}") from error


def unknown(what: str, name: str, known: set[str]) -> str:
    """«unknown key "fomats"; did you mean "formats"?», or the list of what there is."""
    near = get_close_matches(name, known, n=1)
    others = f"known: {', '.join(sorted(known))}" if known else f"there is no {what} yet"
    hint = f'did you mean "{near[0]}"?' if near else others
    return f'unknown {what} "{name}"; {hint}'


def quote(text: str) -> str:
    """`text` as a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("\n", "\\n").replace("\t", "\\t")
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m.group()):04x}", escaped) + '"'


@lru_cache(maxsize=8)  # a file with a thousand mistakes is scanned once
def _lines(text: str) -> Mapping[tuple[str, ...], int]:
    """Line of the first table header or key for each path of keys; a table without one is where its first part is."""
    lines: dict[tuple[str, ...], int] = {}
    parts: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    multiline = ""
    for number, line in enumerate(text.split("\n"), 1):  # TOML's line end: U+2028 and the like are text
        if multiline:
            multiline = "" if multiline in line else multiline
            continue
        if header := _TABLE.match(line):
            table = _split(header.group(1))
            lines.setdefault(table, number)
            for depth in range(1, len(table)):
                parts.setdefault(table[:depth], number)
        elif pair := _PAIR.match(line):
            lines.setdefault(table + _split(pair.group(1)), number)
            value = line[pair.end() :]
            multiline = next((q for q in ('"""', "'''") if value.count(q) == 1), "")
    return parts | lines


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(tomllib.loads(f"k = {key}")["k"] if key[0] in "\"'" else key for key in re.findall(_KEY, dotted))
