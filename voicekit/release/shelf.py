"""The workspace as a store of releases: its folder `store/`, in which `masters/` is the workspace's own."""

from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from voicekit import fs
from voicekit.masters import Masters
from voicekit.release import MASTERS, is_sha256, master_key
from voicekit.stores import Body, Caps, Reading, Stat, Store
from voicekit.stores.faults import AbsentError, DamagedError, UnsupportedError
from voicekit.workspace import Workspace


def of(workspace: Workspace) -> Store:
    """So push and pull are one and the same: what is missing there is brought from here, or the other way."""
    return Shelf(workspace.shelf(), workspace.masters)


class Shelf:
    """A store of the same interface around the folder's."""

    def __init__(self, store: Store, masters: Masters) -> None:
        self._store, self._masters = store, masters
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
        if not key.startswith(MASTERS):
            return self._store.open(key, start, end)
        stat = self.stat(key)
        if stat is None:
            raise AbsentError(f"{self.name}: there is no {key}")
        return Reading(stat, self._blocks(key, start, stat.size if end is None else end))

    def _blocks(self, key: str, start: int, end: int) -> Generator[bytes]:
        path = self._path(key)
        if fs.sha256(path) != path.stem:
            raise DamagedError(f"{path}: damaged (its SHA-256 is not its name); restore it from git or a backup")
        with closing(path.open("rb")) as file:
            file.seek(start)
            while start < end and (block := file.read(min(fs.CHUNK, end - start))):
                start += len(block)
                yield block

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

    def close(self) -> None:
        self._store.close()

    def _path(self, key: str) -> Path:
        sha256 = key.removeprefix(MASTERS).removesuffix(".flac")
        if key != master_key(sha256) or not is_sha256(sha256):
            raise AbsentError(f"{self.name}: {key[:100]} is no Master's name")
        return self._masters.path(sha256)


def _stat(path: Path, sha256: str) -> Stat:
    status = path.stat()
    return Stat(master_key(path.stem), status.st_size, datetime.fromtimestamp(status.st_mtime, UTC), sha256, sha256)
