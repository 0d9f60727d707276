"""A voice that was changed behind one's back is noticed before it speaks; one that was not is left in peace."""

import dataclasses
import datetime as dt
import random
import shutil
from functools import cache

import numpy as np
import pytest
from sites import PROMPTS, Site
from voiceprint.conftest import encoder, read  # noqa: F401  a fixture

from voicekit import calibration, drift, voices
from voicekit.audio.resample import Resampled
from voicekit.clip import Clip, gather
from voicekit.engines.espeak import Espeak
from voicekit.errors import EngineError
from voicekit.jobs import calibrate
from voicekit.voiceprint import ge2e

DAY = dt.date(2026, 3, 1)
VARIANTS = ("", "+f1", "+f3", "+f5", "+m1", "+m2", "+m3", "+m5", "+m7", "+m8")
SENTENCES = 5


@pytest.fixture
def spoken(site):
    site.voice(engine="espeak", voice="en-us")
    return site


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("drift") / "site")
    site.voice(engine="espeak", voice="en-us")
    return voices.load(site.root / "voices/robot")


def measure(voice, clips):
    return drift.measured(voice, "en", clips, "1", DAY)


@pytest.fixture(scope="module")
def measured(profile):
    return cache(lambda variant: measure(profile, read(f"en-us{variant}", count=SENTENCES)))


TRIALS = pytest.mark.parametrize("trials", [4, pytest.param(50, marks=pytest.mark.faults)])


@TRIALS
def test_another_voice_is_caught_in_every_trial(encoder, measured, trials):  # noqa: F811
    choice = random.Random(trials)
    for _ in range(trials):
        before, after = choice.sample(VARIANTS, 2)
        assert list(drift.differences(measured(before), measured(after))), (before, after)


def perturbed(clip, choice):
    """The same sentence as an engine that draws lots would say it: other noise, a little louder, faster, later."""
    rate = round(clip.rate * choice.uniform(0.985, 1.015))
    samples = gather(Resampled(Clip(clip.samples, clip.rate), rate)).samples
    noise = np.random.default_rng(choice.randrange(1 << 30)).normal(0, 10 ** (-62 / 20), len(samples))
    silence = np.zeros(choice.randrange(2000), np.float32)
    louder = samples * 10 ** (choice.uniform(-0.5, 0.5) / 20) + noise
    return Clip(np.concatenate([silence, louder]).astype(np.float32), clip.rate)


@TRIALS
def test_the_same_voice_is_caught_in_no_trial(encoder, profile, measured, trials):  # noqa: F811
    for seed in range(trials):
        choice = random.Random(seed)
        variant = choice.choice(VARIANTS[:4])
        again = [perturbed(clip, choice) for clip in read(f"en-us{variant}", count=SENTENCES)]
        assert list(drift.differences(measured(variant), measure(profile, again))) == [], seed


def test_without_the_speaker_model_pitch_and_timbre_still_tell(monkeypatch, profile):
    monkeypatch.setattr("voicekit.voiceprint.weights.PACKAGE", "no-such-package")
    monkeypatch.setattr("voicekit.voiceprint.encoder", ge2e.load)
    before, after = (measure(profile, read(f"en-us{variant}", count=SENTENCES)) for variant in ("", "+f3"))
    assert before.profile is None
    assert any("pitch" in words for words in drift.differences(before, after))


def test_a_profile_of_another_speaker_model_is_not_compared(encoder, profile, measured):  # noqa: F811
    now = measured("")
    other = dataclasses.replace(now, profile={**now.profile, "encoder": "onnx:0"})
    assert list(drift.differences(other, now)) == []


@pytest.fixture(scope="module")
def calibrated_once(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("calibrated") / "site")
    site.voice(engine="espeak", voice="en-us")
    (outcome,) = calibrate.apply(site.root / "voices/robot", today=DAY)
    assert outcome.code == "calibrated"
    return site


@pytest.fixture
def calibrated(calibrated_once, site):
    shutil.copytree(calibrated_once.root, site.root, dirs_exist_ok=True)
    return site


def heard(monkeypatch):
    """Count how often the calibration text is spoken."""
    count = []
    original = drift.spoken
    monkeypatch.setattr(drift, "spoken", lambda *args: count.append(args) or original(*args))
    return count


def check(site, today=DAY):
    situation = site.situation()
    cache_ = site.root / ".voicekit/drift.json"
    drift.check(Espeak(), situation.voice, ["en"], cache_, today)


def test_it_is_heard_again_when_the_engine_changed_and_after_30_days(calibrated, monkeypatch):
    count = heard(monkeypatch)
    check(calibrated, DAY + dt.timedelta(days=29))
    assert not count
    check(calibrated, DAY + dt.timedelta(days=30))
    assert len(count) == 1
    check(calibrated, DAY + dt.timedelta(days=59))  # this machine checked 29 days ago
    assert len(count) == 1
    monkeypatch.setattr(Espeak, "version", lambda self: "99")
    check(calibrated, DAY)
    assert len(count) == 2


def test_a_changed_profile_asks_for_a_calibration(calibrated):
    calibrated.voice(engine="espeak", voice="en-us+f3")
    with pytest.raises(EngineError, match="changed since the voice was calibrated in en"):
        check(calibrated)


def test_a_voice_that_was_never_calibrated_is_not_checked(spoken, monkeypatch):
    count = heard(monkeypatch)
    check(spoken)
    assert not count


def test_the_calibration_is_kept_and_read_back(calibrated):
    folder = calibrated.root / "voices/robot"
    known = calibration.load(folder)
    assert 30 < known["en"].seconds < 90
    assert known["en"].pace == pytest.approx(1.0, abs=0.02)
    assert calibration.reference(folder, "en").read_bytes()[:4] == b"fLaC"
    before = (folder / calibration.FILE).read_bytes()
    calibration.save(folder, known)
    assert (folder / calibration.FILE).read_bytes() == before
    (outcome,) = calibrate.apply(folder, today=DAY + dt.timedelta(days=1))
    assert outcome.code == "unchanged"
    assert (folder / calibration.FILE).read_bytes() == before


def test_a_year_later_the_engine_speaks_otherwise(calibrated, run, monkeypatch):
    """The customer mails a text, the engine's voice has changed under its name: nothing is spoken, all is said."""
    assert run("revoice", "-C", calibrated.root).code == 0
    before = calibrated.tree("build")
    calibrated.words({**PROMPTS, "new": "We are closed today because of the weather."})
    original = Espeak.speak
    monkeypatch.setattr(Espeak, "version", lambda self: "99")
    monkeypatch.setattr(Espeak, "speak", lambda self, speech: original(self, female(speech)))
    ran = run("revoice", "-C", calibrated.root)
    assert ran.code == 5
    assert "another speaker" in ran.err
    assert "voicekit voice calibrate robot" in ran.err
    assert {name: data for name, data in calibrated.tree("build").items() if name.endswith("ulaw")} == {
        name: data for name, data in before.items() if name.endswith("ulaw")
    }


def female(speech):
    from dataclasses import replace

    return replace(speech, speaker=replace(speech.speaker, voice="en-us+f3"))
