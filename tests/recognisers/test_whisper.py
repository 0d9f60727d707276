"""Real faster-whisper, with a model that a script makes."""

import shutil

import numpy as np
import pytest
from recognisers.conftest import SAID, tiny_whisper  # noqa: F401  a fixture

from voicekit import recognisers
from voicekit.clip import Clip
from voicekit.errors import EngineError
from voicekit.recognisers import VARIABLE
from voicekit.recognisers.whisper import RECOGNISER

SOUND = Clip(np.random.default_rng(1).normal(0, 0.1, 24000).astype(np.float32), 8000)


def test_it_hears(tiny_whisper, monkeypatch):  # noqa: F811
    monkeypatch.setenv(VARIABLE, f"whisper:{tiny_whisper}")
    ear = recognisers.ear("en_GB", list)
    assert ear.words(SOUND) == SAID
    assert ear.words(SOUND) == SAID  # from the model that is loaded by now


def test_a_model_of_english_is_not_asked_for_russian(tiny_whisper):  # noqa: F811
    assert RECOGNISER.refusal(str(tiny_whisper), "en") == ""
    assert "English only" in RECOGNISER.refusal(str(tiny_whisper), "ru")


def test_what_it_would_fetch_from_the_net_is_missed_before(tiny_whisper, tmp_path):  # noqa: F811
    folder = shutil.copytree(tiny_whisper, tmp_path / "model")
    (folder / "tokenizer.json").unlink()
    assert "tokenizer.json is missing" in RECOGNISER.refusal(str(folder), "en")


def test_a_damaged_model_is_found_before_anything_is_spoken(tiny_whisper, tmp_path, monkeypatch, site, run):  # noqa: F811
    folder = shutil.copytree(tiny_whisper, tmp_path / "model")
    (folder / "model.bin").write_bytes(b"not a model")
    monkeypatch.setenv(VARIABLE, f"whisper:{folder}")
    ran = run("revoice", "-C", site.root)
    assert ran.code == 5
    assert "the recogniser whisper can't listen to en" in ran.err
    assert not list(site.root.glob("masters/*"))


def test_a_damaged_model_is_no_crash(tiny_whisper, tmp_path):  # noqa: F811
    folder = shutil.copytree(tiny_whisper, tmp_path / "model")
    (folder / "model.bin").write_bytes(b"not a model")
    with pytest.raises(EngineError, match="not a model that faster-whisper loads"):
        RECOGNISER.load(str(folder), "en", ())
