"""Recursive filters without scipy, whose import costs 0.7-1.1 s and 110 MB: FFmpeg has one, numpy does the other."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.filter
import numpy as np
from numpy.typing import NDArray

from voicekit.audio.steps import regrouped
from voicekit.clip import Samples, Source

_DECAY = 1e100  # how far a pole may decay within a row: its inverse stays well within float64
_LONGEST = 1024  # samples in a row

_QUALITIES = tuple(1 / (2 * math.cos(math.pi * k / 8)) for k in (1, 3))  # Q of the pole pairs, Butterworth, 4th order


class OnePole:
    """y[n] = pole y[n-1] + gain x[n], exactly, over as many arrays as come; 0 < |pole| < 1.

    With z[n] = y[n] / pole**n the recursion is a running sum, which numpy does fast. pole**-n grows without
    bound, so the sum starts anew every row, and what the rows hand on is added to each.
    """

    def __init__(self, pole: complex, gain: complex = 1.0, state: complex = 0.0) -> None:
        row = int(math.log(_DECAY) / -math.log(abs(pole)))
        powers = np.asarray(pole) ** np.arange(1, min(max(row, 1), _LONGEST) + 1)
        self._decay = powers
        self._growth = gain / powers
        self._state = state

    def __call__(self, x: NDArray[Any]) -> NDArray[Any]:
        """The next outputs, as float64, or complex128 when pole or gain are complex; same length as `x`."""
        rows = -(-len(x) // len(self._decay))
        y = np.zeros((rows, len(self._decay)), self._growth.dtype)
        y.ravel()[: len(x)] = x
        y *= self._growth
        np.cumsum(y, axis=1, out=y)
        y += self._carried(y[:, -1])[:, None]
        y *= self._decay
        out = y.ravel()[: len(x)]
        self._state = out[-1]
        return out

    def _carried(self, sums: NDArray[Any]) -> NDArray[Any]:
        """The output just before each row, given the sum of each row."""
        carried, last = np.empty_like(sums), self._decay[-1]
        state = self._state
        for row, total in enumerate(sums):
            carried[row] = state
            state = (state + total) * last
        return carried


@dataclass(frozen=True, slots=True)
class HighPassed:
    """`source` through a Butterworth high-pass of the 4th order, -3 dB at `hz`: without DC and rumble.

    It starts as if the first sample had lasted for ever, so that an offset makes no thump.
    """

    source: Source
    hz: float

    @property
    def rate(self) -> int:
        return self.source.rate

    def blocks(self) -> Iterator[Samples]:
        graph = _graph(self.rate, self.hz)
        at, first = 0, np.float64(0)
        for block in regrouped(self.source.blocks()):  # a frame costs the same, however short
            first = first if at else np.float64(block[0])
            frame = av.AudioFrame.from_ndarray((block - first)[None, :], format="dblp", layout="mono")
            frame.sample_rate, frame.pts = self.rate, at
            at += len(block)
            graph.push(frame)
            yield from _pulled(graph)


def _graph(rate: int, hz: float) -> av.filter.Graph:
    """FFmpeg's two biquads whose product is the Butterworth filter (bilinear transform, in double precision)."""
    graph = av.filter.Graph()
    graph.threads = 1  # it would start one a processor, which takes longer than to filter a word
    source = graph.add_abuffer(sample_rate=rate, format="dblp", layout="mono", time_base=Fraction(1, rate))
    biquads = [graph.add("highpass", f"f={hz}:t=q:w={q:.9f}:precision=f64") for q in _QUALITIES]
    graph.link_nodes(source, *biquads, graph.add("abuffersink")).configure()
    return graph


def _pulled(graph: av.filter.Graph) -> Iterator[Samples]:
    while True:
        try:
            frame = graph.pull()
        except av.BlockingIOError:  # it has given all that it was given
            return
        yield frame.to_ndarray()[0].astype(np.float32)
