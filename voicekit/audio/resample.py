"""Other rates, by soxr.

Linear interpolation, as in pydub, gives back a 6 kHz tone taken from 24 to 8 kHz as 2 kHz at full level.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soxr

from voicekit.clip import BLOCK, Samples, Source

_QUALITY = "HQ"  # 20 bits: images and aliases under -120 dB, below any telephone codec's noise; VHQ takes 20 % more


@dataclass(frozen=True, slots=True)
class Resampled:
    """`source` at `rate` Hz, without delay; n samples become n x rate / source.rate, a half rounded up."""

    source: Source
    rate: int

    def blocks(self) -> Iterator[Samples]:
        return self.source.blocks() if self.rate == self.source.rate else self._resampled()

    def _resampled(self) -> Iterator[Samples]:
        stream = soxr.ResampleStream(self.source.rate, self.rate, 1, dtype="float32", quality=_QUALITY)
        empty = np.zeros(0, np.float32)
        for block in self.source.blocks():
            yield from _bounded(stream.resample_chunk(block))
        yield from _bounded(stream.resample_chunk(empty, last=True))


def _bounded(samples: Samples) -> Iterator[Samples]:
    for start in range(0, len(samples), BLOCK):
        yield samples[start : start + BLOCK]
