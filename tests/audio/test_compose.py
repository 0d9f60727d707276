import subprocess
import sys
import warnings
from itertools import pairwise

import numpy as np
import pytest
from audio.signals import joined as glued
from audio.signals import noise, silence, speech, tone
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.audio import compose as module
from voicekit.audio.compose import compose, joined
from voicekit.audio.level import prompt_level
from voicekit.audio.recipe import Finish
from voicekit.audio.steps import factor
from voicekit.clip import Clip
from voicekit.errors import InputError
from voicekit.pieces import Pause

FIXED = settings(derandomize=True, deadline=None, max_examples=10)
BARE = Finish(lead=0.0, tail=0.0)


def word(rate=16000, db=-25.0, seed=0, seconds=1.0):
    """Speech with the silence around it that engines leave."""
    return glued(silence(0.3, rate), speech(seconds, rate, db, seed), silence(0.4, rate))


def db(samples):
    return 10 * np.log10(np.mean(np.square(samples, dtype=np.float64)))


def quiet_runs(clip, shortest=0.12):
    """First and last sample of every stretch of digital silence."""
    edges = np.flatnonzero(np.diff(np.pad(np.abs(clip.samples) < 1e-6, 1).astype(int)))
    return [(a, b) for a, b in edges.reshape(-1, 2) if b - a > shortest * clip.rate]


@FIXED
@given(
    st.lists(st.integers(0, 2000), min_size=1, max_size=3),
    st.sampled_from([8000, 11025, 16000, 22050]),
    st.integers(0, 20),
)
def test_pauses_are_exact(thousandths, rate, seed):
    """Whatever pauses there are, the sound is exactly that much longer than without them."""
    words = [word(16000, seed=seed + n, seconds=0.5) for n in range(len(thousandths) + 1)]
    with_pauses = [words[0]]
    for pause, piece in zip(thousandths, words[1:], strict=True):
        with_pauses += [Pause(pause / 1000), piece]
    wanted = sum(round(pause / 1000 * rate) for pause in thousandths)
    assert len(compose(with_pauses, rate).samples) - len(compose(words, rate).samples) == wanted


def test_pauses_lie_between_the_trimmed_words_however_much_silence_these_came_with():
    words = [glued(silence(n / 5, 16000), speech(0.6, 16000, -25, n), silence(0.9 - n / 5, 16000)) for n in (1, 2, 3)]
    sound = compose([words[0], Pause(0.5), words[1], Pause(0.5), words[2]], 16000, BARE)
    first, second = [b - a for a, b in quiet_runs(sound, 0.3)]
    assert first == pytest.approx(second, abs=0.012 * 16000)  # where speech ends is found to 10 ms
    assert 0.5 <= first / 16000 <= 0.6


def test_a_pause_at_either_end_stays():
    plain = compose([word()], 16000)
    sound = compose([Pause(1.5), word(), Pause(2)], 16000)
    assert len(sound.samples) == len(plain.samples) + 3.5 * 16000
    assert not sound.samples[: round(1.5 * 16000)].any()
    assert np.allclose(sound.samples[round(1.5 * 16000) : -2 * 16000], plain.samples, atol=1e-3)


@FIXED
@given(st.lists(st.tuples(st.integers(-45, -8), st.sampled_from([8000, 22050, 48000])), min_size=2, max_size=4))
def test_pieces_are_equally_loud_however_loud_they_came(levels):
    words = [word(rate, db, seed=n) for n, (db, rate) in enumerate(levels)]
    lengths = [len(compose([one], 16000, BARE).samples) for one in words]
    sound = compose(words, 16000, BARE)
    starts = np.cumsum([0, *lengths])
    assert starts[-1] == len(sound.samples)
    heard = [prompt_level(Clip(sound.samples[a:b], 16000)).active for a, b in pairwise(starts)]
    assert max(heard) - min(heard) < 0.3
    assert prompt_level(sound).active == pytest.approx(-20, abs=0.05)


def test_the_recipe_is_kept():
    recipe = Finish(level=-26, lead=0.1, tail=0.3)
    sound = compose([word(), Pause(0.4), word(seed=1)], 16000, recipe)
    assert prompt_level(sound).active == pytest.approx(-26, abs=0.03)
    assert not sound.samples[:1600].any()
    assert not sound.samples[-4800:].any()


def test_the_order_is_kept():
    hz = [400, 1500, 900]
    pieces = [glued(silence(0.1, 16000), tone(one, 0.5, 16000), silence(0.1, 16000)) for one in hz]
    sound = compose(pieces, 16000, BARE)
    thirds = np.array_split(sound.samples, 3)
    heard = [np.argmax(np.abs(np.fft.rfft(third, 16000))) for third in thirds]
    assert heard == pytest.approx(hz, abs=10)


