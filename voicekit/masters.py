"""Masters: `masters/<sha256>.flac`. Kept once, never changed, proved each time they are opened."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voicekit import fs
from voicekit.errors import InputError, VerificationError

if TYPE_CHECKING:
    from voicekit.clip import Clip, Source

MAXIMUM = 1 << 30  # bytes of FLAC; an hour of speech is a tenth of it


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

    def keep(self, clip: "Clip") -> str:
        """Keep a Clip losslessly; returns the SHA-256 of the FLAC file, which is its name.

        The file is synced to disk before the name is returned: whoever writes that name down may rely on it.
        """
        data = _flac(clip)
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        if not (path.exists() and path.stat().st_size == len(data) and fs.sha256(path) == sha256):
            fs.write(path, data, staging=self.staging)
        return sha256

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


def _flac(clip: "Clip") -> bytes:
    """FLAC of 16 bits where that holds the samples exactly, else of 24.

    Samples beyond full scale (lossy decoders overshoot) are scaled by a power of two, which no later step hears:
    the finish sets the level.
    """
    import numpy as np
    import soundfile

    samples = clip.samples.astype(np.float64)
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak > 1.0:
        samples /= 2.0 ** np.ceil(np.log2(peak))
    scaled = samples * 32768
    exact = bool(np.all(scaled == np.rint(scaled)))
    bits = 16 if exact else 24
    integers = np.clip(np.rint(samples * 2 ** (bits - 1)), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    buffer = io.BytesIO()
    # libsndfile takes int32 as left-aligned: the low bits are cut, exactly those that are zero here.
    shifted = (integers.astype(np.int64) << (32 - bits)).astype(np.int32)
    soundfile.write(buffer, shifted, clip.rate, format="FLAC", subtype=f"PCM_{bits}")
    return buffer.getvalue()
