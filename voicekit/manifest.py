"""`build/manifest.jsonl`: what each built file is. Derived; a file that it does not name is made again."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from voicekit import jsonl
from voicekit.formats import TABLE, Format
from voicekit.lock import Key
from voicekit.wordlists.ids import check_id, check_language

KIND = "manifest"
VERSION = 1
_REMEDY = "delete build/: voicekit revoice makes it again"


@dataclass(frozen=True, slots=True)
class File:
    """One built file: its path below `build/sounds` (with `/`), size in bytes and SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Built:
    """All files of one prompt by name of format; the sound hash and the Master they were made for ("": not yet)."""

    language: str
    id: str
    sound: str
    master: str
    files: Mapping[str, File]

    @property
    def key(self) -> Key:
        return self.language, self.id


def load(path: Path) -> dict[Key, Built]:
    """The manifest by prompt; empty when there is none."""
    return {built.key: built for built in jsonl.read(path, KIND, VERSION, _built, _REMEDY)}


def save(path: Path, built: Iterable[Built], *, staging: Path) -> None:
    """Write it whole, sorted, without a clock."""
    jsonl.write(path, KIND, VERSION, map(asdict, sorted(built, key=lambda b: b.key)), staging=staging)


def path_of(key: Key, row: Format) -> str:
    """Where a built file lies below `build/sounds`."""
    return f"{key[0]}/{key[1]}.{row.extensions[0]}"


def _built(record: Mapping[str, Any]) -> Built:
    """A line as it was written. What it names may be removed one day: no path but a prompt's own is taken from it."""
    key = record["language"], record["id"]
    files = {name: File(**file) for name, file in record["files"].items()}
    if check_language(key[0]) or check_id(key[1]):
        raise ValueError(f"{key} is no prompt")
    if any(file.path != path_of(key, TABLE[name]) for name, file in files.items()):
        raise ValueError(f"{key} has a file elsewhere")
    return Built(*key, record["sound"], record["master"], files)
