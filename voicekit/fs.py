"""The one door through which files are written, replaced and locked on this machine."""

import errno
import fcntl
import glob
import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from voicekit.errors import InputError, LockedError, StoreError, system

CHUNK = 1 << 20
_YOUNG = 10.0  # seconds in which a new folder gets its lock
_NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


@contextmanager
def replacing(
    path: Path, *, staging: Path | None = None, durable: bool = True, mode: int | None = None
) -> Iterator[BinaryIO]:
    """Open a temporary file (its `name` is the path), to write and to read again, that becomes `path` by rename when
    the block ends without an exception.

    `path` is always either what it was or the complete new content, also after `kill -9`.
    `staging` is where the temporary file lives (default: beside `path`): a folder that the next run sweeps, so that
    nothing half-written is ever left beside good files. `durable` also survives a power cut: the content is synced
    before the rename and the folder after it (0.5-5 ms on an SSD, 10-30 ms on a disk); leave it off for what can be
    made again. `mode` is the file's, whatever the one before had.
    """
    there = _stat(path)
    if there and not stat.S_ISREG(there.st_mode):
        raise InputError(f"{path}: not a regular file; name one that may be replaced")
    with scratch(path.parent, staging) as (name, handle), open(name, "w+b", opener=lambda *_: handle) as file:
        yield file
        file.flush()
        _settle(handle, name, path, durable=durable, mode=mode)


@contextmanager
def scratch(folder: Path, staging: Path | None = None) -> Iterator[tuple[Path, int]]:
    """A new empty file (path, open handle) that can be renamed into `folder`: in `staging`, if that is on the same
    filesystem. It is removed when the block ends and it is still there.
    """
    made = _made(folder)
    if staging and _made(staging).st_dev == made.st_dev:
        folder = staging
    handle, name = tempfile.mkstemp(prefix=".vk-", dir=folder)
    try:
        yield Path(name), handle
    finally:
        Path(name).unlink(missing_ok=True)


