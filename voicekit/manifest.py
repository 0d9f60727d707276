"""`build/manifest.jsonl`: what each built file is. Derived; a file that it does not name is made again."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from voicekit import jsonl
from voicekit.lock import Key

KIND = "manifest"
VERSION = 1


@dataclass(frozen=True, slots=True)
class File:
    """One built file: its path below `build/sounds` (with `/`), size in bytes and SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Built:
    """All files of one prompt by name of format, and the sound hash they were made for ("": they are being made)."""

    language: str
    id: str
    sound: str
    files: Mapping[str, File]

    @property
    def key(self) -> Key:
        return self.language, self.id


def load(path: Path) -> dict[Key, Built]:
    """The manifest by prompt; empty when there is none."""
    return {built.key: built for built in jsonl.read(path, KIND, VERSION, _built)}


def save(path: Path, built: Iterable[Built], *, staging: Path) -> None:
    """Write it whole, sorted, without a clock."""
    jsonl.write(path, KIND, VERSION, map(asdict, sorted(built, key=lambda b: b.key)), staging=staging)


def _built(record: Mapping[str, Any]) -> Built:
    files = {name: File(**file) for name, file in record["files"].items()}
    return Built(record["language"], record["id"], record["sound"], files)
