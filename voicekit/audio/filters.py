"""Recursive filters in numpy alone: importing scipy.signal costs 0.7-1.1 s and 110 MB."""

import cmath
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicekit.audio.steps import regrouped
from voicekit.clip import Samples, Source

_DECAY = 1e100  # how far a pole may decay within a row: its inverse stays well within float64
_LONGEST = 1024  # samples in a row


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
        direct, sections = _butterworth(self.hz / self.rate)
        filters: list[OnePole] = []
        for block in regrouped(self.source.blocks()):
            if not filters:
                first = float(block[0])
                filters = [OnePole(p, r, first * r / (1 - p)) for p, r in sections]
            out = direct * block.astype(np.float64)
            for one_pole in filters:
                out += 2 * one_pole(block).real  # the conjugate pole gives the conjugate
            yield out.astype(np.float32)


def _butterworth(frequency: float) -> tuple[float, list[tuple[complex, complex]]]:
    """H(z) = direct + sum of residue / (1 - pole/z) + its conjugate, for a cut-off in cycles a sample.

    The bilinear transform of the analogue prototype: four zeros at z = 1, gain 1 at half the rate. The sum
    (parallel form) needs no root to be near another, and keeps each section's signal in scale.
    """
    warped = math.tan(math.pi * frequency)
    prototype = [warped * cmath.exp(1j * math.pi * (2 * k + 5) / 8) for k in range(4)]
    poles = [(1 + s) / (1 - s) for s in prototype]
    gain = math.prod((1 + p).real ** 2 + p.imag**2 for p in poles[:2]) / 16
    direct = gain / math.prod(abs(p) ** 2 for p in poles[:2])
    sections = [(p, gain * (1 - 1 / p) ** 4 / _others(p, poles)) for p in poles[:2]]
    return direct, sections


def _others(pole: complex, poles: list[complex]) -> complex:
    product = 1 + 0j
    for other in poles:
        product *= 1 if other is pole else 1 - other / pole
    return product
