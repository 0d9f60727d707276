"""Piper, with the tiny voices of tests/voices: real models, run by the real package."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from voicekit import engines, fs, parallel
from voicekit.engines import Speech, piper
from voicekit.errors import EngineError
from voicekit.voices import Speaker

ENGINE = piper.ENGINE
VOICES = Path(__file__).parents[1] / "voices"
PROMPTS = [f"Press {n} to hear {n * 7} more messages." for n in range(10)]
PROMPTS += [f"Нажмите {n}, чтобы услышать ещё {n * 7} сообщений." for n in range(10)]


@pytest.fixture
def name():
    return "piper"


@pytest.fixture
def folder(tmp_path):
    for file in VOICES.glob("tiny*"):
        shutil.copy(file, tmp_path)
    return tmp_path


def speech(text="Press one.", voice="tiny.onnx", folder=VOICES, sha256=None, **settings):
    pin = fs.sha256(folder / voice.partition("#")[0]) if sha256 is None else sha256
    speaker = Speaker(voice, voice, sha256=pin)
    return Speech(text, "en", speaker, engines.defaults(ENGINE.settings) | settings, {}, folder)


def digest(clip):
    return hashlib.sha256(clip.samples.tobytes()).hexdigest()


def spoken(tasks, workers):
    results = dict(zip(range(len(tasks)), [None] * len(tasks), strict=True))
    for (index, _), clip in parallel.each(lambda task: ENGINE.speak(task[1]), list(enumerate(tasks)), workers=workers):
        results[index] = digest(clip)
    return list(results.values())


def test_twenty_prompts_of_twenty_are_the_same_bytes_in_any_order_and_number_of_workers():
    tasks = [speech(text) for text in PROMPTS]
    once = spoken(tasks, 1)
    assert spoken(tasks[::-1], 2)[::-1] == once
    assert len(set(once)) == len(PROMPTS)


def test_noise_is_real_and_off_unless_asked_for():
    for noise in ("noise", "noise_w"):
        assert len(set(spoken([speech(PROMPTS[0], **{noise: 1.0})] * 3, 1))) == 3


def test_voices_differ_and_so_do_the_speakers_of_one(speak):
    names = ["tiny.onnx", "tiny-high.onnx", *(f"tiny-three.onnx#{who}" for who in ("anna", "boris", "vera"))]
    heard = {digest(speak(speech(voice=voice))) for voice in names}
    assert len(heard) == len(names)
    assert digest(speak(speech(voice="tiny-three.onnx#2"))) == digest(speak(speech(voice="tiny-three.onnx#vera")))


def test_sentences_are_joined_at_the_level_that_the_model_gave_them(speak):
    pair = speak(speech("One. Two.")).samples
    one, two = (speak(speech(text)).samples for text in ("One.", "Two."))
    assert np.array_equal(pair, np.concatenate([one, two]))
    assert np.abs(pair).max() < 0.5  # Piper's own normalisation would make it 1


def test_length_stretches(speak):
    plain, slow = (speak(speech(length=length)).seconds for length in (1.0, 2.0))
    assert slow == pytest.approx(2 * plain, rel=0.01)


def test_an_unpinned_model_is_refused_with_the_line_to_paste(folder):
    reason = ENGINE.refusal(speech(folder=folder, sha256=""))
    assert f'sha256 = "{fs.sha256(folder / "tiny.onnx")}"' in reason


def test_another_model_under_the_same_name_is_refused(folder, speak):
    asked = speech(folder=folder)
    assert ENGINE.refusal(asked) == ""
    shutil.copy(folder / "tiny-high.onnx", folder / "tiny.onnx")
    assert "the model changed" in ENGINE.refusal(asked)
    with pytest.raises(EngineError, match="the model changed"):
        speak(asked)


@pytest.mark.parametrize(
    ("voice", "reason"),
    [
        ("tiny-three.onnx", 'write voice = "tiny-three.onnx#NAME", one of anna, boris, vera'),
        ("tiny-three.onnx#3", "one of anna, boris, vera"),
        ("tiny-three.onnx#-1", "one of anna, boris, vera"),
        ("tiny-three.onnx#olga", "one of anna, boris, vera"),
        ("tiny.onnx#anna", "no voice but one"),
    ],
)
def test_a_speaker_that_is_not_there_is_not_another_one(voice, reason, speak):
    assert reason in ENGINE.refusal(speech(voice=voice))
    with pytest.raises(EngineError, match="no voice"):
        speak(speech(voice=voice))


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"num_speakers": "1"}', '{"num_speakers": 1, "audio": {}}'])
def test_a_voice_without_its_json_is_refused(folder, content):
    path = folder / "tiny.onnx.json"
    path.unlink()
    if content is not None:
        path.write_text(content)
    reason = ENGINE.refusal(speech(folder=folder))
    assert reason.startswith(str(path))


def test_what_is_no_model_is_said(folder, speak):
    (folder / "tiny.onnx").write_bytes(b"<html>not found</html>")
    with pytest.raises(EngineError, match="not a model that onnxruntime loads"):
        speak(speech(folder=folder))


@pytest.mark.parametrize(
    "text", ["e\u0301\u200b\u2028\ufeff один", "<speak>один</speak>", "Спасибо 🙂", "[[ один", "1" * 100]
)
def test_nothing_in_a_text_stops_it(speak, text):
    assert speak(speech(text)).seconds > 0.1


def test_planning_loads_none_of_it():
    speaker = f"Speaker('tiny.onnx', '', {fs.sha256(VOICES / 'tiny.onnx')!r})"
    code = (
        "import sys; from pathlib import Path; from voicekit.engines import piper, Speech; "
        f"from voicekit.voices import Speaker; folder = Path({str(VOICES)!r}); "
        f"asked = Speech('one', 'en', {speaker}, {{}}, {{}}, folder); "
        "piper.ENGINE.version(); print(repr(piper.ENGINE.refusal(asked))); "
        "print({'numpy', 'onnxruntime', 'piper'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout == "''\nset()\n"


def test_a_missing_package_is_said_with_its_remedy(monkeypatch):
    def missing(name):
        raise piper.PackageNotFoundError(name)

    monkeypatch.setattr(piper, "version", missing)
    with pytest.raises(EngineError, match=r"piper-tts is not here; in voicekit.s folder: pip install .\.\[piper\]."):
        ENGINE.version()


def test_the_tiny_voices_are_what_their_script_says():
    for name, speakers in (("tiny", 1), ("tiny-high", 1), ("tiny-three", 3)):
        assert (VOICES / f"{name}.onnx").stat().st_size < 4096
        assert json.loads((VOICES / f"{name}.onnx.json").read_text(encoding="utf-8"))["num_speakers"] == speakers
