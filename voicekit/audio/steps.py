"""Steps: Sources around Sources. Each reads and gives blocks, and gives the same whatever the blocks are."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from voicekit.clip import BLOCK, Clip, Samples, Source

F = TypeVar("F", np.float32, np.float64)

_STEADY = 1 << 14  # samples: in float64 and complex128 it still lies in the processor's cache
_LOOK_AHEAD = 0.005  # s


def length(source: Source) -> int:
    """How many samples `source` has; it is read through, unless it lies in memory."""
    return len(source.samples) if isinstance(source, Clip) else sum(map(len, source.blocks()))


def factor(db: float) -> float:
    """What `db` decibels multiply an amplitude by."""
    return float(10 ** (db / 20))


def decibels(power: float) -> float:
    """A power in dB relative to 1; -inf for nothing."""
    return 10 * math.log10(power) if power > 0 else -math.inf


def regrouped(blocks: Iterable[Samples], size: int = _STEADY) -> Iterator[Samples]:
    """The same samples in blocks of `size`; only the last may be shorter.

    Sums of floats depend on where they begin: steps that sum start from here, and so give the same bits for a
    Clip and for the file that it came from.
    """
    kept: list[Samples] = []
    missing = size
    for block in blocks:
        start = 0
        while len(block) - start >= missing:
            piece = block[start : start + missing]
            yield np.concatenate([*kept, piece]) if kept else piece
            start, kept, missing = start + missing, [], size
        if start < len(block):
            kept.append(block[start:])
            missing -= len(block) - start
    if kept:
        yield np.concatenate(kept)


@dataclass(frozen=True, slots=True)
class Gained:
    """`source` amplified by `db` decibels."""

    source: Source
    db: float

    @property
    def rate(self) -> int:
        return self.source.rate

    def blocks(self) -> Iterator[Samples]:
        by = np.float32(factor(self.db))
        return (block * by for block in self.source.blocks())


@dataclass(frozen=True, slots=True)
class Cut:
    """Samples `start` to `stop` (exclusive) of `source`, as far as it has them."""

    source: Source
    start: int
    stop: int

    @property
    def rate(self) -> int:
        return self.source.rate

    def blocks(self) -> Iterator[Samples]:
        at = 0
        for block in self.source.blocks():
            if at >= self.stop:
                return
            piece = block[max(self.start - at, 0) : self.stop - at]
            at += len(block)
            if len(piece):
                yield piece


@dataclass(frozen=True, slots=True)
class Faded:
    """`source`, which has `frames` samples, faded in and out by a raised cosine of `seconds` each.

    A shorter source is faded in over its first half, and out over its second.
    """

    source: Source
    seconds: float
    frames: int

    @property
    def rate(self) -> int:
        return self.source.rate

    def blocks(self) -> Iterator[Samples]:
        ramp = min(round(self.seconds * self.rate), self.frames // 2)
        rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(ramp) + 0.5) / max(ramp, 1))).astype(np.float32)
        at = 0
        for block in self.source.blocks():
            yield self._faded(block, at, rise)
            at += len(block)

    def _faded(self, block: Samples, at: int, rise: Samples) -> Samples:
        head = min(max(len(rise) - at, 0), len(block))
        tail = min(max(self.frames - len(rise) - at, head), len(block))
        if head == 0 and tail == len(block):
            return block
        out = block.copy()
        out[:head] *= rise[at : at + head]
        out[tail:] *= rise[self.frames - 1 - np.arange(at + tail, at + len(block))]
        return out


@dataclass(frozen=True, slots=True)
class Padded:
    """`source` with `before` and `after` samples of silence around it."""

    source: Source
    before: int
    after: int

    @property
    def rate(self) -> int:
        return self.source.rate

    def blocks(self) -> Iterator[Samples]:
        return chain(_silence(self.before), self.source.blocks(), _silence(self.after))


def _silence(samples: int) -> Iterator[Samples]:
    for start in range(0, samples, BLOCK):
        yield np.zeros(min(BLOCK, samples - start), np.float32)


@dataclass(frozen=True, slots=True)
class Limited:
    """`source` with no sample's magnitude above `ceiling_db` (dB relative to full scale).

    A look-ahead limiter: the gain that the loudest sample within 5 ms needs, averaged over 5 ms, so that it
    slides down before a peak and up after it. What is further than 5 ms from a peak passes bit by bit.
    """

    source: Source
    ceiling_db: float

    @property
    def rate(self) -> int:
        return self.source.rate

    def blocks(self) -> Iterator[Samples]:
        span = max(round(_LOOK_AHEAD * self.rate), 2)
        edge = np.zeros(span - 1, np.float32)  # a gain depends on this many samples to each side
        window = edge
        for block in chain(regrouped(self.source.blocks()), [edge]):
            window = np.concatenate([window, block])
            ready = len(window) - 2 * len(edge)
            if ready > 0:
                yield self._limited(window, span)
                window = window[ready:]

    def _limited(self, window: Samples, span: int) -> Samples:
        inner = window[span - 1 : len(window) - span + 1]
        ceiling = np.float32(factor(self.ceiling_db))
        magnitude = np.abs(window)
        if magnitude.max() <= ceiling:
            return inner
        excess = 1 - ceiling / np.maximum(magnitude, ceiling).astype(np.float64)
        gain = 1 - _sliding_mean(sliding_maximum(excess, span), span)
        return (inner * gain).astype(np.float32)


def sliding_maximum(x: NDArray[F], span: int) -> NDArray[F]:
    """The maxima of x[n : n+span]; `span - 1` shorter than `x`. The width doubles each pass."""
    width = 1
    while width < span:
        step = min(width, span - width)
        x = np.maximum(x[:-step], x[step:])
        width += step
    return x


def _sliding_mean(x: NDArray[np.float64], span: int) -> NDArray[np.float64]:
    """The means of x[n : n+span]; exactly 0 where `x` is: adding zeros leaves a running sum as it is."""
    sums = np.concatenate([[0.0], np.cumsum(x)])
    means: NDArray[np.float64] = (sums[span:] - sums[:-span]) / span
    return means
