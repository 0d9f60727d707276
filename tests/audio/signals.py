"""Sounds for tests: all of them the same in every run."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from voicekit.clip import Clip

PACK = Path("/usr/share/asterisk/sounds/en")
needs_pack = pytest.mark.skipif(not any(PACK.glob("*.wav")), reason="needs apt-get install asterisk-core-sounds-en-wav")


@dataclass(frozen=True)
class Chopped:
    """A Clip in blocks of the given lengths, over and over."""

    clip: Clip
    lengths: tuple[int, ...]

    @property
    def rate(self):
        return self.clip.rate

    def blocks(self):
        at, turn = 0, 0
        while at < len(self.clip.samples):
            stop = at + self.lengths[turn % len(self.lengths)]
            yield self.clip.samples[at:stop]
            at, turn = stop, turn + 1


def tone(hz, seconds, rate, db=-20.0):
    """A sine whose peak is `db` relative to full scale."""
    time = np.arange(round(seconds * rate)) / rate
    return Clip((10 ** (db / 20) * np.sin(2 * np.pi * hz * time)).astype("f4"), rate)


def noise(seconds, rate, db, seed=0):
    """White noise of `db` dBov."""
    samples = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    return Clip((samples * 10 ** (db / 20)).astype("f4"), rate)


def speech(seconds, rate, db=-25.0, seed=0):
    """Syllables of a buzzing voice, 4 a second, some left out; `db` dBov RMS."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    pitch = 120 + 20 * np.sin(2 * np.pi * 0.7 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    voice = sum(np.sin(k * phase + k) / k for k in range(1, 20) if k * 140 < rate / 2)
    loud = rng.uniform(0.1, 1, int(seconds * 4) + 2) * (rng.uniform(size=int(seconds * 4) + 2) > 0.25)
    loud[0] = loud[int(seconds * 4) - 1] = 1
    syllable = (time * 4).astype(int)
    sound = voice * loud[syllable] * np.sin(np.pi * (time * 4 % 1)) ** 0.5
    return Clip((sound / np.sqrt(np.mean(np.square(sound))) * 10 ** (db / 20)).astype("f4"), rate)


def silence(seconds, rate):
    return Clip(np.zeros(round(seconds * rate), "f4"), rate)


def joined(*clips):
    return Clip(np.concatenate([clip.samples for clip in clips]), clips[0].rate)
