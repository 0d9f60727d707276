import tracemalloc
from dataclasses import dataclass

import numpy as np
import pytest
from audio.signals import PACK, Chopped, joined, needs_pack, noise, silence, speech, tone
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.audio import finish
from voicekit.audio.level import NARROW, prompt_level, speech_level
from voicekit.audio.read import open_sound
from voicekit.audio.recipe import Finish
from voicekit.audio.resample import Resampled
from voicekit.audio.steps import Padded, factor
from voicekit.clip import Clip, gather

PLAIN = Finish()


def finished(source, recipe=PLAIN):
    measured, sound = finish.finished(source, recipe)
    return measured, gather(sound)


def spoken(rate, *, before=0.5, after=0.7, seed=0, db=-30):
    """Speech between two silences."""
    return joined(silence(before, rate), speech(1.5, rate, db, seed), silence(after, rate))


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("level", [-30.0, -20.0, -16.0])
def test_callers_hear_the_level_of_the_recipe(rate, level):
    recipe = Finish(level=level)
    measured, sound = finished(spoken(rate), recipe)
    # Where more of the sound is heard than at 8 kHz, the limiter has other peaks to hold.
    near = 0.1 if measured.limited and rate > NARROW else 0.003
    assert measured.level == pytest.approx(level, abs=0.02)
    assert prompt_level(sound).active == pytest.approx(measured.level, abs=near)
    assert np.abs(sound.samples).max() <= np.float32(factor(recipe.ceiling))


@pytest.mark.parametrize("seed", range(6))
def test_words_of_a_fifth_of_a_second_get_there_too(seed):
    measured, sound = finished(joined(silence(0.1, 22050), speech(0.2, 22050, -28, seed), silence(0.3, 22050)))
    assert prompt_level(sound).active == pytest.approx(PLAIN.level, abs=0.021)
    assert measured.level_before < PLAIN.level


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
@pytest.mark.parametrize("trim", [True, False])
def test_every_rate_gets_the_same_sound(rate, trim):
    """Above WIDE it is made from the source itself, with what was measured below it."""
    clip = spoken(48000, db=-24)
    finishing = finish.finishing(clip, Finish(trim=trim))
    narrow, sound = gather(finishing.at(8000)), gather(finishing.at(rate))
    assert sound.rate == rate
    assert sound.seconds == pytest.approx(finishing.seconds, abs=2 / 8000)
    again = gather(Resampled(sound, 8000)).samples
    length = min(len(again), len(narrow.samples))
    assert abs(len(again) - len(narrow.samples)) <= 1
    error = again[:length] - narrow.samples[:length]
    assert np.square(error).sum() < 1e-4 * np.square(narrow.samples).sum()


@pytest.mark.parametrize("rate", [24000, 48000])
def test_no_peak_is_above_the_ceiling_at_any_rate(rate):
    """What lies above 8 kHz is not in what was measured."""
    whistle = Clip(speech(1, rate, -24).samples + tone(9000, 1, rate, -3).samples, rate)
    measured, sound = finished(whistle, Finish(level=-22, high_pass=0, fade=0))
    assert not measured.limited
    assert np.abs(sound.samples).max() <= np.float32(factor(-1))


def test_a_sound_that_is_turned_down_is_not_limited_before():
    loud = Clip(spoken(8000, db=-12).samples * 3, 8000)
    measured, sound = finished(loud)
    assert not measured.limited
    assert prompt_level(sound).active == pytest.approx(-20, abs=0.021)


def test_finishing_twice_changes_next_to_nothing():
    _, once = finished(spoken(22050))
    measured, twice = finished(once)
    assert abs(measured.gain_db) < 0.1
    assert twice.seconds == pytest.approx(once.seconds, abs=0.05)


def test_the_limiter_is_made_up_for():
    peaky = spoken(8000).samples.copy()
    peaky[6000:16000:1600] = 0.4
    measured, sound = finished(Clip(peaky, 8000), Finish(level=-18))
    assert measured.limited
    assert measured.level == pytest.approx(-18, abs=0.02)
    assert prompt_level(sound).active == pytest.approx(-18, abs=0.021)
    assert speech_level(sound).peak == pytest.approx(-1, abs=0.2)
    assert measured.peak == -1


def test_what_the_limiter_makes_impossible_is_told():
    clicks = np.zeros(16000, "f4")
    clicks[4000:12000:400] = 0.5
    measured, sound = finished(Clip(clicks, 8000), Finish(level=-6))
    assert measured.limited
    assert measured.level < -6.1
    assert measured.level == pytest.approx(prompt_level(sound).active, abs=1e-4)
    assert np.abs(sound.samples).max() <= np.float32(factor(-1))


def test_the_nearest_trial_is_taken(monkeypatch):
    """More gain into the limiter may lower the level: what is quiet comes to count as active."""
    trials = []
    heard = finish.prompt_heard
    monkeypatch.setattr(finish, "prompt_heard", lambda source: trials.append(heard(source)) or trials[-1])
    hiss = np.pad(noise(1, 8000, -35).samples, 4000)
    hiss[[4000, 8000]] += 0.5
    measured = finish.finished(Clip(hiss, 8000), Finish(level=-6))[0]
    levels = [trial.level().active for trial in trials]
    assert measured.level == max(levels)
    assert measured.level > levels[-1]


