"""JSON lines with a header line that names the kind of file and its version."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from voicekit import fs
from voicekit.errors import InputError

LIMIT = 256 << 20  # bytes

T = TypeVar("T")


def read(path: Path, kind: str, version: int, parse: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """All records of a file; none when it is absent.

    Raises `InputError` with file and line for another version, a merge conflict or a damaged line.
    """
    if not path.exists():
        return []
    lines = fs.read_bounded(path, LIMIT).splitlines()
    _check_header(path, lines[0] if lines else b"", kind, version)
    found = []
    for number, line in enumerate(lines[1:], 2):
        try:
            found.append(parse(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path}:{number}: not a line of {kind} ({error!r}); after a merge keep one whole line of each side, "
                f"or take the file back from git"
            ) from error
    return found


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
