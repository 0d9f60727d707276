"""A Whisper that hears one sentence in every sound."""

import pytest

from voicekit.recognisers import VARIABLE
from voices import make_whisper

SAID = "Press 7 to speak with sales, or hold the line."


@pytest.fixture(scope="session")
def tiny_whisper(tmp_path_factory):
    return make_whisper.make(tmp_path_factory.mktemp("whisper") / "tiny", SAID)


@pytest.fixture
def listening(tiny_whisper, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"whisper:{tiny_whisper}")
