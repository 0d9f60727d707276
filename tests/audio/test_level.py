import numpy as np
import pytest
import soundfile
from audio.p56_reference import active_level
from audio.signals import PACK, Chopped, joined, needs_pack, noise, silence, speech, tone
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.audio.level import Level, heard, prompt_level, speech_level
from voicekit.audio.resample import Resampled
from voicekit.audio.steps import Gained
from voicekit.clip import Clip, gather

NEAR = 0.1  # dB: the reference halves until it is within 0.5 dB of the margin


@pytest.mark.parametrize("rate", [8000, 16000, 22050])
@pytest.mark.parametrize("db", [-50, -26, -12])
def test_speech_is_what_the_reference_says(rate, db):
    clip = speech(3, rate, db, seed=rate + db)
    assert speech_level(clip).active == pytest.approx(active_level(clip.samples.tolist(), rate), abs=NEAR)


@pytest.mark.parametrize("seed", range(8))
def test_short_words_are_what_the_reference_says(seed):
    clip = joined(silence(0.05, 8000), speech(0.2, 8000, -20, seed), silence(0.2, 8000))
    assert speech_level(clip).active == pytest.approx(active_level(clip.samples.tolist(), 8000), abs=NEAR)


@pytest.mark.parametrize("floor", [-70, -50])
def test_noisy_speech_is_what_the_reference_says(floor):
    mixed = Clip(speech(4, 8000, -24).samples + noise(4, 8000, floor).samples, 8000)
    assert speech_level(mixed).active == pytest.approx(active_level(mixed.samples.tolist(), 8000), abs=NEAR)


@pytest.mark.packs
@needs_pack
def test_real_prompts_are_what_the_reference_says():
    short = [path for path in sorted(PACK.rglob("*.wav")) if 2000 < path.stat().st_size < 40000]
    for path in [path for path in short if path.parent.name != "silence"][:: len(short) // 60][:60]:
        samples, rate = soundfile.read(path, dtype="float32")
        clip = joined(Clip(samples, rate), silence(0.2, rate))
        expected = active_level(clip.samples.tolist(), rate)
        assert speech_level(clip).active == pytest.approx(expected, abs=NEAR), path


def test_full_scale():
    square = Clip(np.where(np.arange(16000) % 16 < 8, 1, -1).astype("f4"), 8000)
    assert speech_level(square).rms == pytest.approx(0, abs=1e-6)
    sine = speech_level(tone(1000, 20, 8000, 0))
    assert (sine.active, sine.rms, sine.peak) == pytest.approx((-3.01, -3.01, 0), abs=0.02)
    assert sine.activity == pytest.approx(1, abs=0.005)


def test_pauses_do_not_count():
    word = joined(speech(2, 8000, -20), silence(0.3, 8000))
    alone, among = speech_level(word), speech_level(joined(word, silence(6, 8000)))
    assert among.active == pytest.approx(alone.active, abs=0.05)
    assert among.rms == pytest.approx(alone.rms + 10 * np.log10(2.3 / 8.3), abs=0.01)
    assert among.activity == pytest.approx(alone.activity * 2.3 / 8.3, rel=0.02)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.floats(-20, 20))
def test_gain_moves_the_level_as_much(gain):
    clip = speech(4, 8000, -30)
    before, after = speech_level(clip), speech_level(Gained(clip, gain))
    assert after.active - before.active == pytest.approx(gain, abs=0.25)  # the thresholds stand still
    assert (after.rms - before.rms, after.peak - before.peak) == pytest.approx((gain, gain), abs=1e-4)


@pytest.mark.parametrize("steps", [-2, -1, 1])
def test_gain_by_whole_thresholds_moves_the_level_exactly(steps):
    clip, gain = speech(4, 8000, -30), 20 * np.log10(2.0**steps)
    assert speech_level(Gained(clip, gain)).active - speech_level(clip).active == pytest.approx(gain, abs=1e-4)


@pytest.mark.parametrize("gain", [-120.0, -40.0, -7.3, -0.01, 0.0, 3.1, 20.0, 40.0])
@pytest.mark.parametrize("seed", range(3))
def test_heard_once_the_level_is_known_at_every_gain(gain, seed):
    clip = joined(silence(0.3, 8000), speech(1.2, 8000, -40, seed), noise(0.4, 8000, -70))
    clip = Gained(clip, -gain if gain < -40 else 0)  # a float WAV may be that loud
    told, measured = heard(clip).level(gain), speech_level(Gained(clip, gain))
    assert told.active == pytest.approx(measured.active, abs=2e-3)
    assert (told.rms, told.peak) == pytest.approx((measured.rms, measured.peak), abs=1e-4)
    assert told.activity == pytest.approx(measured.activity, rel=1e-3)


@pytest.mark.parametrize("lengths", [(1, 30, 4000), (16384,), (999,)])
def test_blocks_do_not_matter(lengths):
    clip = speech(5, 8000)
    assert speech_level(Chopped(clip, lengths)) == speech_level(clip)


@pytest.mark.parametrize("samples", [0, 1, 8000])
def test_silence(samples):
    nothing = float("-inf")
    assert speech_level(Clip(np.zeros(samples, "f4"), 8000)) == Level(nothing, 0.0, nothing, nothing)


def test_a_prompt_is_measured_as_callers_hear_it():
    word = speech(0.4, 22050, -20)
    heard = joined(gather(Resampled(word, 8000)), silence(0.2, 8000))
    assert prompt_level(word) == speech_level(heard)
