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


def own(line: Built, names: Iterable[str]) -> list[File]:
    """Those of a line's files that lie where its prompt's files of these formats lie.

    Whatever is to be removed goes through here: a manifest may be damaged, or come from a stranger.
    """
    if check_language(line.language) or check_id(line.id):
        return []
    rows = ((line.files[name], TABLE.get(name)) for name in names)
    return [file for file, row in rows if row and file.path == path_of(line.key, row)]


def _built(record: Mapping[str, Any]) -> Built:
    files = {name: File(**file) for name, file in record["files"].items()}
    return Built(record["language"], record["id"], record["sound"], record["master"], files)
