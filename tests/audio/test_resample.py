import numpy as np
import pytest
from audio.signals import Chopped, noise, tone
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.audio.resample import Resampled
from voicekit.clip import BLOCK, Clip, gather

RATES = [8000, 11025, 12000, 16000, 22050, 24000, 44100, 48000, 192000]


@settings(derandomize=True, max_examples=80, deadline=None)
@given(st.integers(0, 30000), st.sampled_from(RATES), st.sampled_from(RATES))
def test_the_length_is_that_of_the_same_time(samples, old, new):
    clip = Clip(np.ones(samples, "f4"), old)
    assert len(gather(Resampled(clip, new)).samples) == (2 * samples * new + old) // (2 * old)


@pytest.mark.parametrize(("old", "new"), [(24000, 8000), (8000, 48000), (22050, 16000), (44100, 8000)])
def test_a_tone_is_the_tone_made_at_the_other_rate(old, new):
    made = gather(Resampled(tone(1000, 1, old, -6), new)).samples
    middle = slice(new // 10, -new // 10)
    np.testing.assert_allclose(made[middle], tone(1000, 1, new, -6).samples[middle], atol=2e-5)


def test_what_is_too_high_for_the_new_rate_is_gone():
    heard = gather(Resampled(tone(6000, 1, 24000, 0), 8000)).samples[800:-800]
    assert 20 * np.log10(np.abs(heard).max() + 1e-12) < -80


@pytest.mark.parametrize("lengths", [(1, 3, 5000), (BLOCK,), (777,)])
def test_blocks_do_not_matter(lengths):
    clip = noise(4, 22050, -20)
    whole = gather(Resampled(clip, 8000)).samples
    assert np.array_equal(gather(Resampled(Chopped(clip, lengths), 8000)).samples, whole)


def test_blocks_stay_blocks():
    assert all(0 < len(block) <= BLOCK for block in Resampled(noise(30, 8000, -20), 192000).blocks())


def test_the_same_rate_passes_bit_by_bit():
    clip = noise(1, 8000, -20)
    assert np.array_equal(gather(Resampled(clip, 8000)).samples, clip.samples)
