"""What a voice sounds like, in numbers that do not need to know who is speaking."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicekit.audio.finish import finishing
from voicekit.audio.level import NARROW
from voicekit.audio.recipe import Finish
from voicekit.clip import Source, gather

_SPEECH = Finish(level=-26.0, lead=0.0, tail=0.0, fade=0.0)

_PITCH_RANGE = (60.0, 400.0)  # Hz
_PITCH_FRAME = 512  # samples at 8 kHz: 64 ms, four periods of the lowest pitch
_PITCH_HOP = 160
_VOICED = 0.5  # of the autocorrelation at 0: what repeats itself less is a consonant or noise
_LOUD = 0.1  # of the loudest frame's energy, below which pitch is not looked for

BANDS = tuple(1000 * 2 ** (third / 3) for third in range(-9, 6))  # Hz: thirds of an octave, 125 to 3175
_SPECTRUM_FRAME = 512


@dataclass(frozen=True, slots=True)
class Traits:
    """One utterance, from its first sound to its last.

    `level` is the active speech level of the source as it came (ITU-T P.56, dBov), `pitch` the median fundamental
    frequency in Hz (0 where nothing is voiced), `spectrum` the long-term average in dB a third-octave band (BANDS),
    relative to all of it.
    """

    seconds: float
    level: float
    pitch: float
    spectrum: tuple[float, ...]


def traits(source: Source) -> Traits | None:
    """What `source` sounds like; None where there is no speech in it."""
    speech = finishing(source, _SPEECH)
    if speech.measured.silent:
        return None
    samples = gather(speech.at(NARROW)).samples.astype(np.float64)
    return Traits(len(samples) / NARROW, speech.measured.level_before, _pitch(samples), _spectrum(samples))


def _frames(samples: NDArray[np.float64], size: int, hop: int) -> NDArray[np.float64]:
    """Overlapping frames, one a row; a short sound is padded to one frame."""
    padded = np.pad(samples, (0, max(size - len(samples), 0)))
    return np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]


def _pitch(samples: NDArray[np.float64]) -> float:
    """Median over the voiced frames of the lag at which the autocorrelation is highest."""
    frames = _frames(samples, _PITCH_FRAME, _PITCH_HOP)
    energy = np.square(frames).sum(axis=1)
    frames = frames[energy > _LOUD * energy.max()]
    spectrum = np.fft.rfft((frames - frames.mean(axis=1, keepdims=True)) * np.hanning(_PITCH_FRAME), 2 * _PITCH_FRAME)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:, :_PITCH_FRAME]
    window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(_PITCH_FRAME), 2 * _PITCH_FRAME)) ** 2)[:_PITCH_FRAME]
    correlation = correlation / np.maximum(correlation[:, :1], 1e-12) / (window / window[0] + 1e-3)
    lowest, highest = (round(NARROW / frequency) for frequency in reversed(_PITCH_RANGE))
    lags = correlation[:, lowest:highest]
    voiced = lags.max(axis=1) > _VOICED
    if not voiced.any():
        return 0.0
    return float(np.median(NARROW / (lags[voiced].argmax(axis=1) + lowest)))


def _spectrum(samples: NDArray[np.float64]) -> tuple[float, ...]:
    frames = _frames(samples, _SPECTRUM_FRAME, _SPECTRUM_FRAME // 2) * np.hanning(_SPECTRUM_FRAME)
    power = np.mean(np.abs(np.fft.rfft(frames)) ** 2, axis=0)
    frequencies = np.fft.rfftfreq(_SPECTRUM_FRAME, 1 / NARROW)
    total = power.sum()
    edge = 2 ** (1 / 6)
    inside = [power[(frequencies >= band / edge) & (frequencies < band * edge)].sum() for band in BANDS]
    return tuple(round(float(10 * np.log10(max(share / total, 1e-9))), 2) for share in inside)
