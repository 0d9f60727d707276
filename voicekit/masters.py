"""Masters: `masters/<sha256>.flac`. Kept once, never changed, proved each time they are opened."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voicekit import fs
from voicekit.errors import InputError, VerificationError

if TYPE_CHECKING:
    from voicekit.clip import Source


@dataclass(frozen=True, slots=True)
class Masters:
    """The Masters of one workspace; `staging` lies on the same filesystem as `folder`."""

    folder: Path
    staging: Path

    def path(self, sha256: str) -> Path:
        return self.folder / f"{sha256}.flac"

    def names(self) -> set[str]:
        """The hashes of all Masters here."""
        return {path.stem for path in self.folder.glob("*.flac")} if self.folder.is_dir() else set()

    def keep(self, sound: "Source") -> str:
        """Keep a sound losslessly; returns the SHA-256 of the FLAC file, which is its name.

        The file has been decoded again and synced to disk before the name is returned: whoever writes that name down
        may rely on it. Raises `VerificationError` when the disk did not take it.
        """
        import soundfile

        with fs.scratch(self.folder, self.staging) as (written, handle):
            os.close(handle)
            try:
                _write(sound, written)
            except soundfile.LibsndfileError as error:  # which does not say why
                raise VerificationError(f"{self.folder}: a Master can't be written; is the disk full?") from error
            sha256 = fs.sha256(written)
            if not self._has(sha256):
                fs.keep(written, self.path(sha256))
        return sha256

    def _has(self, sha256: str) -> bool:
        path = self.path(sha256)
        return path.exists() and fs.sha256(path) == sha256

    def restore(self, sha256: str, data: bytes) -> bool:
        """Put a Master back from a copy; False, and nothing written, when the copy is of something else."""
        if hashlib.sha256(data).hexdigest() != sha256:
            return False
        fs.write(self.path(sha256), data, staging=self.staging)
        return True

    def open(self, sha256: str) -> "Source":
        """The sound of a Master, proved to be the one that was kept.

        Raises `InputError` when it is not there, `VerificationError` when its bytes are not those that its name says.
        """
        from voicekit.audio.read import open_sound

        path = self.path(sha256)
        if not path.exists():
            raise InputError(f"{path}: this Master is missing; restore it from git or a backup")
        if fs.sha256(path) != sha256:
            raise VerificationError(f"{path}: damaged (its SHA-256 is not its name); restore it from git or a backup")
        return open_sound(path)


def _write(sound: "Source", path: Path) -> None:
    """FLAC of 16 bits where that holds the samples exactly, else of 24; block by block.

    Samples beyond full scale (lossy decoders overshoot) are scaled by a power of two, which no later step hears:
    the finish sets the level.
    """
    import numpy as np
    import soundfile

    from voicekit.clip import BLOCK

    peak, exact = _survey(sound)
    scale = 2.0 ** -np.ceil(np.log2(peak)) if peak > 1.0 else 1.0
    bits = 16 if exact and scale == 1.0 else 24
    full = 2 ** (bits - 1)
    samples = 0
    with soundfile.SoundFile(path, "w", sound.rate, 1, format="FLAC", subtype=f"PCM_{bits}") as file:
        for block in sound.blocks():
            integers = np.clip(np.rint(block.astype(np.float64) * (scale * full)), -full, full - 1)
            # libsndfile takes int32 as left-aligned: the low bits are cut, exactly those that are zero here.
            file.write((integers.astype(np.int64) << (32 - bits)).astype(np.int32))
            samples += len(block)
    with soundfile.SoundFile(path) as file:
        if sum(map(len, file.blocks(BLOCK, dtype="int32"))) != samples:
            raise VerificationError(f"{path.parent}: a Master of {samples} samples was not written whole; is it full?")


def _survey(sound: "Source") -> tuple[float, bool]:
    """The largest magnitude, and whether 16 bits hold every sample exactly."""
    import numpy as np

    peak, exact = 0.0, True
    for block in sound.blocks():
        scaled = block.astype(np.float64) * 32768
        peak = max(peak, float(np.abs(block).max()))
        exact = exact and bool(np.all(scaled == np.rint(scaled)))
    return peak, exact
