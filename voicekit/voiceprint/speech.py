"""What of a sound a speaker encoder listens to: speech, as a caller hears it.

Every sound is first brought to 8 kHz and to one level, and its pauses are cut: the level moves GE2E's error rate by a
third, as its mel spectrum is linear (docs/voice-gate.md).
"""

import numpy as np
from numpy.typing import NDArray

from voicekit.audio.level import NARROW
from voicekit.audio.resample import Resampled
from voicekit.clip import Clip, Samples, Source, gather

RATE = 16000  # Hz, which encoders are trained at

_LEVEL = 10 ** (-30 / 20)  # RMS
_LONGEST = 120  # s of a sound that are listened to: who speaks is known long before
_PAUSE_FRAME = 240  # samples: 30 ms at 8 kHz
_PAUSE_DEPTH = 25.0  # dB under the loud parts: what is quieter is a pause
_PAUSE_KEPT = 1  # frames of a pause that stay on each side of the speech
_SILENCE = 1e-3  # RMS, -60 dBFS
_TONE_SHARE = 0.8  # of the energy in three bins of 15.6 Hz: no voice stands on one note


def speech(sound: Source) -> Samples:
    """What is spoken in `sound`, pauses cut, at 16 kHz and one level; nothing where that is silence or a tone."""
    narrow = _head(Resampled(sound, NARROW))
    spoken = narrow[_loud(narrow)]
    level = float(np.sqrt(np.mean(np.square(spoken), dtype=np.float64))) if len(spoken) else 0.0
    if level < _SILENCE or _tonal(spoken):
        return np.zeros(0, np.float32)
    return gather(Resampled(Clip(spoken * np.float32(_LEVEL / level), NARROW), RATE)).samples


def _head(source: Source) -> Samples:
    kept, missing = [np.zeros(0, np.float32)], _LONGEST * source.rate
    for block in source.blocks():
        kept.append(block[:missing])
        missing -= len(kept[-1])
        if not missing:
            break
    return np.concatenate(kept)


def _loud(samples: Samples) -> NDArray[np.bool_]:
    """Which samples lie in speech, or within 30 ms of it."""
    if not len(samples):
        return np.zeros(0, bool)
    count = -(-len(samples) // _PAUSE_FRAME)
    frames = np.pad(samples, (0, count * _PAUSE_FRAME - len(samples))).reshape(count, _PAUSE_FRAME)
    power = 10 * np.log10(np.maximum(np.mean(np.square(frames), axis=1), 1e-12))
    loud = power > np.percentile(power, 95) - _PAUSE_DEPTH
    around = np.convolve(loud, np.ones(2 * _PAUSE_KEPT + 1), "same")[:count] > 0
    return np.repeat(around, _PAUSE_FRAME)[: len(samples)]


def _tonal(samples: Samples) -> bool:
    """Whether nearly all of it is one steady note."""
    size = 512
    count = len(samples) // size
    if not count:
        return False
    power = np.square(np.abs(np.fft.rfft(samples[: count * size].reshape(count, size) * np.hanning(size)))).sum(axis=0)
    return bool(np.convolve(power, np.ones(3)).max() > _TONE_SHARE * power.sum())