def test_sound_without_speech_is_a_pause():
    still = compose([word(), silence(0.7, 8000), word(seed=1)], 16000)
    paused = compose([word(), Pause(0.7), word(seed=1)], 16000)
    assert np.array_equal(still.samples, paused.samples)
    assert not compose([silence(1, 8000), Pause(1)], 16000).samples.any()


def test_music_takes_silence_for_a_pause_and_the_recipes_lead_too():
    pieces = [word(), silence(3, 16000), word(seed=1)]
    paused = compose([word(), Pause(3), word(seed=1)], 16000, music=BED)
    assert np.array_equal(compose(pieces, 16000, music=BED).samples, paused.samples)
    leading = compose([word(), Pause(2)], 16000, Finish(lead=1, tail=0), BED)
    assert np.allclose(leading.samples, compose([Pause(1), word(), Pause(2)], 16000, BARE, BED).samples, atol=1e-3)


def test_no_alias_comes_in():
    """6 kHz does not fit into 8 kHz: pydub's own resampler would give it back as 2 kHz at full level."""
    high = glued(tone(500, 1, 24000, -12), tone(6000, 1, 24000, -12))
    music = tone(6000, 4, 24000, -12)
    for sound in (
        compose([high], 8000, BARE),
        compose([tone(500, 1, 24000, -12), Pause(1)], 8000, BARE, glued(tone(300, 4, 24000), music)),
    ):
        spectrum = np.abs(np.fft.rfft(sound.samples * np.hanning(len(sound.samples))))
        hz = np.fft.rfftfreq(len(sound.samples), 1 / 8000)
        assert (
            20 * np.log10(spectrum[np.abs(hz - 2000) < 50].max() / spectrum.max()) < -65
        )  # where the tone begins, all is in it


@pytest.mark.parametrize("pause", [0.0, 0.01, 0.3])
def test_joints_do_not_click(pause):
    """Cut in the middle of a loud low tone, the signal moves no faster at a joint than in the tone."""
    low = tone(120, 0.7043, 16000, -6)
    sound = compose([low, Pause(pause), low, low], 16000, BARE)
    inside = np.abs(np.diff(sound.samples[1600:8000])).max()
    assert np.abs(np.diff(sound.samples)).max() < 2.5 * inside


def music_in(pieces, music, rate=16000, **options):
    """The music alone: what is heard with it less what is heard without."""
    low = Finish(level=-26)  # no limiter in between
    with_it = compose(pieces, rate, low, music, **options)
    return with_it.samples - compose(pieces, rate, low).samples


BED = noise(10, 8000, -12, seed=3)  # nothing in it that callers would not hear: levels are measured at 8 kHz


@pytest.mark.parametrize(("level", "rate"), [(-18, 16000), (-6, 16000), (-18, 8000)])
def test_music_is_ducked_under_speech(level, rate):
    bed = music_in([Pause(3), word(seconds=2), Pause(3)], BED, rate, music_level=level)
    first = round(3.02 * rate)
    under, before = bed[first : first + 2 * rate], bed[round(1.2 * rate) : round(2.7 * rate)]
    after = bed[-round(2 * rate) : -round(1.2 * rate)]
    assert db(before) - db(under) == pytest.approx(10, abs=0.3)
    assert db(after) - db(under) == pytest.approx(10, abs=0.3)
    assert db(under) == pytest.approx(-26 + level, abs=0.5)


def test_music_goes_down_before_speech_and_comes_up_after_it():
    """10 dB in 0.25 s and 0.6 s, half of it in half the time; between two that are near it stays low."""
    gain = 20 * np.log10(module._ducking([(1000, 2000), (2400, 3000)], 4000, 1000))
    assert gain[[0, 749, 1000, 1999, 3600, 3999]] == pytest.approx([10, 10, 0, 0, 10, 10], abs=0.01)
    assert gain[[875, 3300]] == pytest.approx([5, 5], abs=0.1)
    assert gain[2000:2400].max() < 5
    assert module._ducking([(0, 500), (3900, 4000)], 4000, 1000)[[0, 3999]] == pytest.approx([1, 1])


def test_the_spans_of_speech_are_exact():
    words, spans = module._joined([Pause(1), word(), Pause(0.5), silence(0.3, 16000), word()], 16000, BARE)
    length = len(compose([word()], 16000, BARE).samples)
    assert spans == [(16000, 16000 + length), (28800 + length, 28800 + 2 * length)]
    assert len(words.samples) == spans[-1][1]


