"""Sound in memory, and sound that can be read in blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

BLOCK = 1 << 16  # samples a block at the most: 256 KiB of float32


@runtime_checkable
class Source(Protocol):
    """Mono sound that can be opened again and again and read in blocks.

    `rate` is in Hz; `blocks()` starts anew on every call and yields one-dimensional float32 arrays in
    [-1, 1] (steps may exceed that range on the way) of 1 to BLOCK samples. What the blocks' borders are
    carries no meaning: chunked equals one-shot, for every step.
    """

    @property
    def rate(self) -> int: ...

    def blocks(self) -> Iterator[Samples]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Mono samples, float32 in [-1, 1], one-dimensional and read-only, and their rate in Hz."""

    samples: Samples
    rate: int

    def __post_init__(self) -> None:
        samples = np.ascontiguousarray(self.samples, dtype=np.float32)
        if samples.ndim != 1:
            raise ValueError(f"a Clip is mono: one dimension, not {samples.ndim}")
        if samples is self.samples:
            samples = samples.view()
        samples.flags.writeable = False
        object.__setattr__(self, "samples", samples)

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def blocks(self) -> Iterator[Samples]:
        for start in range(0, len(self.samples), BLOCK):
            yield self.samples[start : start + BLOCK]


def gather(source: Source) -> Clip:
    """The whole of a Source in memory."""
    if isinstance(source, Clip):
        return source
    return Clip(np.concatenate([np.zeros(0, np.float32), *source.blocks()]), source.rate)
