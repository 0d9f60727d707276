"""A folder of this machine: a disk, a NAS that is mounted, a stick. `file:/srv/voicekit`.

Objects are plain files. What a file can't say of itself, its SHA-256, lies beside it in `.voicekit/sha256/<key>`: one
hash; two while a content is being replaced, of which either may be the one.
"""

import errno
import fcntl
import hashlib
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from voicekit import fs
from voicekit.stores import Body, Cap, Caps, Reading, Stat
from voicekit.stores.address import Address
from voicekit.stores.faults import (
    AbsentError,
    ConflictError,
    DamagedError,
    DeniedError,
    FullError,
    NoBucketError,
    UnreachableError,
)

_OWN = ".voicekit"


class Folder:
    """Puts are atomic by rename, durable by fsync, and exclusive among all voicekits by flock."""

    caps: Caps = frozenset({Cap.DIGEST, Cap.IF_ABSENT, Cap.REPLACE})

    def __init__(self, where: Address, _: Caps = frozenset()) -> None:
        where.only()
        self.name = where.name
        self._root = Path(where.path)
        self._own = self._root / _OWN

    def put(self, key: str, body: Body, *, if_absent: bool = False) -> None:
        with self._told(key), self._written(key, body) as written, self._alone():
            found = self._stat(key) if if_absent else None
            if found is None:
                self._place(key, written, body.sha256)
            elif found.sha256 != body.sha256:
                raise ConflictError(f"{self.name}: there is another {key} already")

    def replace(self, key: str, body: Body, expected: str) -> None:
        with self._told(key), self._written(key, body) as written, self._alone():
            found = self._stat(key)
            now = found.tag if found else ""
            if now == body.sha256:
                return
            if now != expected:
                raise ConflictError(f"{self.name}: {key} is no longer what it was")
            self._place(key, written, body.sha256)

    def open(self, key: str, start: int = 0, end: int | None = None) -> Reading:
        with self._told(key), self._together():
            stat = self._stat(key)
            if stat is None:
                raise AbsentError(f"{self.name}: there is no {key}")
            descriptor = os.open(self._root / key, os.O_RDONLY)
        return Reading(stat, self._blocks(key, descriptor, start, stat.size if end is None else end))

    def _blocks(self, key: str, descriptor: int, start: int, end: int) -> Generator[bytes]:
        with self._told(key), os.fdopen(descriptor, "rb") as file:
            file.seek(start)
            while start < end and (block := file.read(min(fs.CHUNK, end - start))):
                start += len(block)
                yield block

    def stat(self, key: str) -> Stat | None:
        with self._told(key), self._together():
            return self._stat(key)

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        with self._told(prefix):
            found = sorted(fs.walk(self._root / prefix.rpartition("/")[0])) if self._root.is_dir() else []
            keys = sorted(path.relative_to(self._root).as_posix() for path in found if path.is_file())
        for key in keys:
            if key.startswith(prefix) and key > after:
                status = (self._root / key).stat()
                yield Stat(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def delete(self, key: str) -> None:
        """The file first: a hash without a file is no object."""
        with self._told(key), self._alone():
            (self._root / key).unlink(missing_ok=True)
            fs.sync_folder(_there((self._root / key).parent))
            (self._own / "sha256" / key).unlink(missing_ok=True)

    def close(self) -> None:
        """There is nothing to let go of."""

    def _stat(self, key: str) -> Stat | None:
        path = self._root / key
        if not path.is_file():
            return None
        status, sha256 = path.stat(), self._sha256(key)
        return Stat(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC), sha256, sha256)

    def _sha256(self, key: str) -> str:
        try:
            hashes = (self._own / "sha256" / key).read_text("ascii", "replace").split()
        except FileNotFoundError:
            return ""
        if len(hashes) <= 1:
            return "".join(hashes)
        now = fs.sha256(self._root / key)  # a replacement was cut short: which of them is it?
        return now if now in hashes else ""

    @contextmanager
    def _written(self, key: str, body: Body) -> Iterator[Path]:
        """The bytes in a file of their own, proved. The folder itself is never made: it may be a disk that is away."""
        if not self._root.is_dir():
            raise NoBucketError(f"{self.name}: no such folder; is the disk mounted? If it is new, make the folder")
        digest = hashlib.sha256()
        with fs.scratch((self._root / key).parent, self._own / "tmp") as (path, handle):
            with os.fdopen(handle, "wb") as file, body.open() as source:
                while block := source.read(fs.CHUNK):
                    digest.update(block)
                    file.write(block)
            if digest.hexdigest() != body.sha256:
                raise DamagedError(f"{self.name}: {key} changed while it was put; nothing was put. Run it again")
            yield path

    def _place(self, key: str, written: Path, sha256: str) -> None:
        """Give it its name. Killed between any two steps, the hashes beside it hold that of what is there."""
        hashes = self._own / "sha256" / key
        before = self._sha256(key) if (self._root / key).is_file() else ""
        if before not in ("", sha256):
            fs.write(hashes, f"{before}\n{sha256}\n".encode(), staging=self._own / "tmp")
        else:
            fs.write(hashes, f"{sha256}\n".encode(), staging=self._own / "tmp")
        fs.keep(written, self._root / key)
        if before not in ("", sha256):
            fs.write(hashes, f"{sha256}\n".encode(), staging=self._own / "tmp")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other voicekit changes this folder meanwhile; the system lets go when we die."""
        self._own.mkdir(exist_ok=True)
        with (self._own / "lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _together(self) -> Iterator[None]:
        """Nobody changes it meanwhile; many may look."""
        try:
            file = (self._own / "lock").open("rb")
        except FileNotFoundError:  # nothing was ever put
            yield
            return
        with file:
            fcntl.flock(file, fcntl.LOCK_SH)
            yield

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        """What the system says, as one of the few errors."""
        try:
            yield
        except OSError as error:
            what = f"{self.name}: {key or 'the folder'}: {error.strerror or error}"
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise FullError(f"{what}; make room there") from error
            if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise DeniedError(f"{what}; who may write there?") from error
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                raise NoBucketError(f"{what}; is it mounted?") from error
            raise UnreachableError(f"{what}; is it connected?") from error


def _there(folder: Path) -> Path:
    return folder if folder.is_dir() else _there(folder.parent)
