"""Words that were heard: in the gate, and in any folder."""

import shutil

import pytest
from recognisers.conftest import SAID, listening, tiny_whisper  # noqa: F401  fixtures

from voicekit.recognisers import VARIABLE

WORDS = {
    "custom/own": "Press seven to speak with sales, or hold the line.",
    "custom/other": "Our office is closed today, please call again tomorrow.",
    "seven": "seven",
}


@pytest.fixture
def spoken(site):
    site.words(WORDS)
    site.voice(engine="espeak", voice="en-us")
    return site


def test_the_gate_hears_words_and_doubts_others(spoken, listening, revoice, run):  # noqa: F811
    ran = revoice()
    assert ran.code == 3
    assert ran.codes == {"en/custom/own": "spoken", "en/custom/other": "doubtful", "en/seven": "spoken"}
    own, other, short = (spoken.entries()["en", name] for name in WORDS)
    assert (own.checks["heard"], own.checks["wrong"]) == (SAID, 0.0)
    assert other.doubts["words"].startswith(f'heard "{SAID}"')
    assert "heard" not in short.checks
    (outcome,) = [one for one in ran.outcomes if one["code"] == "doubtful"]
    assert outcome["data"]["heard"] == SAID
    assert not [name for name in spoken.tree("build/sounds") if "other" in name]
    accept = ("approve", "-C", spoken.root, "custom/other", "--accept", "--by", "Ann", "--note", "it is right")
    assert run(*accept).code == 0
    assert revoice().codes["en/custom/other"] == "built"


def test_a_take_is_heard_too(spoken, listening, revoice, run, tmp_path):  # noqa: F811
    revoice("--yes")
    takes = tmp_path / "takes/en/custom"
    takes.mkdir(parents=True)
    shutil.copy(spoken.master("custom/other"), takes / "other.flac")
    spoken.voice(engine="human")
    ran = run("take", "-C", spoken.root, "--json", takes.parent)
    assert ran.codes == {"en/custom/other": "doubtful"}
    assert SAID in ran.outcomes[0]["detail"]


def check(run, site, *argv):
    return run("voice", "check", "--words", "-C", site.root, "--json", *argv)


def named(ran):
    return {outcome["subject"].partition("en/")[2]: outcome["code"] for outcome in ran.outcomes}


@pytest.fixture
def built(spoken, revoice):
    assert revoice().code == 0
    return spoken


def test_a_folder_is_compared_with_the_catalogue(built, monkeypatch, run, tiny_whisper):  # noqa: F811
    monkeypatch.setenv(VARIABLE, f"whisper:{tiny_whisper}")
    sounds = built.root / "build/sounds"
    shutil.copy(sounds / "en/seven.ulaw", sounds / "en/stray.ulaw")
    ran = check(run, built, sounds)
    assert ran.code == 3
    assert named(ran) == {
        "custom/own.sln16": "its-words",
        "custom/other.sln16": "other-words",
        "seven.sln16": "its-words",
        "stray.ulaw": "words-unknown",
    }
    (stray,) = [outcome for outcome in ran.outcomes if outcome["code"] == "words-unknown"]
    assert stray["data"]["heard"] == SAID


def test_without_a_recogniser_the_length_tells(built, run):
    sounds = built.root / "build/sounds/en"
    shutil.copy(sounds / "seven.sln16", sounds / "custom/other.sln16")
    ran = check(run, built, sounds)
    assert named(ran) == {
        "custom/own.sln16": "its-words",
        "custom/other.sln16": "other-words",
        "seven.sln16": "its-words",
    }
    assert "nobody heard them" in ran.out
    assert "too short for its words" in ran.out


def test_a_file_of_a_folder_without_a_language_takes_one(built, run, tmp_path):
    shutil.copy(built.root / "build/sounds/en/seven.sln16", tmp_path / "seven.sln16")
    assert check(run, built, tmp_path / "seven.sln16").code == 4
    assert check(run, built, tmp_path / "seven.sln16", "--language", "en").code == 0
    assert check(run, built, tmp_path / "absent").code == 4


def test_damage_is_one_outcome(built, run):
    (built.root / "build/sounds/en/broken.wav").write_bytes(b"RIFF")
    (outcome,) = [
        one for one in check(run, built, built.root / "build/sounds/en").outcomes if one["code"] == "unreadable"
    ]
    assert outcome["subject"].endswith("broken.wav")


def test_who_speaks_is_another_question(built, run):
    assert check(run, built, built.root / "build/sounds", "--alone").code == 2