def test_gain_ends_at_forty():
    measured, _ = finished(spoken(8000, db=-58), Finish(level=-6))
    assert measured.gain_db == 40
    assert measured.level < -10


@pytest.mark.parametrize(
    "source", [silence(1, 8000), silence(0, 8000), noise(2, 8000, -75), tone(400, 1, 8000, -70)], ids=str
)
def test_silence_is_left_alone(source):
    measured = finish.finished(source, PLAIN)[0]
    assert measured.silent
    assert measured.gain_db == 0
    assert np.array_equal(gather(finish.finished(source, PLAIN)[1]).samples, source.samples)


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_silence_around_speech_goes_and_the_recipes_comes(rate):
    recipe = Finish(lead=0.04, tail=0.25)
    measured, sound = finished(spoken(rate), recipe)
    assert measured.start / measured.rate == pytest.approx(0.47, abs=0.02)
    assert measured.stop / measured.rate == pytest.approx(2.06, abs=0.1)
    assert sound.seconds == pytest.approx((measured.stop - measured.start) / measured.rate + 0.29, abs=1e-3)
    assert not sound.samples[: round(0.04 * rate)].any()
    assert not sound.samples[-round(0.25 * rate) :].any()


def test_without_trim_all_of_it_stays():
    clip = spoken(22050)
    recipe = Finish(trim=False)
    measured, sound = finished(clip, recipe)
    assert (measured.start, measured.stop) == (0, measured.total)
    assert len(sound.samples) == len(clip.samples) + round(0.12 * 22050)


@pytest.mark.parametrize("floor", [-70, -60, -52])
def test_noise_around_speech_goes(floor):
    clip = spoken(22050, db=-22)
    measured = finish.finished(Clip(clip.samples + noise(clip.seconds, 22050, floor).samples, 22050), PLAIN)[0]
    assert measured.start / measured.rate == pytest.approx(0.47, abs=0.03)
    assert measured.stop / measured.rate == pytest.approx(2.06, abs=0.12)


def consonant(rate, db, seconds=0.15):
    """An s: noise above 3 kHz."""
    hiss = np.diff(noise(seconds, rate, db, seed=5).samples, n=3, prepend=[0, 0, 0]) / np.sqrt(20)
    return Clip(hiss.astype("f4"), rate)


@pytest.mark.parametrize("rate", [8000, 22050])
@pytest.mark.parametrize("around", [0.0, 0.4])
@pytest.mark.parametrize("depth", [12, 20, 30])
def test_a_quiet_last_consonant_stays(rate, around, depth):
    quiet = silence(around, rate)
    word = joined(quiet, speech(0.5, rate, -22), consonant(rate, -22 - depth), quiet)
    measured = finish.finished(word, PLAIN)[0]
    assert measured.stop / measured.rate >= word.seconds - quiet.seconds - 1 / rate
    assert measured.stop / measured.rate <= word.seconds - max(quiet.seconds - 0.08, 0) + 1 / rate


@settings(derandomize=True, max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 30000), min_size=1, max_size=4).map(tuple), st.sampled_from([-20.0, -12.0]))
def test_blocks_and_memory_do_not_matter(lengths, level):
    clip, recipe = spoken(22050, db=-25), Finish(level=level)
    with pytest.MonkeyPatch.context() as patch:
        measured, sound = finished(clip, recipe)
        patch.setattr(finish, "HELD", 1000)
        again, streamed = finished(Chopped(clip, lengths), recipe)
    assert again == measured
    assert np.array_equal(streamed.samples, sound.samples)


@dataclass(frozen=True)
class Talk:
    """Speech for as long as one likes, one second after another."""

    seconds: int
    rate: int = 8000

    def blocks(self):
        second = np.append(speech(0.75, self.rate, -30).samples, np.zeros(2000, "f4"))
        return (second for _ in range(self.seconds))


def test_a_long_sound_needs_no_more_memory(monkeypatch):
    monkeypatch.setattr(finish, "HELD", 1 << 18)  # 1 MB
    source = Padded(Talk(600), 8000, 8000)
    tracemalloc.start()
    measured = finish.finished(source, PLAIN)[0]
    samples = sum(len(block) for block in finish.finished(source, PLAIN)[1].blocks())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert samples == pytest.approx(600 * 8000, rel=0.001)
    assert measured.level == pytest.approx(-20, abs=0.02)
    assert most < 6 << 20  # the sound itself is 19 MB


@pytest.mark.packs
@needs_pack
def test_real_prompts_reach_the_level():
    paths = [path for path in sorted(PACK.rglob("*.wav")) if path.parent.name != "silence"]
    for path in paths[::19]:
        source = open_sound(path)
        measured, sound = finished(source)
        assert prompt_level(sound).active == pytest.approx(-20, abs=0.021), path
        assert measured.stop - measured.start > 0.1 * measured.rate, path
