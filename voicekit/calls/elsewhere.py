"""A place to work that is not on the disk of a spool: in memory, on most systems."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from voicekit import fs
from voicekit.errors import InputError

_PREFIX = "voicekit-away-"
_LEAST = 64 << 20  # bytes that have to be free there
_BEYOND = ("/run", "/dev/shm")  # noqa: S108  a folder of our own is made there


@contextmanager
def folder(root: Path, spools: Iterable[Path], needed: int = 0) -> Iterator[Path | None]:
    """With room for `needed` bytes and some more; None where no spool is on the disk of `root`.

    What is written for a moment is not written to the disk of a spool either, meanwhile. Raises `InputError` where
    there is no other disk.
    """
    full = list(spools)
    away = any(_one_disk(one, root) for one in full)
    before = tempfile.tempdir
    if not away and not any(_one_disk(one, Path(tempfile.gettempdir())) for one in full):
        yield None
        return
    with fs.passing_folder(_beyond(root, needed + _LEAST) if away else root, _PREFIX) as made:
        tempfile.tempdir = str(made)  # a large recording on its way, what a script complains of
        try:
            yield made if away else None
        finally:
            tempfile.tempdir = before


def _beyond(root: Path, needed: int) -> Path:
    places = [os.environ.get("XDG_RUNTIME_DIR", ""), *_BEYOND, tempfile.gettempdir()]
    for place in filter(None, places):
        with suppress(OSError):
            if not _one_disk(Path(place), root) and os.access(place, os.W_OK) and _free(place) >= needed:
                return Path(place)
    raise InputError(
        f"there is no other disk to work on than the one to be freed; set TMPDIR to a folder with {needed >> 20} MB"
    )


def _free(place: str) -> int:
    told = os.statvfs(place)
    return told.f_bavail * told.f_frsize


def _one_disk(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return one.stat().st_dev == other.stat().st_dev
    return False
