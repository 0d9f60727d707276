"""What is written is proved: an encoder that writes something else is found out, and nothing is left behind."""

import numpy as np
import pytest

from voicekit.audio import render as rendering
from voicekit.audio.level import prompt_level
from voicekit.audio.read import open_sound
from voicekit.audio.recipe import Finish
from voicekit.audio.render import render
from voicekit.clip import Clip
from voicekit.errors import VerificationError
from voicekit.formats import TABLE, Format

from .signals import speech

NAMES = ("wav", "wav16", "ulaw", "alaw", "gsm", "g722", "sln", "sln16", "sln48")


def _targets(folder):
    return {folder / f"x.{name}": TABLE[name] for name in NAMES}


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_every_file_is_about_as_loud_as_the_sound(tmp_path, rate):
    rendered = render(speech(2.0, rate), Finish(), _targets(tmp_path))
    assert rendered.level == pytest.approx(-20, abs=0.05)
    levels = {path: prompt_level(open_sound(path)).active for path in _targets(tmp_path)}
    assert all(abs(level + 20) < 2.5 for level in levels.values())


def test_without_a_recipe_nothing_is_changed(tmp_path):
    sound = speech(1.0, 8000)
    rendered = render(sound, None, {tmp_path / "x.sln": TABLE["sln"]})
    written = np.frombuffer((tmp_path / "x.sln").read_bytes(), "<i2") / 32768
    assert np.abs(written - sound.samples).max() <= 0.5001 / 32768
    assert rendered.level_before == rendered.level


@pytest.mark.parametrize("spoil", ["half", "double", "quiet", "noise", "nothing"])
def test_a_spoiled_file_is_found_and_does_not_appear(tmp_path, monkeypatch, spoil):
    write = Format.write
    spoiled = {
        "half": lambda x: x[: len(x) // 2],
        "double": lambda x: np.concatenate([x, x]),
        "quiet": lambda x: x / 4,
        "noise": lambda x: np.random.default_rng(1).uniform(-1, 1, len(x)).astype(np.float32),
        "nothing": lambda x: x * 0,
    }[spoil]

    def wrong(row, blocks, file):
        write(row, [spoiled(np.concatenate(list(blocks)))], file)

    monkeypatch.setattr(Format, "write", wrong)
    path = tmp_path / "x.ulaw"
    with pytest.raises(VerificationError, match=r"x\.ulaw: decoded again"):
        render(speech(1.0, 8000), Finish(), {path: TABLE["ulaw"]})
    assert list(tmp_path.iterdir()) == []


def test_silence_stays_silence(tmp_path):
    rendered = render(Clip(np.zeros(8000, np.float32), 8000), Finish(), _targets(tmp_path))
    assert rendered.silent
    assert rendered.seconds == 1


def test_preparing_imports_the_codecs():
    rendering.prepare(TABLE[name] for name in NAMES)
