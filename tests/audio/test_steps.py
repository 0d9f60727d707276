import numpy as np
import pytest
from audio.signals import Chopped, noise, speech, tone
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.audio.steps import Cut, Faded, Gained, Limited, Padded, factor, length, regrouped
from voicekit.clip import BLOCK, Clip, gather

STEPS = {
    "gained": lambda source: Gained(source, -3.3),
    "cut": lambda source: Cut(source, 1234, 30000),
    "faded": lambda source: Faded(source, 0.3, 44100),
    "padded": lambda source: Padded(source, 100, 70000),
    "limited": lambda source: Limited(source, -9),
}
lengths = st.lists(st.integers(1, 20000), min_size=1, max_size=5).map(tuple)


@pytest.mark.parametrize("name", STEPS)
@settings(derandomize=True, max_examples=15, deadline=None)
@given(lengths=lengths)
def test_blocks_do_not_matter(name, lengths):
    clip = noise(2, 22050, -14)
    step = STEPS[name](Chopped(clip, lengths))
    blocks = list(step.blocks())
    assert np.array_equal(np.concatenate(blocks), gather(STEPS[name](clip)).samples)
    assert all(0 < len(block) <= BLOCK and block.dtype == np.float32 for block in blocks)
    assert step.rate == 22050
    assert np.array_equal(gather(step).samples, np.concatenate(blocks)), "a second reading differs"


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 50), max_size=12), st.integers(1, 60))
def test_regrouping_keeps_the_samples(parts, size):
    samples = np.arange(sum(parts), dtype="f4")
    blocks = list(regrouped(np.split(samples, np.cumsum(parts)[:-1]) if parts else [], size))
    assert [len(block) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
    assert np.array_equal(np.concatenate([np.zeros(0), *blocks]), samples)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.integers(0, 300), st.integers(0, 300), lengths)
def test_cutting_is_slicing(start, stop, lengths):
    clip = noise(0.025, 8000, -20)
    assert np.array_equal(gather(Cut(Chopped(clip, lengths), start, stop)).samples, clip.samples[start:stop])


def test_padding_is_silence_around_it():
    clip = noise(0.1, 8000, -20)
    padded = gather(Padded(clip, 5, BLOCK + 7)).samples
    assert np.array_equal(padded[5 : -BLOCK - 7], clip.samples)
    assert not padded[:5].any()
    assert not padded[-BLOCK - 7 :].any()
    assert length(Padded(clip, 5, BLOCK + 7)) == len(padded)


@pytest.mark.parametrize("frames", [0, 1, 2, 79, 80, 81, 4000])
def test_fades_rise_and_fall_alike_and_touch_nothing_else(frames):
    faded = gather(Faded(Clip(np.ones(frames, "f4"), 8000), 0.005, frames)).samples
    ramp = min(40, frames // 2)
    assert np.array_equal(faded, faded[::-1])
    assert (np.diff(faded[:ramp]) > 0).all()
    assert (faded[:ramp] < 1).all()
    assert (faded[ramp : frames - ramp] == 1).all()


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.floats(-30, 20), st.floats(-12, 0), st.integers(0, 9), st.sampled_from([8000, 22050, 192000]))
def test_the_limiter_never_exceeds_its_ceiling(db, ceiling, seed, rate):
    limited = gather(Limited(noise(0.2, rate, db, seed), ceiling)).samples
    assert np.abs(limited).max() <= np.float32(factor(ceiling))


def test_the_limiter_touches_only_what_is_near_a_peak():
    samples = speech(2, 8000, -30).samples.copy()
    samples[8000] = 0.9
    limited = gather(Limited(Clip(samples, 8000), -6)).samples
    touched = np.flatnonzero(limited != samples)
    assert limited[8000] == pytest.approx(factor(-6), rel=1e-6)
    assert touched.min() > 8000 - 40
    assert touched.max() < 8000 + 40


def test_the_limiter_turns_down_smoothly():
    clip = tone(1000, 0.5, 48000, 6)
    limited = gather(Limited(Clip(np.pad(clip.samples, 4800), 48000), -6)).samples
    loud = limited[4800 + 2000 : -4800 - 2000]
    gain = loud / clip.samples[2000:-2000]
    assert np.nanstd(gain[np.abs(clip.samples[2000:-2000]) > 0.1]) < 0.02, "the tone is bent"
    assert np.abs(loud).max() == pytest.approx(factor(-6), rel=0.02)


def test_the_limiter_passes_what_fits_bit_by_bit():
    clip = tone(440, 1, 8000, -1.001)
    assert np.array_equal(gather(Limited(clip, -1)).samples, clip.samples)
    assert len(gather(Limited(Clip(np.zeros(0, "f4"), 8000), -1)).samples) == 0
