"""espeak-ng: the same bytes for the same words, whatever stands in them."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from voicekit import parallel
from voicekit.engines import Speech, espeak
from voicekit.errors import EngineError
from voicekit.voices import Speaker

ENGINE = espeak.ENGINE
DEFAULTS = {key: setting.default for key, setting in ENGINE.settings.items()}
PROMPTS = [f"Нажмите {n}, чтобы услышать ещё {n * 7} сообщений." for n in range(10)]
PROMPTS += [f"Press {n} to hear {n * 7} more messages." for n in range(10)]

# A process that starts the library in the child, not in its parent as `revoice` does.
COLD = """
import hashlib, sys
from voicekit import parallel
from voicekit.engines import Speech, espeak
from voicekit.voices import Speaker
settings = {key: setting.default for key, setting in espeak.ENGINE.settings.items()}
tasks = [Speech(text, "ru", Speaker("ru", "ru"), settings) for text in sys.argv[1:]]
with parallel.fresh(espeak.ENGINE.speak, limit=60) as speak:
    for task in tasks:
        print(hashlib.sha256(speak(task).samples.tobytes()).hexdigest())
"""


@pytest.fixture
def name():
    return "espeak"


def speech(text, voice="ru"):
    return Speech(text, voice, Speaker(voice, voice), DEFAULTS)


def digest(clip):
    return hashlib.sha256(clip.samples.tobytes()).hexdigest()


def test_twenty_prompts_of_twenty_are_the_same_bytes_in_any_order(speak):
    once = {text: digest(speak(speech(text))) for text in PROMPTS}
    again = {text: digest(speak(speech(text))) for text in reversed(PROMPTS)}
    assert once == again
    assert len(set(once.values())) == len(PROMPTS)


def test_one_process_for_two_prompts_would_not_do():
    """The reason for a fresh process each: when this fails, espeak-ng has become better than its reputation."""
    [(_, pair)] = parallel.each(lambda text: [digest(ENGINE.speak(speech(text))) for _ in "ab"], PROMPTS[:1], workers=1)
    assert pair[0] != pair[1]


def test_a_library_started_in_the_parent_says_the_same(speak):
    cold = subprocess.run([sys.executable, "-c", COLD, *PROMPTS[:5]], check=True, capture_output=True, text=True)
    assert cold.stdout.split() == [digest(speak(speech(text))) for text in PROMPTS[:5]]


@pytest.mark.parametrize(
    "text",
    [
        "Всё ещё подождём её",
        "за́мок и замо́к",
        "Нажмите «один» — или „два“…",
        "Спасибо 🙂 до свидания 👋🏽",
        "\x01 5P один \x1b[31m два \x7f",
        "e\u0301\u200b\u2028\ufeff один",
        "<speak>один</speak> &amp; [[t@st]]",
        "один\ud800два",
        "1" * 200,
        "ё" * 500,
    ],
)
def test_nothing_in_a_text_stops_it(speak, text):
    clip = speak(speech(text))
    assert clip.seconds > 0.2
    assert np.abs(clip.samples).max() > 0.01


@pytest.mark.parametrize("character", ["\0", "\x01", "\t", "\x1b", "\x7f", "\x85"])
def test_a_control_character_is_a_space_and_not_the_end(speak, character):
    assert digest(speak(speech(f"Первое{character}второе"))) == digest(speak(speech("Первое второе")))


def test_a_long_text_is_said_to_its_end(speak):
    sentence = "Пожалуйста, подождите на линии. "
    few, many, more = (speak(speech(sentence * count)).seconds for count in (2, 32, 62))
    assert len(sentence * 62) > 1900
    assert more - many == pytest.approx(many - few, rel=0.02)
    end = speak(speech(sentence * 62 + "Конец."))
    assert end.seconds > more + 0.2


@pytest.mark.parametrize("voice", ["en", "en-us", "en-us+f3", "ru+whisper", "en-gb-x-rp"])
def test_voices_and_variants_that_are_there(speak, voice):
    assert ENGINE.refusal(speech("One", voice)) == ""
    assert digest(speak(speech("One two three", voice))) != digest(speak(speech("One two three", "de")))


@pytest.mark.parametrize("voice", ["en+no-such", "en+F3", "en+f3+m1", "en+../!v/f3"])
def test_an_unknown_variant_is_not_the_plain_voice(speak, voice):
    assert "no variant" in ENGINE.refusal(speech("One", voice))
    with pytest.raises(EngineError, match="no variant"):
        speak(speech("One", voice))


def test_a_missing_library_is_said(monkeypatch):
    monkeypatch.setattr(espeak, "_started", espeak._started.__wrapped__)
    monkeypatch.setattr(espeak.espeakng_loader, "get_library_path", lambda: "/nowhere/libespeak-ng.so")
    with pytest.raises(EngineError, match="reinstall the package espeakng-loader"):
        ENGINE.version()