def keep(scratched: Path, path: Path) -> None:
    """Make a file of `scratch` durable under its own name."""
    with scratched.open("rb") as file:
        _settle(file.fileno(), scratched, path, durable=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A new folder of a name that nobody can guess, beside `path` and only for us, that becomes `path`, durably, when
    the block ends without an exception.

    `path` may be there, but empty, and `InputError` says when it no longer is. A killed run's are swept by the next.
    """
    owner = _made(path.parent)
    _sweep_folders(path.parent, _beside(path))
    written = Path(tempfile.mkdtemp(prefix=_beside(path), dir=path.parent))
    descriptor = os.open(written, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # who sweeps sees that we live
        yield written
        before = _stat(path)
        if os.geteuid() == 0:
            os.chown(written, owner.st_uid, owner.st_gid)
        written.chmod(stat.S_IMODE(before.st_mode) if before else 0o777 & ~_umask())
        os.sync()
        _named(written, path)
        sync_folder(path.parent)
    finally:
        shutil.rmtree(written, ignore_errors=True)
        os.close(descriptor)


def _named(written: Path, path: Path) -> None:
    """Rename a folder: the system refuses where anything but an empty folder lies."""
    try:
        written.replace(path)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise InputError(f"{path}: came there meanwhile, and stays as it is; name another folder") from error
        raise


def _beside(path: Path) -> str:
    return f".{path.name[:100]}.vk-"


@contextmanager
def passing_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder, only for us, that goes with the block; a killed run's goes with the next of this `prefix`."""
    _sweep_folders(parent, prefix)
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    descriptor = os.open(made, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # who sweeps sees that we live
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(descriptor)


def _sweep_folders(parent: Path, prefix: str) -> None:
    """Remove folders of killed runs: ours, and held by nobody. Links are not followed."""
    for leftover in parent.glob(f"{glob.escape(prefix)}*"):
        with suppress(OSError):
            descriptor = os.open(leftover, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                status = os.fstat(descriptor)
                if status.st_uid == os.geteuid() and status.st_mtime < time.time() - _YOUNG:
                    shutil.rmtree(leftover)
            finally:
                os.close(descriptor)


def _settle(handle: int, name: Path, path: Path, *, durable: bool, mode: int | None = None) -> None:
    """Give a finished file the mode (and, as root, the owner) of the one that it replaces, and rename it."""
    before = _stat(path)
    alike = stat.S_IMODE(before.st_mode) if before else 0o666 & ~_umask()
    os.fchmod(handle, alike if mode is None else mode)
    if os.geteuid() == 0:
        owner = before or path.parent.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)
    if durable:
        os.fsync(handle)
    name.replace(path)
    if durable:
        sync_folder(path.parent)


def _stat(path: Path) -> os.stat_result | None:
    """What is at `path`, links followed; None where there is nothing, or a link that leads nowhere."""
    try:
        return path.stat()
    except OSError as error:
        if error.errno in _NOTHING_THERE:
            return None
        raise


def _made(folder: Path) -> os.stat_result:
    """`folder`, made with all that is above it if need be; as root for the owner of where it is made."""
    there = _stat(folder)
    if there and stat.S_ISDIR(there.st_mode):
        return there
    owner = _made(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir()
        if os.geteuid() == 0:
            os.chown(folder, owner.st_uid, owner.st_gid)
    return folder.stat()


def write(
    path: Path, data: bytes, *, staging: Path | None = None, durable: bool = True, mode: int | None = None
) -> None:
    """Replace the content of `path` in one step: see `replacing`."""
    with replacing(path, staging=staging, durable=durable, mode=mode) as file:
        file.write(data)


def create(path: Path, data: bytes) -> None:
    """A new file that only its owner may read (mode 0600), durable, whole or not there; `InputError` where one is."""
    with scratch(path.parent) as (name, handle):
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        try:
            path.hardlink_to(name)
        except FileExistsError:
            raise InputError(f"{path}: is there already, and stays as it is") from None
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    """SHA-256 of a file as 64 hex digits, read in blocks."""
    with path.open("rb") as file:
        return digest(file)


def digest(file: BinaryIO) -> str:
    """SHA-256 of all that an open file holds."""
    found = hashlib.sha256()
    file.seek(0)
    while block := file.read(CHUNK):
        found.update(block)
    return found.hexdigest()


def sweep(folder: Path) -> None:
    """Remove the temporary files that a killed run left in a staging folder."""
    if folder.is_dir():
        for leftover in folder.glob(".vk-*"):
            leftover.unlink(missing_ok=True)


def walk(folder: Path) -> Iterator[Path]:
    """Everything below `folder` that is no folder, sorted, without what is hidden; links to folders are not entered.

    A folder that can't be listed is given itself.
    """
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        if path is not folder and (path.is_symlink() or not path.is_dir()):
            yield path
            continue
        try:
            waiting += sorted((inner for inner in path.iterdir() if not inner.name.startswith(".")), reverse=True)
        except OSError:
            yield path


def read_bounded(path: Path, limit: int) -> bytes:
    """The whole content of a regular file of at most `limit` bytes; `StoreError` where the system refuses it."""
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: not a regular file")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except PermissionError as error:
        raise StoreError(f"{path}: {system(error)}") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    if len(data) > limit:
        raise InputError(f"{path}: larger than {limit} bytes; this can't be the right file")
    return data


@contextmanager
def exclusive(path: Path, what: str) -> Iterator[None]:
    """Hold an advisory lock (flock) on `path` while the block runs; the system frees it when we die.

    Raises `LockedError` at once when another process holds it.
    """
    _made(path.parent)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LockedError(f"{what} is in use by another voicekit run; wait for it to end") from error
        yield


def _umask() -> int:
    """It can be read only by being set, for all threads."""
    with _UMASK:
        mask = os.umask(0o022)
        os.umask(mask)
    return mask


_UMASK = Lock()
