"""Good free voices: what they are called, what one may do with them, and where they are at home."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicekit import toml
from voicekit.errors import InputError

TABLE = Path(__file__).with_name("gallery.toml")


@dataclass(frozen=True, slots=True)
class File:
    """One file of a voice: its address, and the bytes (`size`, `sha256`) that alone are taken for it.

    Of an archive (a zip; a wheel is one) those below `unpack` that lie in one of the folders `take` are wanted.
    """

    url: str
    size: int
    sha256: str
    unpack: str = ""
    take: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Row:
    """A voice of the table. `name` is engine:voice; the rest goes into its profile, `page` is for people."""

    name: str
    language: str
    voice: str
    speaker: str
    licence: str
    page: str
    files: tuple[File, ...]

    @property
    def engine(self) -> str:
        return self.name.partition(":")[0]

    @property
    def folder(self) -> str:
        """Of the voice, in `voices/`."""
        return self.name.partition(":")[2]

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(file.size for file in self.files)


def load(path: Path = TABLE) -> dict[str, Row]:
    """All voices of the table, by name."""
    voices = toml.read(path).data["voice"]
    return {name: _row(name, table) for name, table in voices.items()}


def pick(name: str, rows: Mapping[str, Row]) -> Row:
    """The voice of this name; `InputError` names the nearest, or all that there are."""
    if name not in rows:
        raise InputError(toml.unknown("voice", name, set(rows)))
    return rows[name]


def _row(name: str, table: Mapping[str, Any]) -> Row:
    files = tuple(File(**file | {"take": tuple(file.get("take", ()))}) for file in table["file"])
    return Row(name=name, files=files, **{key: value for key, value in table.items() if key != "file"})
