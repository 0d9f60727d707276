"""Speech of several voices, from the embedded engine."""

import datetime as dt
from functools import cache

import pytest
from sites import Site

from voicekit import engines, parallel, voiceprint
from voicekit.calibration import sentences
from voicekit.engines import Speech, espeak
from voicekit.jobs import calibrate
from voicekit.voiceprint import EncoderMissingError
from voicekit.voices import Speaker


@pytest.fixture(scope="session")
def encoder():
    try:
        return voiceprint.encoder()
    except EncoderMissingError as error:  # CI: a failure, as for what apt-get install brings
        pytest.skip(f"{error} (with make; not apt-get install)")


@pytest.fixture(scope="session")
def calibrated_voice(encoder, tmp_path_factory):
    """A folder `robot`: the embedded engine's en-us, calibrated today; to be copied."""
    site = Site(tmp_path_factory.mktemp("calibrated") / "site")
    site.voice(engine="espeak", voice="en-us")
    folder = site.root / "voices/robot"
    assert [x.code for x in calibrate.apply(folder, today=dt.datetime.now(dt.UTC).date())] == ["calibrated"]
    return folder


@cache
def read(voice: str, language: str = "en", count: int | None = None):
    """The calibration text, or so many sentences of it, spoken: a Clip a sentence."""
    from pathlib import Path

    settings = engines.defaults(espeak.ENGINE.settings)
    espeak.ENGINE.version()
    with parallel.fresh(espeak.ENGINE.speak, limit=60) as speak:
        lines = sentences(Path("/nowhere"), language)[:count]
        return [speak(Speech(line, language, Speaker(voice, voice), settings)) for line in lines]


@cache
def prints_of(voice: str, language: str = "en"):
    return voiceprint.encoder().prints(read(voice, language))
