"""Folders of recordings that are named as the prompts they are of: `ru/custom/hours.wav`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voicekit.errors import InputError
from voicekit.formats import by_extension
from voicekit.workspace import Workspace

_OTHERS = {"flac": 48000, "m4a": 44100}  # what people have beside Asterisk's own kinds, and how wide that is
_PACKED = {"ogg", "mp3", "opus"}  # that Asterisk decodes to linear


@dataclass(frozen=True, slots=True)
class Recording:
    """The best file of one id; `others` are left."""

    id: str
    path: Path
    others: tuple[Path, ...] = ()


def place(workspace: Workspace, folder: Path, language: str) -> tuple[str, str]:
    """Language and the ids' beginning: ("ru", "custom/") for sounds/ru/custom, where `language` does not say.

    Raises `InputError` where the path names no language, and for a language that the workspace has not.
    """
    if language:
        if language not in workspace.languages:
            raise InputError(f'"{language}" is no language of this workspace ({", ".join(workspace.languages)})')
        return language, ""
    inner: list[str] = []
    for above in (folder.absolute(), *folder.absolute().parents):
        if above.name in workspace.languages:
            return above.name, "".join(f"{name}/" for name in reversed(inner))
        inner.append(above.name)
    raise InputError(f"{folder}: its path names no language of this workspace; add --language, like --language ru")


def find(folder: Path, prefix: str) -> Iterator[Recording]:
    """One recording an id, sorted by id; of several files of one the best: lossless first, then the widest."""
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        extension = path.suffix[1:]
        if path.is_file() and (by_extension(extension) or extension in _OTHERS):
            name = prefix + path.relative_to(folder).with_suffix("").as_posix()
            files.setdefault(name, []).append(path)
    for name, paths in sorted(files.items()):
        best = max(paths, key=_worth)
        yield Recording(name, best, tuple(path for path in paths if path != best))


def _worth(path: Path) -> tuple[bool, bool, int]:
    """How good a source a file is by its name: one that can be read, lossless, wide; of equals the first one stays."""
    row = by_extension(path.suffix[1:])
    if row is None:
        return True, path.suffix == ".flac", _OTHERS[path.suffix[1:]]
    return row.readable, row.codec.startswith("slin") and row.name not in _PACKED, row.rate
