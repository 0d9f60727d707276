"""The one step to 16 bits."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from voicekit.formats.linear import floats, quantise, quantised

WIDE = arrays(np.float32, st.integers(1, 50), elements=st.floats(-4, 4, width=32))


@settings(max_examples=60, derandomize=True)
@given(WIDE)
def test_nearest_and_clipped(samples):
    wanted = np.clip(samples.astype(float), -1, 32767 / 32768)
    assert np.abs(floats(quantise(samples)) - wanted).max() <= 0.5 / 32768
    assert quantise(samples).dtype == np.int16


def test_sixteen_bits_pass_unchanged():
    every = np.arange(-32768, 32768).astype(np.int16)
    assert np.array_equal(quantise(floats(every)), every)


@settings(max_examples=60, derandomize=True)
@given(st.lists(WIDE, max_size=5), st.integers(1, 200))
def test_regrouping_keeps_the_sound_and_fills_with_silence(blocks, frame):
    groups = list(quantised(blocks, frame))
    assert all(len(group) and len(group) % frame == 0 for group in groups)
    sound = np.concatenate([np.zeros(0, np.int16), *groups])
    plain = np.concatenate([np.zeros(0, np.int16), *map(quantise, blocks)])
    assert np.array_equal(sound[: len(plain)], plain)
    assert not sound[len(plain) :].any()
    assert len(sound) - len(plain) < frame
