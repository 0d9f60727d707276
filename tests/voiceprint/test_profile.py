"""The verdict: same voice, another, too short to tell, no voice."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voiceprint.conftest import prints_of

from voicekit.errors import InputError
from voicekit.voiceprint import Voiceprint
from voicekit.voiceprint.profile import Profile, Verdict

AXES = np.eye(256, dtype=np.float32)


def leaning(cosine: float, seconds: float = 3.0) -> Voiceprint:
    """A sound at this cosine to the first axis."""
    return Voiceprint((cosine * AXES[0] + np.sqrt(1 - cosine**2) * AXES[1]).astype(np.float32), seconds)


def profile(count=8):
    """Of sounds that lie around the first axis, each a little to its own side."""
    sounds = [
        Voiceprint((0.95 * AXES[0] + np.sqrt(1 - 0.95**2) * AXES[2 + n]).astype(np.float32), 3.0) for n in range(count)
    ]
    return Profile.of("test", sounds)


def test_its_own_sounds_are_the_same_voice(encoder):
    prints = prints_of("en-us")
    own = Profile.of(encoder.identity, prints[:8])
    assert {own.judge(heard).verdict for heard in prints[8:]} == {Verdict.SAME}


@pytest.mark.parametrize("voice", ["en-us+f3", "en-us+m8", "en-us+f5"])
def test_another_voice_is_different(encoder, voice):
    own = Profile.of(encoder.identity, prints_of("en-us"))
    assert {own.judge(heard).verdict for heard in prints_of(voice)} == {Verdict.DIFFERENT}


@given(st.floats(0.3, 1.0), st.floats(0.3, 1.0), st.floats(1.0, 10.0))
def test_who_is_nearer_is_never_judged_worse(one, other, seconds):
    near, far = sorted((profile().judge(leaning(cosine, seconds)) for cosine in (one, other)), key=lambda j: -j.margin)
    assert (near.margin >= far.margin) == (max(one, other) >= min(one, other))
    assert not (near.verdict is Verdict.DIFFERENT and far.verdict is Verdict.SAME)


@given(st.floats(0.5, 0.95), st.floats(1.0, 6.0), st.floats(1.0, 6.0))
def test_a_longer_sound_must_be_nearer(cosine, one, other):
    """The length takes 0.065 of a cosine for each e-fold."""
    short, long = sorted((one, other))
    lost = profile().judge(leaning(cosine, short)).margin - profile().judge(leaning(cosine, long)).margin
    assert lost == pytest.approx(0.065 * np.log(long / short), abs=2e-3)


def test_short_sounds_are_not_judged_and_nothing_is_no_speech():
    assert profile().judge(leaning(0.2, 0.9)).verdict is Verdict.TOO_SHORT
    assert profile().judge(leaning(0.2, 1.1)).verdict is Verdict.DIFFERENT
    assert profile().judge(Voiceprint(None, 0.0)).verdict is Verdict.NOT_SPEECH


def test_it_comes_back_from_json():
    own = profile()
    back = Profile.from_dict(json.loads(json.dumps(own.to_dict())))
    assert back.likeness(own) == pytest.approx(1.0, abs=1e-6)
    assert back.judge(leaning(0.8)) == own.judge(leaning(0.8))


@pytest.mark.parametrize("change", [{"vector": "AAAA"}, {"vector": "?"}, {"own": "x"}, {"sounds": None}])
def test_a_damaged_one_is_refused(change):
    with pytest.raises((ValueError, TypeError)):
        Profile.from_dict({**profile().to_dict(), **change})


def test_few_sounds_make_no_profile():
    with pytest.raises(InputError, match="too few"):
        Profile.of("test", [leaning(0.9)] * 4 + [leaning(0.9, 0.5)] * 20)


def test_profiles_of_two_encoders_are_not_compared():
    other = Profile.of("other", [leaning(0.9)] * 5)
    with pytest.raises(InputError, match="can't be compared"):
        profile().likeness(other)
