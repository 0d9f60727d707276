"""The filter bank is Kaldi's."""

from pathlib import Path

import numpy as np
import pytest

from voicekit.voiceprint.filterbank import features, log_mels

# kaldi-native-fbank 1.23.0 on the same samples: 80 bands, dither 0, Hamming window, no energy
KALDI = Path(__file__).with_name("kaldi.npy")


@pytest.fixture(scope="module")
def samples():
    walk = np.cumsum(np.random.default_rng(1).normal(size=8000))
    return (walk / np.abs(walk).max() / 2).astype(np.float32)


def test_it_equals_kaldis(samples):
    assert np.abs(log_mels(samples) - np.load(KALDI)).max() < 1e-3


def test_level_and_line_take_no_part(samples):
    """What multiplies every frame alike, in all bands or in one, is in the mean that is taken away."""
    assert np.abs(features(samples) - features(samples * np.float32(0.1))).max() < 1e-3
    assert np.abs(features(samples).mean(axis=0)).max() < 1e-4


@pytest.mark.parametrize(("length", "frames"), [(0, 0), (399, 0), (400, 1), (559, 1), (560, 2)])
def test_frames_lie_within_the_sound(length, frames):
    assert features(np.ones(length, np.float32)).shape == (frames, 80)
