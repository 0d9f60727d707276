"""What every engine promises. The registry is the list: a new entry point is tested by this file at once."""

import sys
from pathlib import Path

import numpy as np
import pytest
from engines.conftest import NETWORK

from voicekit import engines, fs, parallel
from voicekit.clip import Clip
from voicekit.engines import Engine, Setting, Speech, Text
from voicekit.errors import EngineError
from voicekit.voices import Speaker

WORDS = {"en": "Please press one to speak with sales.", "ru": "Нажмите один, чтобы соединиться с отделом продаж."}
FOLDER = Path(__file__).parents[1] / "voices"  # of the voice: what lies in files lies there
VOICES: dict[str, str] = {
    "piper": "tiny.onnx",
    "polly": "Joanna",
    "rhvoice": "anna+slt",
}  # engine: its voice, "{language}" for the language, where it is not that
VOICELESS = {"tone", "command"}  # whatever the voice is called, it is the one that there is
ASKED = {"openai", "yandex"}  # which voices there are is the server's to say, when it is asked
PINS = {"piper": fs.sha256(FOLDER / "tiny.onnx")}
SERVICES = {"command": {"program": [sys.executable, str(FOLDER / "hum.py"), "{text}", "{out}"]}}
ELSEWHERE = {"rhvoice"}  # engines of which a part is not in any Python package

pytestmark = pytest.mark.parametrize("name", engines.names())


def speech(name, text=WORDS["en"], language="en", *, voice="", **settings):
    engine = engines.get(name)
    voice = voice or VOICES.get(name, "{language}").format(language=language)
    every = engines.defaults(engine.settings) | settings
    service = engines.defaults(engine.service) | SERVICES.get(name, {})
    return Speech(text, language, Speaker(voice, voice, PINS.get(name, "")), every, service, FOLDER)


@pytest.fixture(autouse=True)
def _here(name):
    if name in ELSEWHERE:
        try:
            engines.get(name).version()
        except EngineError as error:
            pytest.skip(str(error))
        if missing := engines.get(name).refusal(speech(name)):
            pytest.skip(missing)


def test_it_says_what_it_is(name):
    engine = engines.get(name)
    assert isinstance(engine, Engine)
    assert engine.name == name
    assert engine.about
    assert engine.how_to_get
    assert engine.version().strip()
    assert engine.parallel is None or engine.parallel > 0


def test_its_defaults_lie_within_their_bounds(name):
    engine = engines.get(name)
    for key, setting in [*engine.settings.items(), *engine.service.items()]:
        assert setting.meaning, key
        if isinstance(setting, Setting):
            assert setting.low <= setting.default <= setting.high, key
            assert setting.low < setting.high, key
        if isinstance(setting, Text) and setting.options:
            assert setting.default in setting.options, key


@pytest.mark.parametrize("text", ["", " ", "...", "«»", "—", "\0", "?!", "́"])
def test_it_refuses_before_any_work_what_has_no_words(name, text):
    assert "nothing" in engines.get(name).refusal(speech(name, text))


@pytest.mark.parametrize("language", WORDS)
def test_it_does_not_refuse_words(name, language):
    assert engines.get(name).refusal(speech(name, WORDS[language], language)) == ""


def test_it_takes_no_other_voice_for_one_that_it_does_not_have(name, speak):
    if name in VOICELESS | ASKED:
        pytest.skip("has no voices, or none that it could list")
    for voice in ("no-such-voice", "en-no-such", "EN ", "../en"):
        unknown = speech(name, voice=voice)
        assert "no voice" in engines.get(name).refusal(unknown)
        with pytest.raises(EngineError, match="no voice"):
            speak(unknown)


@pytest.mark.parametrize("language", WORDS)
def test_it_speaks(name, speak, language, capfd):
    clip = speak(speech(name, WORDS[language], language))
    assert isinstance(clip, Clip)
    assert clip.samples.dtype == np.float32
    assert clip.samples.ndim == 1
    assert np.isfinite(clip.samples).all()
    assert np.abs(clip.samples).max() > 0.01
    assert clip.rate >= 8000
    assert 0.05 < clip.seconds < 60
    assert capfd.readouterr() == ("", "")


def test_the_same_words_are_the_same_samples_in_every_process(name):
    if name in NETWORK:
        pytest.skip("what a server says is its own affair")
    tasks = [speech(name, text, language) for language, text in WORDS.items()] * 3
    with parallel.fresh(engines.get(name).speak, limit=60) as speak:
        heard = {(task.text, clip.rate, clip.samples.tobytes()) for task in tasks for clip in [speak(task)]}
    assert len(heard) == len(WORDS)


def test_every_setting_is_heard(name, speak):
    for key, setting in engines.get(name).settings.items():
        match setting:
            case Setting():
                ends = setting.low, setting.high
            case Text(options=(first, *_, last)):
                ends = first, last
            case _:
                continue  # any text: what that may be is in the engine's own tests
        low, high = (speak(speech(name, **{key: value})) for value in ends)
        assert low.samples.tobytes() != high.samples.tobytes(), key
