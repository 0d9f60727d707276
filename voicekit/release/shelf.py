"""The workspace as a store of releases: its folder `store/`, in which `masters/` is the workspace's own."""

import hashlib
import os
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from voicekit import fs
from voicekit.masters import Masters
from voicekit.release import BLOBS, MASTERS, is_sha256, master_key
from voicekit.stores import Body, Caps, Reading, Stat, Store
from voicekit.stores.faults import AbsentError, DamagedError, UnsupportedError
from voicekit.workspace import Workspace


def of(workspace: Workspace) -> Store:
    """So push and pull are one and the same: what is missing there is brought from here, or the other way."""
    return Shelf(workspace.shelf(), workspace.masters, workspace.root / "store")


class Shelf:
    """A store of the same interface around the folder's.

    What lies under its own hash, Masters and blobs, is read as the file that it is: no lock is needed, nor a hash
    beside it.
    """

    def __init__(self, store: Store, masters: Masters, folder: Path) -> None:
        self._store, self._masters, self._folder = store, masters, folder
        self.name = store.name
        self.caps: Caps = store.caps

    def put(self, key: str, body: Body, *, if_absent: bool = False) -> None:
        """A Master comes in only under its own hash, and replaces none but a damaged one."""
        if not key.startswith(MASTERS):
            self._store.put(key, body, if_absent=if_absent)
            return
        sha256 = self._path(key).stem
        with body.open() as source:
            if not self._masters.restore(sha256, source.read()):
                raise DamagedError(f"{self.name}: {key}: these are other bytes; it was not put")

    def open(self, key: str, start: int = 0, end: int | None = None) -> Reading:
        path, sha256 = self._hashed(key)
        if not path:
            return self._store.open(key, start, end)
        try:
            file = path.open("rb", buffering=0)
        except FileNotFoundError:
            raise AbsentError(f"{self.name}: there is no {key}") from None
        status = os.fstat(file.fileno())
        stat = Stat(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC), sha256, sha256)
        return Reading(stat, _blocks(file, sha256) if (start, end) == (0, None) else _part(file, start, end))

    def _hashed(self, key: str) -> tuple[Path | None, str]:
        """The file of a Master or blob and the hash that names it; None for what is neither."""
        if key.startswith(MASTERS):
            path = self._path(key)
            return path, path.stem
        sha256 = key.removeprefix(BLOBS)
        return (self._folder / key, sha256) if key.startswith(BLOBS) and is_sha256(sha256) else (None, "")

    def stat(self, key: str) -> Stat | None:
        if not key.startswith(MASTERS):
            return self._store.stat(key)
        path = self._path(key)
        return _stat(path, path.stem) if path.is_file() else None

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        if not prefix.startswith(MASTERS):
            yield from self._store.list(prefix, after)
            return
        for sha256 in sorted(filter(is_sha256, self._masters.names())):
            key = master_key(sha256)
            if key.startswith(prefix) and key > after:
                yield _stat(self._masters.path(sha256), "")

    def replace(self, key: str, body: Body, expected: str) -> None:
        if key.startswith(MASTERS):
            raise UnsupportedError(f"{self.name}: a Master is never replaced")
        self._store.replace(key, body, expected)

    def delete(self, key: str) -> None:
        if key.startswith(MASTERS):
            raise UnsupportedError(f"{self.name}: a Master is never deleted")
        self._store.delete(key)

    def purge(self, key: str, *, keep: bool = False) -> None:
        if key.startswith(MASTERS):
            raise UnsupportedError(f"{self.name}: a Master is never deleted")
        self._store.purge(key, keep=keep)

    def hold(self, key: str, *, on: bool) -> bool:
        return self._store.hold(key, on=on)

    def link(self, key: str, seconds: int, name: str, media: str) -> str:
        return self._store.link(key, seconds, name, media)

    def close(self) -> None:
        self._store.close()

    def _path(self, key: str) -> Path:
        sha256 = key.removeprefix(MASTERS).removesuffix(".flac")
        if key != master_key(sha256) or not is_sha256(sha256):
            raise AbsentError(f"{self.name}: {key[:100]} is no Master's name")
        return self._masters.path(sha256)


def _blocks(file: FileIO, sha256: str) -> Generator[bytes]:
    digest = hashlib.sha256()
    with file:
        while block := file.read(fs.CHUNK):
            digest.update(block)
            yield block
    if digest.hexdigest() != sha256:
        raise DamagedError(f"{file.name}: damaged (its SHA-256 is not its name); restore it from git or a backup")


def _part(file: FileIO, start: int, end: int | None) -> Generator[bytes]:
    with file:
        file.seek(start)
        while block := file.read(fs.CHUNK if end is None else max(min(fs.CHUNK, end - file.tell()), 0)):
            yield block


def _stat(path: Path, sha256: str) -> Stat:
    status = path.stat()
    return Stat(master_key(path.stem), status.st_size, datetime.fromtimestamp(status.st_mtime, UTC), sha256, sha256)
