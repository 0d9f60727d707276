"""Active speech level: ITU-T P.56 (12/2011) clause 8, method B."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicekit.audio.filters import OnePole
from voicekit.audio.resample import Resampled
from voicekit.audio.steps import Padded, decibels, regrouped
from voicekit.clip import Source

SILENT = -60.0  # dBov: what is quieter holds no speech
NARROW = 8000  # Hz: the rate at which callers hear, and at which levels are compared

# ITU-T P.56 clause 8.3
_TIME_CONSTANT = 0.03  # s, of each of the two smoothings of the envelope
_HANGOVER = 0.2  # s that count as active after the envelope fell under a threshold
_MARGIN = 15.9  # dB between the active level and the threshold that defines it
_THRESHOLDS = 15  # 2**-15 to 2**-1 of full scale, a factor of two apart

_TAIL = 0.2  # s: with none, what P.56 says of a short word moves by up to 3 dB


@dataclass(frozen=True, slots=True)
class Level:
    """What P.56 measures. 0 dBov is the RMS of full scale: a full-scale sine is -3.01 dBov. -inf: silence."""

    active: float  # dBov, RMS over the time in which there is speech
    activity: float  # 0 to 1, the share of that time
    rms: float  # dBov, over the whole time
    peak: float  # dBov, the largest magnitude


def speech_level(source: Source) -> Level:
    """The active speech level of `source` at its own rate."""
    envelope = _Envelope(source.rate)
    activity = _Activity(round(_HANGOVER * source.rate))
    energy, peak = 0.0, 0.0
    for block in regrouped(source.blocks()):
        magnitude = np.abs(block).astype(np.float64)
        energy += float(np.sum(np.square(magnitude)))
        peak = max(peak, float(magnitude.max()))
        activity.add(envelope(magnitude))
    rms = decibels(energy / max(activity.samples, 1))
    active = _active_level(energy, activity.counts())
    share = 10 ** ((rms - active) / 10) if math.isfinite(active) else 0.0
    return Level(active, min(share, 1.0), rms, decibels(peak**2))


def prompt_level(source: Source) -> Level:
    """The active speech level of a prompt as callers hear it: at 8 kHz, with 0.2 s of silence after it.

    One number for all formats of a prompt. P.56 on a short word depends on what follows the word.
    """
    return speech_level(Padded(Resampled(source, NARROW), 0, round(_TAIL * NARROW)))


class _Envelope:
    """The rectified signal, smoothed twice."""

    def __init__(self, rate: int) -> None:
        pole = math.exp(-1 / (rate * _TIME_CONSTANT))
        self._first, self._second = OnePole(pole, 1 - pole), OnePole(pole, 1 - pole)

    def __call__(self, magnitude: NDArray[np.float64]) -> NDArray[np.float64]:
        out: NDArray[np.float64] = self._second(self._first(magnitude))
        return out


class _Activity:
    """For each threshold, for how many samples the envelope was not under it, hangover included.

    The envelope is smooth, and stays between the same two thresholds for long runs: only runs are looked at.
    """

    def __init__(self, hangover: int) -> None:
        self.samples = 0
        self._hangover = hangover
        # A burst's hangover is counted when the next burst begins. Before the first one lies an empty burst,
        # long over, whose hangover is paid back.
        self._counts = np.full(_THRESHOLDS, -hangover, np.int64)
        self._ends = np.full(_THRESHOLDS, -hangover, np.int64)

    def add(self, envelope: NDArray[np.float64]) -> None:
        passed = _thresholds_passed(envelope)
        starts = np.concatenate([[0], np.flatnonzero(np.diff(passed)) + 1])
        stops = np.append(starts[1:], len(passed)) + self.samples
        active = passed[starts] > np.arange(_THRESHOLDS)[:, None]  # thresholds x runs
        starts = starts + self.samples
        ends = np.maximum.accumulate(np.column_stack([self._ends, np.where(active, stops, -self._hangover)]), axis=1)
        gained = stops - starts + np.minimum(starts - ends[:, :-1], self._hangover)
        self._counts += np.where(active, gained, 0).sum(axis=1)
        self._ends = ends[:, -1]
        self.samples += len(envelope)

    def counts(self) -> NDArray[np.int64]:
        counts: NDArray[np.int64] = self._counts + np.minimum(self.samples - self._ends, self._hangover)
        return counts


def _thresholds_passed(envelope: NDArray[np.float64]) -> NDArray[np.int32]:
    """How many of the thresholds each value reaches: its binary exponent says it."""
    _, exponent = np.frexp(envelope)
    return np.where(envelope > 0, np.clip(exponent + _THRESHOLDS, 0, _THRESHOLDS), 0)


def _active_level(energy: float, counts: NDArray[np.int64]) -> float:
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


def _levels(energy: float, counts: NDArray[np.int64]) -> Iterator[tuple[float, float]]:
    """For each threshold reached: the level (dBov) over its active time, and how far above it that lies."""
    for index, count in enumerate(counts.tolist()):
        if count > 0:
            level = decibels(energy / count)
            yield level, level - 20 * math.log10(2.0 ** (index - _THRESHOLDS))