@pytest.mark.parametrize("fade", [0.0, 0.005, 0.05])
def test_pieces_fade_over_at_least_5_ms(fade):
    """However the recipe fades: at joints something else stands beside them."""
    hum = tone(500, 1, 16000, -20)
    sound = compose([hum, Pause(0.2), hum], 16000, Finish(lead=0.0, tail=0.0, fade=fade, high_pass=0.0)).samples
    ramp = round(max(fade, 0.005) * 16000)
    end = 16000 - ramp
    assert np.abs(sound[end : end + ramp // 4]).max() > 0.8 * np.abs(sound).max()
    assert np.abs(sound[16000 - ramp // 4 : 16000]).max() < 0.2 * np.abs(sound).max()


def test_music_moves_smoothly_and_fades_at_both_ends():
    bed = music_in([Pause(3), word(), Pause(0.4), word(seed=1), Pause(3)], Clip(tone(1000, 20, 16000).samples, 16000))
    loudness = np.array([db(block) for block in np.array_split(bed[800:-800], len(bed) // 160)])  # 10 ms each
    steady = loudness[100:-100]
    assert np.abs(np.diff(steady)).max() < 0.8  # 10 dB in 0.25 s, along a cosine
    assert loudness[0] < steady.max() - 20
    assert loudness[-1] < steady.max() - 20
    middle = [45, -46]  # of a fade of 1 s, 0.05 s of which are cut off here: half the amplitude
    assert steady.max() - loudness[middle] == pytest.approx([6, 6], abs=0.5)


@pytest.mark.parametrize("seconds", [1.5, 3.3, 60])
def test_music_is_as_long_as_the_sound(seconds):
    bed = music_in([word(), Pause(6), word(seed=1)], noise(seconds, 22050, -30, seed=4))
    loudness = [db(block) for block in np.array_split(bed[16000 + 12000 : 16000 + 80000], 1000)]  # 4 ms each
    assert min(loudness) > np.median(loudness) - 8  # no hole where it begins again: uncorrelated seams dip by 3 dB


def test_where_music_begins_again_nothing_clicks():
    bed = music_in([Pause(9), word()], Clip(tone(121.7, 2.003, 16000, -12).samples, 16000))
    steady = bed[16000 : 8 * 16000]
    step = 2 * np.pi * 121.7 / 16000 * np.abs(steady).max()
    assert np.abs(np.diff(steady)).max() < 1.05 * step


def test_nothing_clips():
    loud = glued(*[tone(hz, 0.3, 16000, 0) for hz in (200, 900, 2500)])
    sound = compose([loud, Pause(2), loud], 16000, Finish(level=-6, ceiling=-1), tone(300, 8, 16000, 0), music_level=0)
    assert np.abs(sound.samples).max() <= np.float32(factor(-1))
    assert sound.samples.max() > 0.8


def test_pydub_adds_no_noise():
    clip = Clip(noise(0.5, 22050, -20, seed=2).samples[:11003], 22050)  # 499.002 ms: pydub counts whole ones
    assert np.abs(module._clip(module._segment(clip)).samples - clip.samples).max() < 10 ** (-140 / 20)
    mixed = module._mixed(clip, Clip(clip.samples * 3, 22050))
    assert np.abs(mixed.samples - 4 * clip.samples).max() < 10 ** (-120 / 20)


@pytest.mark.parametrize(
    ("music", "why"),
    [
        (silence(3, 8000), "silent"),
        (silence(0, 8000), "silent"),
        (noise(0.4, 8000, -20), r"0\.4 s long"),
        (noise(0.98, 8000, -20), r"1\.0 s long; name a file of 1 s"),
    ],
)
def test_music_that_is_none_is_refused(music, why):
    with pytest.raises(InputError, match=why):
        compose([word(), Pause(2)], 16000, music=music)


def test_a_second_of_music_is_enough():
    sound = compose([word(), Pause(2)], 16000, music=noise(1, 8000, -20))
    assert np.abs(sound.samples[-round(1.6 * 16000) : -round(1.2 * 16000)]).max() > 0


def test_the_same_pieces_are_the_same_bytes():
    once, again = (compose([word(), Pause(0.4), word(seed=1)], 16000, music=BED) for _ in range(2))
    assert once.samples.tobytes() == again.samples.tobytes()


def test_sentences_are_joined_the_same_way():
    sentences = [word(16000, -35), word(22050, -15, seed=1), word(16000, -25, seed=2)]
    sound = joined(sentences, pause=0.35)
    assert sound.rate == 22050
    pieces = [sentences[0], Pause(0.35), sentences[1], Pause(0.35), sentences[2]]
    assert np.array_equal(sound.samples, compose(pieces, 22050, BARE).samples)
    assert joined(sentences[:1]).seconds == pytest.approx(1.09, abs=0.03)


def test_importing_pydub_warns_of_nothing(tmp_path):
    """Not even where no ffmpeg is: none is needed. Other warnings pass."""
    code = "import warnings; from voicekit.audio import compose; compose._audio_segment(); warnings.warn('ours')"
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ours" in done.stderr
    assert "ffmpeg" not in done.stderr
    assert "audioop" not in done.stderr
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        module._audio_segment()
