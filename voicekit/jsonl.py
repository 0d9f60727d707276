"""JSON lines with a header line that names the kind of file and its version."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from voicekit import fs
from voicekit.errors import InputError

LIMIT = 256 << 20  # bytes

T = TypeVar("T")

_MERGE = "after a merge keep one whole line of each side, or take the file back from git"
_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)  # what a line can do to its reader


def read(path: Path, kind: str, version: int, parse: Callable[[Mapping[str, Any]], T], remedy: str = _MERGE) -> list[T]:
    """All records of a file; none when it is absent.

    Raises `InputError` with file and line for another version, a merge conflict or a damaged line.
    """
    if not path.exists():
        return []
    lines = fs.read_bounded(path, LIMIT).splitlines()
    _check_header(path, lines[0] if lines else b"", kind, version)
    try:
        return [parse(record) for record in _at_once(lines[1:])]
    except _DAMAGE:
        return [_parsed(path, kind, number, line, parse, remedy) for number, line in enumerate(lines[1:], 2)]


def _at_once(lines: list[bytes]) -> list[Any]:
    """All lines as one JSON array: three times as fast as line by line. ValueError where lines and records differ."""
    records: list[Any] = json.loads(b"[" + b",".join(lines) + b"]")
    if len(records) != len(lines):
        raise ValueError("a line with more than one record")
    return records


def _parsed(path: Path, kind: str, number: int, line: bytes, parse: Callable[[Mapping[str, Any]], T], remedy: str) -> T:
    try:
        return parse(json.loads(line))
    except _DAMAGE as error:
        raise InputError(f"{path}:{number}: not a line of {kind} ({error!r}); {remedy}") from error


def write(path: Path, kind: str, version: int, records: Iterable[Mapping[str, Any]], *, staging: Path) -> None:
    """Replace the file by a header and these records."""
    lines = [_line({kind: version}), *map(_line, records)]
    fs.write(path, b"".join(lines), staging=staging)


def _check_header(path: Path, line: bytes, kind: str, version: int) -> None:
    try:
        found = json.loads(line)[kind]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f'{path}:1: does not begin with {{"{kind}":{version}}}; take it back from git') from error
    if found != version:
        raise InputError(f"{path}: version {found} is not known to this voicekit (it knows {version}); update it")


def _line(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
