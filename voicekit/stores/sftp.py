"""A folder of another machine, by SFTP: `sftp://user@nas:22/volume1/voicekit`, `sftp://nas/~/voicekit` below home.

The layout is that of `file:`. Over SFTP nobody holds a lock when he dies: locks are files that one alone can make, and
one that nobody has given back for `LEASE` seconds is broken.
"""

import errno
import hashlib
import math
import os
import posixpath
import random
import secrets
import stat
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import PurePosixPath
from typing import Any, TypeVar

from voicekit import fs
from voicekit.errors import InputError
from voicekit.hosts.ssh import Host, RefusedError
from voicekit.stores import Caps
from voicekit.stores.address import Address
from voicekit.stores.faults import DeniedError
from voicekit.stores.files import Entry
from voicekit.stores.sftp_client import NEW, READ, Client, Line, Lines
from voicekit.stores.tree import OWN, STAGING, Tree, hashes_of

LEASE = 60.0  # seconds; what is done under a lock takes a few round trips
LOCKS = f"{OWN}/locks"
VAIN = 50  # times that a lock can't be made and yet is not there: of so many, not all can have just been given back

T = TypeVar("T")


class Sftp(Tree):
    """Proved by reading back; durable where the server can sync files (OpenSSH's can)."""

    def __init__(self, where: Address, _: Caps = frozenset()) -> None:
        where.only()
        if where.path.strip("/") in ("", "~") and where.path != "/":
            raise InputError(f"{where.name}: names no folder; write sftp://USER@HOST/FOLDER")
        root = where.path.removeprefix("/~/") if where.path.startswith("/~/") else where.path
        super().__init__(where.name, Remote(Host.parse(where.place), root.rstrip("/") or "/"))


