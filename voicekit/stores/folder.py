"""A folder of this machine: a disk, a NAS that is mounted, a stick. `file:/srv/voicekit`."""

import fcntl
import os
import stat
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
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
            if stat.S_ISREG(status.st_mode):
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
                if stat.S_ISREG(status.st_mode):
                    yield Entry(path.relative_to(self._root).as_posix(), status.st_size, status.st_mtime)

    @contextmanager
    def staged(self, path: str, blocks: Iterable[bytes]) -> Iterator[str]:
        with fs.scratch((self._root / path).parent, self._root / STAGING) as (name, handle):
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
        for leftover in (self._root / STAGING).glob(".vk-*"):
            with suppress(FileNotFoundError):
                if leftover.stat().st_mtime < time.time() - age:
                    leftover.unlink()

    def close(self) -> None:
        """There is nothing to let go of."""


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
