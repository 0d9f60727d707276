"""The network gives what the original gives, and hears voices, not levels and pauses."""

from pathlib import Path

import numpy as np
import pytest
from voiceprint.conftest import read

from voicekit.clip import Clip
from voicekit.voiceprint import ge2e

# torch 2.13's LSTM on the same weights: default_rng(1).gamma(0.5, 0.02, (2, 160, 40))
ORIGINAL = Path(__file__).with_name("ge2e.npy")


def test_it_equals_the_original_encoder(encoder):
    mels = np.random.default_rng(1).gamma(0.5, 0.02, (2, 160, 40)).astype(np.float32)
    assert np.abs(encoder.embed(mels, np.array([160, 160])) - np.load(ORIGINAL)).max() < 1e-5


@pytest.fixture(scope="module")
def clip():
    return read("en-us")[0]


def cosine(encoder, one, other):
    first, second = encoder.prints([one, other])
    return float(first.vector @ second.vector)


@pytest.mark.parametrize("db", [-24, -6, 3])
def test_the_level_does_not_matter(encoder, clip, db):
    assert cosine(encoder, clip, Clip(clip.samples * np.float32(10 ** (db / 20)), clip.rate)) > 0.999


def test_silence_around_and_within_does_not_matter(encoder, clip):
    silence = np.zeros(clip.rate, np.float32)
    padded = Clip(np.concatenate([silence, clip.samples, silence]), clip.rate)
    first, second = encoder.prints([clip, padded])
    assert float(first.vector @ second.vector) > 0.98
    assert second.seconds == pytest.approx(first.seconds, abs=0.25)


def test_company_does_not_matter(encoder):
    sounds = read("en-us")[:5]
    together = encoder.prints(sounds)
    for sound, heard in zip(sounds, together, strict=True):
        assert np.abs(encoder.prints([sound])[0].vector - heard.vector).max() < 1e-5


def tone(frequency, seconds=2.0):
    time = np.arange(round(seconds * 8000)) / 8000
    return Clip((0.3 * np.sin(2 * np.pi * frequency * time)).astype(np.float32), 8000)


@pytest.mark.parametrize(
    "sound",
    [Clip(np.zeros(0, np.float32), 8000), Clip(np.zeros(8000, np.float32), 8000), tone(425), tone(1000, 0.3)],
    ids=["nothing", "silence", "dial tone", "beep"],
)
def test_there_is_no_voice_in_silence_and_tones(encoder, sound):
    (heard,) = encoder.prints([sound])
    assert heard.vector is None


def test_an_hour_is_not_listened_to_the_end(encoder, clip):
    class Long:
        rate = clip.rate
        read = 0

        def blocks(self):
            while True:
                Long.read += len(clip.samples)
                yield clip.samples

    encoder.prints([Long()])
    assert Long.read < 200 * clip.rate


@pytest.mark.parametrize("frames", [20, 97, 160])
def test_a_window_that_is_not_full_is_read_off_where_it_ends(encoder, frames):
    """As if there had been no more of it, whatever it is filled up with and whoever shares the batch."""
    mels = np.random.default_rng(1).gamma(0.5, 0.02, (2, 160, 40)).astype(np.float32)
    alone = encoder.embed(mels[:1, :frames], np.array([frames]))
    assert np.abs(encoder.embed(mels, np.array([frames, 160]))[0] - alone[0]).max() < 1e-5


def test_windows_lie_evenly_and_within_the_sound():
    for seconds, count in ((0.3, 1), (1.59, 1), (1.7, 2), (5.0, 4), (60.0, 50)):
        mels, lengths = ge2e._windows(np.random.default_rng(2).normal(size=round(seconds * 16000)).astype(np.float32))
        assert (len(mels), len(lengths)) == (count, count)
        assert all(mels[n, : lengths[n]].any(axis=1).all() for n in range(count))
