"""A folder of this machine: a disk, a NAS that is mounted, a stick. `file:/srv/voicekit`."""

import errno
import fcntl
import math
import os
import stat
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

from voicekit import fs
from voicekit.stores import Caps
from voicekit.stores.address import Address
from voicekit.stores.files import Entry
from voicekit.stores.tree import OWN, STAGING, Tree


class Folder(Tree):
    """Durable by fsync, exclusive by flock, which the system lets go of when we die."""

    def __init__(self, where: Address, _: Caps = frozenset()) -> None:
        where.only()
        super().__init__(where.name, Local(Path(where.path)))


class Local:
    """The file system of this machine, from `root` on."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def there(self) -> bool:
        return self._root.is_dir()

    def open(self, path: str) -> "LocalFile | None":
        with suppress(FileNotFoundError, NotADirectoryError):
            descriptor = os.open(self._root / path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe must not hold us up
            status = os.fstat(descriptor)
            if stat.S_ISREG(status.st_mode) and self._within(_place(descriptor)):
                return LocalFile(descriptor, Entry(path, status.st_size, status.st_mtime))
            os.close(descriptor)
        return None

    def walk(self, folder: str) -> Iterator[Entry]:
        below = self._root / folder
        if not below.is_dir() or below.resolve() != self._root.resolve() / folder:  # a link leads elsewhere
            return
        for path in fs.walk(self._root / folder):
            with suppress(FileNotFoundError):  # deleted meanwhile
                status = path.stat()
                if stat.S_ISDIR(status.st_mode) and not path.is_symlink():
                    next(path.iterdir())  # it could not be listed: why not?
                if stat.S_ISREG(status.st_mode) and (not path.is_symlink() or self._within(_found(path))):
                    yield Entry(path.relative_to(self._root).as_posix(), status.st_size, status.st_mtime)

    def _within(self, place: str) -> bool:
        """Whether this lies in the tree: whoever may write there could link to what only we may read."""
        return f"{place}/".startswith(f"{self._real.rstrip('/')}/")

    @cached_property
    def _real(self) -> str:
        """As the system calls it: on some file systems, small letters and large are one."""
        return _found(self._root)

    @contextmanager
    def staged(self, path: str, blocks: Iterable[bytes]) -> Iterator[str]:
        there = next(folder for folder in (self._root / path).parents if folder.exists())
        if not self._within(_found(there)):
            raise PermissionError(errno.EPERM, "a link leads out of the folder; put the store itself where it leads")
        with self._staging(fcntl.LOCK_SH), fs.scratch((self._root / path).parent, self._root / STAGING) as scratch:
            name, handle = scratch
            with os.fdopen(handle, "wb") as file:
                file.writelines(blocks)
            yield str(name)

    def place(self, staged: str, path: str, *, new: bool) -> None:  # noqa: ARG002  we are alone: nothing can come between
        fs.keep(Path(staged), self._root / path)

    def remove(self, path: str) -> None:
        file = self._root / path
        with suppress(FileNotFoundError, NotADirectoryError):
            file.unlink()
            fs.sync_folder(file.parent)

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:  # noqa: ARG002  one lock for all keys: it is held for milliseconds
        (self._root / OWN).mkdir(exist_ok=True)
        with (self._root / OWN / "lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def sweep(self, age: float) -> None:
        with suppress(BlockingIOError), self._staging(fcntl.LOCK_EX | fcntl.LOCK_NB):
            self._swept(math.inf)
            return
        self._swept(time.time() - age)

    def _swept(self, before: float) -> None:
        for leftover in (self._root / STAGING).glob(".vk-*"):
            with suppress(FileNotFoundError):
                if leftover.stat().st_mtime < before:
                    leftover.unlink()

    @contextmanager
    def _staging(self, how: int) -> Iterator[None]:
        """Who stages shares it; who sweeps has it alone."""
        (self._root / OWN).mkdir(exist_ok=True)
        with (self._root / OWN / "staging").open("ab") as file:
            fcntl.flock(file, how)
            yield

    def close(self) -> None:
        """There is nothing to let go of."""


def _found(path: Path) -> str:
    """Where this leads, without opening what may be a device."""
    descriptor = os.open(path, os.O_PATH)
    try:
        return _place(descriptor)
    finally:
        os.close(descriptor)


def _place(descriptor: int) -> str:
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


class LocalFile:
    """A file of this machine, open."""

    def __init__(self, descriptor: int, entry: Entry) -> None:
        self.entry = entry
        self._descriptor = descriptor

    def blocks(self, start: int, end: int) -> Generator[bytes]:
        while start < end and (block := os.pread(self._descriptor, min(fs.CHUNK, end - start), start)):
            start += len(block)
            yield block

    def close(self) -> None:
        os.close(self._descriptor)
