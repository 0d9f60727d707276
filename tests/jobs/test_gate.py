"""What the gate doubts is kept, named, and not built, until somebody has listened."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from voiceprint.conftest import calibrated_voice, encoder  # noqa: F401  fixtures

from voicekit.clip import Clip
from voicekit.engines.espeak import Espeak

WORDS = {
    "custom/one": "If you would like to speak with the sales department, please press one now.",
    "custom/two": "Our office is closed today, please call again tomorrow after nine in the morning.",
}


@pytest.fixture
def gated(site, calibrated_voice):  # noqa: F811
    site.words(WORDS)
    shutil.copytree(calibrated_voice, site.root / "voices/robot", dirs_exist_ok=True)
    return site


def changed(monkeypatch, change, only="tomorrow"):
    """The engine speaks as `change` says where the words hold `only`."""
    original = Espeak.speak

    def speak(self, speech):
        ours = only in speech.text and speech.folder != Path()  # not the reading that lengths are compared with
        return change(lambda s: original(self, s), speech) if ours else original(self, speech)

    monkeypatch.setattr(Espeak, "speak", speak)


def woman(speak, speech):
    return speak(replace(speech, speaker=replace(speech.speaker, voice="en-us+f3")))


def cut(speak, speech):
    clip = speak(speech)
    return Clip(clip.samples[: len(clip.samples) * 6 // 10], clip.rate)


def beep(speak, speech):
    time = np.arange(16000 * 5) / 16000
    return Clip((0.3 * np.sin(2000 * np.pi * time)).astype(np.float32), 16000)


def test_its_own_voice_passes(gated, revoice):
    assert revoice().counts == {"spoken": 2}
    assert {entry.checks["voice"] for entry in gated.entries().values()} == {"same"}


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [(woman, "voice", "another voice"), (cut, "words", "too short for its words"), (beep, "voice", "no voice in it")],
)
def test_a_doubtful_sound_is_kept_and_not_built(gated, revoice, run, monkeypatch, change, kind, words):
    changed(monkeypatch, change)
    ran = revoice()
    assert (ran.code, ran.counts) == (3, {"spoken": 1, "doubtful": 1})
    entry = gated.entries()["en", "custom/two"]
    assert words in entry.doubts[kind]
    assert gated.master("custom/two").exists()
    assert not [name for name in gated.tree("build/sounds") if "two" in name]
    assert [name for name in gated.tree("build/sounds") if "one" in name]
    assert revoice().codes["en/custom/two"] == "doubtful"  # until something is done about it
    assert "doubtful" in run("status", "-C", gated.root).out


def test_the_sound_that_it_replaces_is_withdrawn(gated, revoice, monkeypatch):
    revoice()
    assert [name for name in gated.tree("build/sounds") if "two" in name]
    changed(monkeypatch, woman)
    gated.words({**WORDS, "custom/two": "Our office is closed today, please call again tomorrow after ten."})
    assert revoice().codes == {"en/custom/one": "current", "en/custom/two": "doubtful"}
    assert not [name for name in gated.tree("build/sounds") if "two" in name]


def test_only_who_listened_lets_it_pass(gated, revoice, run, monkeypatch):
    changed(monkeypatch, woman)
    revoice()
    approve = ("approve", "-C", gated.root, "custom/two", "--by", "Ann")
    plain = run(*approve)
    assert plain.code == 3
    assert "--accept" in plain.out
    assert run(*approve, "--accept").code == 2  # and says why
    assert run(*approve, "--accept", "--note", "a guest speaks this one").code == 0
    assert revoice().codes["en/custom/two"] == "built"
    assert [name for name in gated.tree("build/sounds") if "two" in name]
    assert '"accepted"' in (gated.root / "approvals.jsonl").read_text()
    assert "doubtful" not in run("status", "-C", gated.root).out


def test_spoken_anew_by_the_right_voice_it_is_doubted_no_more(gated, revoice, monkeypatch):
    with monkeypatch.context() as patch:
        changed(patch, woman)
        revoice()
    assert revoice("--all", "--yes", "custom/two").codes["en/custom/two"] == "spoken"
    assert not gated.entries()["en", "custom/two"].doubts


def test_without_the_speaker_model_nothing_is_claimed(site, revoice, monkeypatch):
    def missing():
        from voicekit.voiceprint import EncoderMissingError

        raise EncoderMissingError("no model")

    monkeypatch.setattr("voicekit.voiceprint.encoder", missing)
    assert revoice().code == 0
    assert {entry.checks["voice"] for entry in site.entries().values()} == {"not-checked"}
