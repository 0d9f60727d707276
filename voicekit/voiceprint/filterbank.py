"""Kaldi's filter bank, which most speaker models are trained on: 80 logarithmic mel energies each 10 ms.

As wespeaker and 3D-Speaker compute it: 16 kHz, frames of 25 ms that lie within the sound, Hamming window, no dither,
and from each band its mean over the sound is taken away.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from voicekit.clip import Samples
from voicekit.voiceprint.speech import RATE

BANDS = 80

_FRAME, _HOP, _BINS = 400, 160, 512  # samples
_LOWEST = 20.0  # Hz
_EMPHASIS = 0.97
_FULL_SCALE = 1 << 15  # Kaldi's samples are 16 bit integers
_FLOOR = np.finfo(np.float32).eps


def log_mels(samples: Samples) -> NDArray[np.float32]:
    """(frames, 80) of a sound at 16 kHz; none for less than 25 ms."""
    if len(samples) < _FRAME:
        return np.zeros((0, BANDS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples * np.float64(_FULL_SCALE), _FRAME)[::_HOP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    window = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(_FRAME) / (_FRAME - 1))
    power = np.square(np.abs(np.fft.rfft((frames - _EMPHASIS * before) * window, _BINS, axis=1)))
    return np.asarray(np.log(np.maximum(power @ _filters().T, _FLOOR)), np.float32)


def features(samples: Samples) -> NDArray[np.float32]:
    """What a model gets: the mean of each band taken away, and with it what line and microphone do to all frames."""
    mels = log_mels(samples)
    return mels - mels.mean(axis=0) if len(mels) else mels


@cache
def _filters() -> NDArray[np.float64]:
    """Triangles (80, 257) on the mel scale 1127 ln(1 + f / 700), from 20 Hz up; the topmost bin has no part."""
    bins = _mel(np.arange(_BINS // 2 + 1) * RATE / _BINS)
    edges = np.linspace(_mel(np.array(_LOWEST)), _mel(np.array(RATE / 2)), BANDS + 2)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    filters: NDArray[np.float64] = np.maximum(0, np.minimum(rising, falling))
    filters[:, -1] = 0
    return filters


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    mel: NDArray[np.float64] = 1127 * np.log1p(hertz / 700)
    return mel