class Remote:
    """The file system behind SFTP, from `root` on."""

    def __init__(self, host: Host, root: str) -> None:
        self._root, self._lines = root, Lines(host)
        self._leases: dict[str, float] = {}  # until when what we hold is ours for sure

    def there(self) -> bool:
        with suppress(FileNotFoundError), self._line() as line:
            return stat.S_ISDIR(line(lambda client: client.status_of(self._path(""))).st_mode)
        return False

    def open(self, path: str) -> "RemoteFile | None":
        with suppress(FileNotFoundError), ExitStack() as until:
            line = until.enter_context(self._line())
            handle = line(lambda client: client.begin(self._path(path), READ))
            until.callback(_end, line, handle)
            status = line(lambda client: client.status(handle))
            if stat.S_ISREG(status.st_mode):
                return RemoteFile(line, handle, Entry(path, status.st_size, status.st_mtime), until.pop_all())
        return None

    def walk(self, folder: str) -> Iterator[Entry]:
        waiting = [folder]
        while waiting:
            folder = waiting.pop()
            for path, status in self._entries(folder):
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(path)
                elif stat.S_ISREG(status.st_mode):
                    yield Entry(path, status.st_size, status.st_mtime)

    def _entries(self, folder: str) -> list[tuple[str, Any]]:
        """What is in a folder and not hidden; a link to a file as the file that it is."""
        with suppress(FileNotFoundError), self._line() as line:
            named = line(lambda client: list(client.entries(self._path(folder))))
            found = [(posixpath.join(folder, os.fsdecode(name)), status) for name, status in named if name[:1] != b"."]
            return [(path, self._followed(line, path, status)) for path, status in found]
        return []

    def _followed(self, line: Line, path: str, status: Any) -> Any:
        if stat.S_ISLNK(status.st_mode):
            with suppress(FileNotFoundError):
                behind = line(lambda client: client.status_of(self._path(path)))
                return behind if stat.S_ISREG(behind.st_mode) else status
        return status

    @contextmanager
    def staged(self, path: str, blocks: Iterable[bytes]) -> Iterator[str]:  # noqa: ARG002  the tree is one file system
        name = f"{STAGING}/{secrets.token_hex(16)}"
        with self._line() as line:
            handle = self._made(line, name, lambda client: client.begin(self._path(name), NEW))
            try:
                self._sent(line, handle, blocks)
                yield name
            finally:
                with suppress(OSError):  # placed, or out of reach: then it is swept one day
                    line(lambda client: client.delete(self._path(name)))

    def _sent(self, line: Line, handle: bytes, blocks: Iterable[bytes]) -> None:
        """Written, synced and read back, for the server proves nothing."""
        digest, back, size = hashlib.sha256(), hashlib.sha256(), 0
        try:
            for block in blocks:
                line(partial(Client.send, handle=handle, at=size, data=block))
                digest.update(block)
                size += len(block)
            line(lambda client: client.synced(handle))
            for block in _received(line, handle, 0, size):
                back.update(block)
        except OSError as error:
            raise self._reason(line, error) from None
        finally:
            _end(line, handle)
        if back.digest() != digest.digest():
            raise OSError(errno.EIO, "the server gives back other bytes than it was sent")

    def _reason(self, line: Line, error: OSError) -> OSError:
        """A full disk is for SFTP a failure like any other."""
        with suppress(OSError):
            if error.errno == errno.EIO and not line(lambda client: client.room(self._path(""))):
                return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return error

    def place(self, staged: str, path: str, *, new: bool) -> None:
        source, target = self._path(staged), self._path(path)
        if time.clock_gettime(time.CLOCK_BOOTTIME) > self._leases.get(path, math.inf):
            raise TimeoutError(errno.ETIMEDOUT, "too slow: another may be writing there by now")
        with self._line() as line:
            self._made(line, path, lambda client: client.link(source, target) if new else client.rename(source, target))
            line(lambda client: client.synced_path(target))

    def _made(self, line: Line, path: str, make: Callable[[Client], T]) -> T:
        """What `make` gives, after the folders above were made if need be."""
        with suppress(FileNotFoundError):
            return line(make)
        for folder in reversed(PurePosixPath(path).parents[:-1]):
            with suppress(OSError):  # it is there, or what comes next says why not
                line(partial(Client.make_folder, path=self._path(str(folder))))
        try:
            return line(make)
        except FileNotFoundError:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None

    def remove(self, path: str) -> None:
        with suppress(FileNotFoundError), self._line() as line:
            line(lambda client: client.delete(self._path(path)))

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        lock = f"{LOCKS}/{hashlib.sha256(key.encode()).hexdigest()[:32]}"
        with self._line() as line:
            self._lock(line, lock)
            made = self._modified(line, lock)
            until = time.clock_gettime(time.CLOCK_BOOTTIME) + LEASE / 2
            held = {key: until, hashes_of(key): until}  # all that is placed under this lock
            self._leases |= held
            try:
                yield
            finally:
                for path in held:
                    del self._leases[path]
                late = time.clock_gettime(time.CLOCK_BOOTTIME) > until
                if not late or self._modified(line, lock) == made:  # broken and made anew, it is somebody else's
                    with suppress(FileNotFoundError):
                        line(lambda client: client.delete(self._path(lock)))

    def _lock(self, line: Line, lock: str) -> None:
        """Make the file, which one alone can. Who finds the same one there for `LEASE` seconds takes it away."""
        seen, until, vain = 0, 0.0, 0
        while not self._new(line, lock):
            age = self._modified(line, lock)
            vain = 0 if age else vain + 1
            if vain > VAIN:
                raise self._reason(line, OSError(errno.EIO, "can't make a lock there"))
            if age != seen:
                seen, until = age, time.monotonic() + LEASE
            elif age and time.monotonic() > until:
                self._break(line, lock, age)
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311  so that those who wait do not do it in step

    def _new(self, line: Line, path: str) -> bool:
        """Make an empty file; False when it is there, or can't be made."""
        try:
            _end(line, self._made(line, path, lambda client: client.begin(self._path(path), NEW)))
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return False
        return True

    def _break(self, line: Line, lock: str, age: int) -> None:
        """By a name for the dead that is free once only: of many who wait, none takes away what the first made anew."""
        dead = f"{STAGING}/{posixpath.basename(lock)}-{age}"
        with suppress(OSError):
            line(lambda client: client.rename_new(self._path(lock), self._path(dead)))

    def _modified(self, line: Line, path: str) -> int:
        with suppress(FileNotFoundError):
            return int(line(lambda client: client.status_of(self._path(path))).st_mtime)
        return 0

    def sweep(self, age: float) -> None:
        """By the server's clock: it may be wrong by years."""
        with self._line() as line, self.staged("", []) as name:
            before = self._modified(line, name) - age
            for path, status in [*self._entries(STAGING), *self._entries(LOCKS)]:
                if status.st_mtime < before:
                    self.remove(path)

    def close(self) -> None:
        self._lines.close()

    def _path(self, path: str) -> bytes:
        return os.fsencode(posixpath.join(self._root, path)) or b"."

    @contextmanager
    def _line(self) -> Iterator[Line]:
        try:
            with self._lines.one() as line:
                yield line
        except RefusedError as error:
            raise DeniedError(str(error)) from None


class RemoteFile:
    """A file of the other machine, open. `until` ends what was begun for it."""

    def __init__(self, line: Line, handle: bytes, entry: Entry, until: ExitStack) -> None:
        self.entry = entry
        self._line, self._handle, self._until = line, handle, until

    def blocks(self, start: int, end: int) -> Generator[bytes]:
        return _received(self._line, self._handle, start, end)

    def close(self) -> None:
        self._until.close()


def _received(line: Line, handle: bytes, start: int, end: int) -> Generator[bytes]:
    while start < end:
        block = line(partial(Client.receive, handle=handle, start=start, end=min(start + fs.CHUNK, end)))
        if not block:
            return
        start += len(block)
        yield block


def _end(line: Line, handle: bytes) -> None:
    with suppress(OSError):  # the connection is gone, and the handle with it
        line(lambda client: client.end(handle))
