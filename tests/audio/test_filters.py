import numpy as np
import pytest
from audio.signals import Chopped, noise, tone
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from voicekit.audio.filters import HighPassed, OnePole
from voicekit.clip import Clip, gather


def recursion(x, pole, gain, state):
    out = []
    for value in x:
        state = pole * state + gain * value
        out.append(state)
    return np.array(out)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    radius=st.floats(1e-3, 0.99999),
    angle=st.floats(-3.1, 3.1),
    lengths=st.lists(st.integers(1, 3000), min_size=1, max_size=4),
)
def test_a_pole_does_what_the_loop_does(radius, angle, lengths):
    pole = radius * np.exp(1j * angle)
    x = np.random.default_rng(sum(lengths)).standard_normal(sum(lengths))
    one_pole = OnePole(pole, 0.5 - 0.2j, 3.0)
    parts = [one_pole(part) for part in np.split(x, np.cumsum(lengths)[:-1])]
    expected = recursion(x, pole, 0.5 - 0.2j, 3.0)
    np.testing.assert_allclose(np.concatenate(parts), expected, atol=1e-8 * max(1, abs(expected).max()))


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 192000])
@pytest.mark.parametrize("hz", [20, 60, 300])
def test_the_high_pass_is_scipys(rate, hz):
    x = noise(2, rate, -10).samples + np.float32(0.2)
    sections = signal.butter(4, hz, "highpass", fs=rate, output="sos")
    state = signal.sosfilt_zi(sections) * float(x[0])
    expected, _ = signal.sosfilt(sections, x.astype(float), zi=state)
    np.testing.assert_allclose(gather(HighPassed(Clip(x, rate), hz)).samples, expected, atol=1e-6)


@pytest.mark.parametrize("lengths", [(1, 7, 1000), (16384,), (5000, 50000)])
def test_blocks_do_not_matter(lengths):
    clip = noise(3, 22050, -20)
    whole = gather(HighPassed(clip, 60)).samples
    assert np.array_equal(gather(HighPassed(Chopped(clip, lengths), 60)).samples, whole)


def test_an_offset_vanishes_without_a_thump():
    offset = Clip(np.full(8000, 0.5, "f4"), 8000)
    assert np.abs(gather(HighPassed(offset, 60)).samples).max() < 1e-6


def test_what_speech_has_passes():
    clip = tone(300, 1, 8000)
    passed = gather(HighPassed(clip, 60)).samples[4000:]
    assert abs(passed).max() == pytest.approx(abs(clip.samples[4000:]).max(), rel=0.01)


def test_nothing_stays_nothing():
    assert len(gather(HighPassed(Clip(np.zeros(0, "f4"), 8000), 60)).samples) == 0
