"""Proof of what was written: decoded again, it is as long and as strong as what it was written from."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from voicekit.audio.steps import decibels
from voicekit.clip import Samples
from voicekit.errors import InputError, VerificationError
from voicekit.formats import Format

# Codecs change the power: GSM by up to 2.3 dB on a short word (docs/performance.md). What is spoiled (another packing,
# a lost header, noise) is off by far more.
_TOLERANCE = 4.0  # dB
_SILENT = -60.0  # dBov: under it a codec's own noise counts
_ROUNDING = 32  # samples beyond the last whole frame: what the WAV reader cuts


@dataclass(frozen=True, slots=True)
class Extent:
    """How much sound there is: samples, and the sum of their squares."""

    samples: int
    energy: float


def extent(blocks: Iterable[Samples]) -> Extent:
    """Go through the blocks of a sound."""
    samples, energy = 0, 0.0
    for block in blocks:
        samples += len(block)
        energy += float(np.dot(block, block))
    return Extent(samples, energy)


def prove(written: BinaryIO, row: Format, wanted: Extent, name: Path) -> None:
    """Decode a file that was just written from a sound of that extent, and compare; errors call it `name`.

    Raises `VerificationError` when it can't be decoded, is shorter or longer than its frames explain, or is not about
    as strong.
    """
    if not wanted.samples:
        raise VerificationError(f"{name}: too short, no sample is left of it at {row.rate} Hz")
    try:
        written.seek(0)
        found = extent(row.read(written))
    except InputError as error:
        raise VerificationError(f"{name}: can't be decoded again ({error})") from error
    if not wanted.samples <= found.samples <= wanted.samples + row.frame_samples + _ROUNDING:
        raise VerificationError(f"{name}: decoded again it has {found.samples} samples, not {wanted.samples}")
    if wanted.samples < row.frame_samples:
        return  # shorter than a frame (20 ms) it is mostly the codec's own sound
    # Over the same number of samples, whatever silence was added.
    power, heard = (decibels(sound.energy / wanted.samples) for sound in (wanted, found))
    if max(power, heard) > _SILENT and abs(power - heard) > _TOLERANCE:
        raise VerificationError(f"{name}: decoded again its power is {heard:.1f} dBov, not {power:.1f}")
