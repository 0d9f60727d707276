"""A workspace as one archive for the next person: `workspace/` with every file, an index of hashes, and a page."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from voicekit.errors import InputError
from voicekit.release import is_sha256

PAGE = "HANDOVER.md"
INDEX = "handover.json"
FOLDER = "workspace/"
VERSION = 1
MOST = 200_000  # files
LARGE = 5 << 30  # bytes of a file
LARGEST = 64 << 30  # bytes of all
INDEX_LIMIT = 64 << 20  # bytes


@dataclass(frozen=True, slots=True)
class File:
    """A file of the workspace: its path, size in bytes and SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Index:
    """What an archive holds, and of which workspace."""

    workspace: str
    files: tuple[File, ...]


def dumped(index: Index) -> bytes:
    record = {"handover": VERSION, "workspace": index.workspace, "files": [asdict(file) for file in index.files]}
    return json.dumps(record, ensure_ascii=False, indent=0).encode() + b"\n"


def parsed(data: bytes, where: str) -> Index:
    """The index in these bytes; names of files are judged elsewhere (`names`)."""
    try:
        record = json.loads(data)
        if record["handover"] != VERSION:
            raise InputError(f"{where}: of another version than this voicekit knows ({VERSION}); update it")
        index = Index(record["workspace"], tuple(map(_file, record["files"])))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{where}: {INDEX} is not as voicekit writes it; this is no handover") from error
    if not isinstance(index.workspace, str) or len(index.workspace) > 1000:
        raise InputError(f"{where}: {INDEX} names no workspace; this is no handover")
    return index


def _file(record: dict[str, Any]) -> File:
    file = File(**record)
    if not isinstance(file.path, str) or not is_sha256(file.sha256):
        raise TypeError
    if not isinstance(file.bytes, int) or isinstance(file.bytes, bool) or not 0 <= file.bytes <= LARGE:
        raise ValueError
    return file


def total(files: Iterable[File]) -> int:
    """Bytes of all."""
    return sum(file.bytes for file in files)
