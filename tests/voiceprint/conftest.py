"""Speech of several voices, from the embedded engine."""

from functools import cache

import pytest

from voicekit import engines, parallel, voiceprint
from voicekit.calibration import sentences
from voicekit.engines import Speech, espeak
from voicekit.voiceprint import EncoderMissingError
from voicekit.voices import Speaker


@pytest.fixture(scope="session")
def encoder():
    try:
        return voiceprint.encoder()
    except EncoderMissingError as error:  # CI: a failure, as for what apt-get install brings
        pytest.skip(f"{error} (with make; not apt-get install)")


@cache
def read(voice: str, language: str = "en"):
    """The calibration text, spoken: a Clip a sentence."""
    from pathlib import Path

    settings = engines.defaults(espeak.ENGINE.settings)
    espeak.ENGINE.version()
    with parallel.fresh(espeak.ENGINE.speak, limit=60) as speak:
        lines = sentences(Path("/nowhere"), language)
        return [speak(Speech(line, language, Speaker(voice, voice), settings)) for line in lines]


@cache
def prints_of(voice: str, language: str = "en"):
    return voiceprint.encoder().prints(read(voice, language))
