"""Active speech level: ITU-T P.56 (12/2011) clause 8, method B."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicekit.audio.filters import OnePole
from voicekit.audio.resample import Resampled
from voicekit.audio.steps import Padded, decibels, factor, regrouped, sliding_maximum
from voicekit.clip import Samples, Source

SILENT = -60.0  # dBov: what is quieter holds no speech
NARROW = 8000  # Hz: the rate at which callers hear, and at which levels are compared

# ITU-T P.56 clause 8.3
_TIME_CONSTANT = 0.03  # s, of each of the two smoothings of the envelope
_HANGOVER = 0.2  # s that count as active after the envelope fell under a threshold
_MARGIN = 15.9  # dB between the active level and the threshold that defines it
_THRESHOLDS = 2.0 ** np.arange(-15, 0)  # of full scale

_ENVELOPE_RATE = 1000  # Hz at the least; it moves as slowly as 5 Hz, and clause 8 is content with 694
_HOPS = 2048  # taken at once

_STEP = 1 << 15  # of the bits of a float32: 256 steps from one power of two to the next
_LOWEST, _STEPS = (127 - 24) << 8, 48 << 8  # from 2**-24 to 2**24: a float WAV may be far beyond full scale

_TAIL = 0.2  # s: with none, what P.56 says of a short word moves by up to 3 dB


@dataclass(frozen=True, slots=True)
class Level:
    """What P.56 measures. 0 dBov is the RMS of full scale: a full-scale sine is -3.01 dBov. -inf: silence."""

    active: float  # dBov, RMS over the time in which there is speech
    activity: float  # 0 to 1, the share of that time
    rms: float  # dBov, over the whole time
    peak: float  # dBov, the largest magnitude


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One pass over a sound, and with it its level at any gain: the envelope grows as the sound does.

    `active` says for each of the fine steps into which `_step` divides magnitudes at how many samples the envelope
    was there or above, hangover included.
    """

    samples: int
    energy: float
    peak: float
    active: NDArray[np.int64]

    def level(self, gain_db: float = 0.0) -> Level:
        """The level, were the sound amplified by so many dB."""
        gain = factor(gain_db)
        energy = self.energy * gain**2
        rms = decibels(energy / max(self.samples, 1))
        steps = _step((_THRESHOLDS / gain).astype(np.float32))
        active = _active_level(energy, np.interp(steps, np.arange(len(self.active)), self.active).tolist())
        share = 10 ** ((rms - active) / 10) if math.isfinite(active) else 0.0
        return Level(active, min(share, 1.0), rms, decibels((self.peak * gain) ** 2))


def speech_level(source: Source) -> Level:
    """The active speech level of `source` at its own rate."""
    return heard(source).level()


def prompt_level(source: Source) -> Level:
    """The active speech level of a prompt as callers hear it: at 8 kHz, with 0.2 s of silence after it.

    One number for all formats of a prompt. P.56 on a short word depends on what follows the word.
    """
    return prompt_heard(source).level()


def prompt_heard(source: Source) -> Heard:
    """`prompt_level`, for any gain."""
    return heard(Padded(Resampled(source, NARROW), 0, round(_TAIL * NARROW)))


def heard(source: Source) -> Heard:
    """Listen to a source once."""
    hop = max(source.rate // _ENVELOPE_RATE, 1)
    envelope, hangover = _Envelope(source.rate, hop), _Hangover(round(_HANGOVER * source.rate / hop))
    samples, energy, peak = 0, 0.0, 0.0
    counts = np.zeros(_STEPS, np.int64)
    for block in regrouped(source.blocks(), hop * _HOPS):
        magnitude = np.abs(block).astype(np.float64)
        samples += len(block)
        energy += float(np.dot(magnitude, magnitude))
        peak = max(peak, float(magnitude.max()))
        step = _step(hangover(envelope(magnitude))).astype(np.int32)
        counts += np.bincount(step, minlength=_STEPS)
    return Heard(samples, energy, peak, hop * counts[::-1].cumsum()[::-1])


class _Envelope:
    """The rectified signal, smoothed twice; of that, one value in `hop`.

    y[n] = p y[n-1] + (1-p) x[n] over a hop is a pole of p**hop, fed with a weighted sum of the hop; the second
    smoothing is fed with what its hop makes of x, and of where the first stood before it.
    """

    def __init__(self, rate: int, hop: int) -> None:
        pole = math.exp(-1 / (rate * _TIME_CONSTANT))
        left = np.arange(hop, 0, -1)
        once = (1 - pole) * pole ** (left - 1)
        self._weights = np.column_stack([once, once * (1 - pole) * left])
        self._handed_on = (1 - pole) * hop * pole**hop
        self._first, self._second, self._before = OnePole(pole**hop), OnePole(pole**hop), np.zeros(1)

    def __call__(self, magnitude: NDArray[np.float64]) -> Samples:
        hop = len(self._weights)
        hops = np.pad(magnitude, (0, -len(magnitude) % hop)).reshape(-1, hop)
        fed, fed_twice = (hops @ self._weights).T
        first = np.concatenate([self._before, self._first(fed)])
        self._before = first[-1:]
        return self._second(fed_twice + self._handed_on * first[:-1]).astype(np.float32)


class _Hangover:
    """The envelope's maximum over the last so many samples and this one: what a threshold's hangover comes to."""

    def __init__(self, samples: int) -> None:
        self._before = np.zeros(samples, np.float32)

    def __call__(self, envelope: Samples) -> Samples:
        window = np.concatenate([self._before, envelope])
        self._before = window[len(envelope) :]
        return sliding_maximum(window, len(self._before) + 1)


def _step(magnitude: NDArray[np.float32]) -> NDArray[np.float64]:
    """Where magnitudes lie on a scale that grows as their logarithm does, all but linear between powers of two.

    It is what the bits of a float are. A whole step is 0.02 to 0.03 dB.
    """
    bits = magnitude.view(np.int32)
    return np.clip(bits / _STEP - _LOWEST, 0, _STEPS - 1)


def _active_level(energy: float, counts: Sequence[float]) -> float:
    """The level (dBov) over the active time, where it is the margin above the threshold that makes it active.

    Between two thresholds both are taken as linear in dB (P.56 clause 8.2). -inf when no threshold is that
    low; the level at the highest threshold reached when none is high enough (clicks, no speech).
    """
    previous: tuple[float, float] | None = None
    level = -math.inf
    for level, above in _levels(energy, counts):
        if above <= _MARGIN:
            if previous is None:
                return -math.inf
            share = (previous[1] - _MARGIN) / (previous[1] - above)
            return previous[0] + share * (level - previous[0])
        previous = (level, above)
    return level


def _levels(energy: float, counts: Sequence[float]) -> Iterator[tuple[float, float]]:
    """For each threshold reached: the level (dBov) over its active time, and how far above it that lies."""
    for threshold, count in zip(_THRESHOLDS.tolist(), counts, strict=True):
        if count > 0:
            level = decibels(energy / count)
            yield level, level - decibels(threshold**2)
