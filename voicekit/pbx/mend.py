"""Mend a file without losing a sample of it, and keep what it was."""

import hashlib
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from voicekit import fs
from voicekit.audio.read import open_bytes, open_sound
from voicekit.audio.steps import Padded
from voicekit.clip import Source
from voicekit.errors import InputError
from voicekit.formats import Format, by_extension
from voicekit.formats.linear import floats, quantised
from voicekit.formats.pcm import TAIL
from voicekit.pbx import raw, wave_sound
from voicekit.pbx.lint import renamed
from voicekit.pbx.wave_reader import layout

STORE = ".voicekit-lint"  # hidden: Asterisk must not find a second file of one codec in it
_LARGEST = 1 << 28  # bytes of a headerless file with a WAV in it: read at once, for its content is not its name's
_QUIET = 60.0  # s without a write, after which a file is no recording under way (docs/formats.md: 20 s a write at most)


@dataclass(frozen=True, slots=True)
class Mended:
    """Where the mended file lies, and where the one that it was is kept (None: only its name was wrong)."""

    path: Path
    kept: Path | None


def mend(root: Path, path: Path, *, now: float) -> Mended:
    """Put right what --fix can in `path`, below `root`; `now` is the time in seconds since 1970.

    The new file takes the old one's place by rename, after both have been decoded and compared and the old one has
    been copied to `root`/STORE. Raises InputError when that can't be proved, OSError for the disk.
    """
    if target := renamed(path):
        target.hardlink_to(path)  # unlike a rename, never over a file that has come into being meanwhile
        path.unlink()
        return Mended(target, None)
    real = path.resolve()
    if not real.is_relative_to(root.resolve()):
        raise InputError(f"leads to {real}, outside of {root}; mend it there")
    return Mended(path, _replace(root / STORE, real, real.relative_to(root.resolve()), now))


def _replace(store: Path, path: Path, name: Path, now: float) -> Path:
    row = by_extension(path.suffix[1:])
    assert row is not None
    before = path.stat()
    if now - before.st_mtime < _QUIET:  # recordings grow in blocks that cut frames, and their headers come last
        raise InputError("may be a recording under way (written to within the last minute); run again later")
    new = store / f".vk-{os.getpid()}{path.suffix}"
    try:
        with new.open("wb") as file:
            _write(row, path, file)
        _prove(row, path, new)
        kept = _keep(path, store, name)
        if _signature(path.stat()) != _signature(before):
            raise InputError("was written to meanwhile; run again when nobody does")
        _copy(new, path, store, like=before)
    finally:
        new.unlink(missing_ok=True)
    return kept


def _write(row: Format, path: Path, new: BinaryIO) -> None:
    with path.open("rb") as file:
        if not row.headerless:
            found = layout(file)
            assert found is not None
            row.write((floats(block) for block in wave_sound.samples(file, found)), new)
        elif part := raw.payload(row, file):
            start, stop = part
            file.seek(start)
            left = stop - start
            while data := file.read(min(left, fs.CHUNK)):
                new.write(data)
                left -= len(data)


def _prove(row: Format, old: Path, new: Path) -> None:
    """Another decoder than the one that mended says that both sound the same, sample by sample."""
    if not row.headerless:
        same = _digest(Padded(open_sound(old), 0, TAIL)) == _digest(open_sound(new))
    elif not row.readable:  # no decoder: what was written is a part of the old file
        same = new.read_bytes() in fs.read_bounded(old, _LARGEST)
    elif _is_riff(old):
        same = _digest(open_bytes(fs.read_bounded(old, _LARGEST), str(old))) == _digest(open_sound(new))
    else:
        same = _digest(open_sound(old)) == _digest(open_sound(new))
    if not same:
        raise InputError("would not sound the same when mended, and is left as it is; convert it")


def _is_riff(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"RIFF"


def _digest(source: Source) -> tuple[int, bytes]:
    """The rate, and SHA-256 of all samples as 16 bits."""
    digest = hashlib.sha256()
    for block in quantised(source.blocks()):
        digest.update(block.tobytes())
    return source.rate, digest.digest()


def _keep(path: Path, store: Path, name: Path) -> Path:
    """Copy the file into the store, under its own name or, where another one has that, with a number behind it."""
    number, kept = 1, store / name
    while kept.exists() and fs.sha256(kept) != fs.sha256(path):
        number += 1
        kept = store / name.with_name(f"{name.name}.{number}")
    if not kept.exists():
        _copy(path, kept, store, like=path.stat())
    if fs.sha256(kept) != fs.sha256(path):
        raise InputError(f"{kept}: not what was copied there; look after this disk")
    return kept


def _copy(source: Path, target: Path, staging: Path, *, like: os.stat_result) -> None:
    """Copy a file into place by rename, with the owner and the permissions that Asterisk needs to read it."""
    with source.open("rb") as old, fs.replacing(target, staging=staging) as file:
        shutil.copyfileobj(old, file)
    if os.geteuid() == 0:
        os.chown(target, like.st_uid, like.st_gid)
    target.chmod(stat.S_IMODE(like.st_mode))


def _signature(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns
