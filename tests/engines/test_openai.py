"""Servers with OpenAI's /v1/audio/speech, as OpenAI documents it and as self-hosted ones differ from it."""

import base64
import datetime as dt
import struct
from email.utils import format_datetime

import numpy as np
import pytest
from engines.provider import KEY, Answer, cost, pcm, samples, sound

from voicekit import engines
from voicekit.engines import Speech
from voicekit.engines import openai as module
from voicekit.engines.openai import ENGINE
from voicekit.errors import EngineError
from voicekit.voices import Speaker


def speech(text="Press one.", *, voice="nova", settings=None, service=None, folder=None, reference=""):
    every = engines.defaults(ENGINE.settings) | (settings or {})
    reached = engines.defaults(ENGINE.service) | (service or {})
    speaker = Speaker(voice, voice, reference=reference)
    return Speech(text, "en", speaker, every, reached, *([folder] if folder else []))


def test_the_request_is_the_documented_one_and_says_no_more_than_it_must(openai):
    ENGINE.speak(speech())
    [asked] = openai.asked
    assert asked.path == "/v1/audio/speech"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["content-type"] == "application/json"
    assert asked.json == {"model": "tts-1", "input": "Press one.", "voice": "nova", "response_format": "wav"}


def test_what_is_set_is_asked_for(openai):
    ENGINE.speak(speech(settings={"model": "gpt-4o-mini-tts", "instructions": "Calmly.", "speed": 1.25}))
    asked = openai.asked[0].json
    assert (asked["model"], asked["instructions"], asked["speed"]) == ("gpt-4o-mini-tts", "Calmly.", 1.25)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "MP3", "OGG"])
def test_whatever_sound_comes_is_read(openai, kind):
    openai.next.append(Answer(sound(b"x", kind)))
    clip = ENGINE.speak(speech())
    assert clip.rate == 24000
    assert clip.seconds == pytest.approx(0.5, abs=0.06)


def test_pcm_is_24_khz(openai):
    openai.next.append(Answer(pcm(b"x")))
    clip = ENGINE.speak(speech(service={"response_format": "pcm"}))
    assert openai.asked[0].json["response_format"] == "pcm"
    assert clip.rate == 24000
    assert np.allclose(clip.samples, samples(b"x", 24000), atol=1e-4)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF - 36, 0xFFFFFFFF - 44])
def test_a_wav_that_was_sent_while_it_was_spoken_is_read_to_its_end(openai, size):
    whole = sound(b"x")
    at = whole.index(b"data") + 4
    openai.next.append(Answer(whole[:at] + struct.pack("<I", size) + whole[at + 4 :]))
    assert np.allclose(ENGINE.speak(speech()).samples, samples(b"x", 24000), atol=1e-4)


def test_a_wav_that_is_shorter_than_it_says_is_no_sound(openai):
    openai.next.append(Answer(sound()[:-1000]))
    with pytest.raises(EngineError, match=r"^openai: .*broke off: 23000 of 24000 bytes.*; try again later$"):
        ENGINE.speak(speech())


@pytest.mark.parametrize("body", [b"hello", b"RIFF", b"\0" * 1000, sound()[:30], b"ID3" + bytes(50)])
def test_what_is_no_sound_is_told(openai, body):
    openai.next.append(Answer(body))
    with pytest.raises(EngineError, match=r"^openai: the answer of 127\.0\.0\.1"):
        ENGINE.speak(speech())


@pytest.mark.parametrize("body", [b"x", b"abc"])
def test_half_a_sample_is_no_pcm(openai, body):
    openai.next.append(Answer(body))
    with pytest.raises(EngineError, match="or not all of it"):
        ENGINE.speak(speech(service={"response_format": "pcm"}))


def test_turned_away_it_waits_as_long_as_it_was_asked_to(openai, clock):
    openai.next.append(Answer(b"", 429, {"Retry-After": "17"}))
    assert ENGINE.speak(speech()).seconds == 0.5
    assert clock.slept == [17]


def test_turned_away_until_a_date_it_waits_as_long(openai, clock):
    date = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30), usegmt=True)
    openai.next.append(Answer(b"", 503, {"Retry-After": date}))
    ENGINE.speak(speech())
    [slept] = clock.slept
    assert 10 < slept <= 30


def test_it_comes_back_after_three_errors(openai, clock):
    openai.next += [Answer(b"", 500), Answer(sound(), missing=10), Answer(reset=True)]
    assert ENGINE.speak(speech()).seconds == 0.5
    assert len({asked.body for asked in openai.asked}) == 1
    assert clock.slept == [1, 2, 4]


def test_it_gives_up(openai):
    openai.next += [Answer(b'{"error": {"message": "overloaded; sorry"}}', 503)] * 9
    with pytest.raises(EngineError, match=r'answered 503: "overloaded; sorry" \(5 times\); try again later$'):
        ENGINE.speak(speech())
    assert len(openai.asked) == 5


@pytest.mark.parametrize("status", [400, 401, 404])
def test_what_will_not_pass_is_asked_once(openai, status):
    openai.next.append(Answer(b'{"error": {"message": "no such voice: nova"}}', status))
    with pytest.raises(EngineError, match=r"no such voice: nova|is not accepted"):
        ENGINE.speak(speech())
    assert len(openai.asked) == 1


def test_plain_models_take_no_instructions(openai):
    asked = speech(settings={"instructions": "Calmly."})
    assert "tts-1 takes no instructions" in ENGINE.refusal(asked)
    with pytest.raises(EngineError, match="takes no instructions"):
        ENGINE.speak(asked)
    assert openai.asked == []


def test_no_key_is_told_before_any_work_and_a_server_may_want_none(openai, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    assert "OPENAI_API_KEY" in ENGINE.refusal(speech())
    assert ENGINE.refusal(speech(service={"key_env": ""})) == ""
    ENGINE.speak(speech(service={"key_env": ""}))
    assert "authorization" not in openai.asked[0].headers


@pytest.mark.parametrize(
    ("host", "voice", "asked"),
    [
        (".0.0.1", "voice_1234", {"id": "voice_1234"}),
        (".0.0.1", "nova", "nova"),
        (".api.openai.com", "voice_1234", "voice_1234"),
    ],
)
def test_a_custom_voice_is_an_object_to_openai_and_a_name_to_others(openai, monkeypatch, host, voice, asked):
    monkeypatch.setattr(module, "_OPENAI", host)
    ENGINE.speak(speech(voice=voice))
    assert openai.asked[0].json["voice"] == asked


@pytest.mark.parametrize(("model", "price"), [("tts-1", 15), ("tts-1-hd", 30), ("gpt-4o-mini-tts", 16)])
def test_each_model_has_its_price(tmp_path, model, price):
    assert cost(tmp_path, "openai", f'model = "{model}"') == f"about {price}.00 USD"


def test_of_another_model_it_knows_no_price_unless_it_is_told(tmp_path):
    assert cost(tmp_path, "openai", 'model = "kokoro"') == "at a price that voicekit does not know (price in [service])"
    assert cost(tmp_path, "openai", 'model = "kokoro"', "price = 0") == "about 0.00 USD"


class TestReference:
    """A server that clones takes the recording in a field of the request."""

    def test_it_is_sent_where_the_server_takes_it(self, openai, tmp_path):
        (tmp_path / "reference.flac").write_bytes(sound(b"me", "FLAC"))
        service = {"reference_field": "ref_audio"}
        ENGINE.speak(speech(service=service, folder=tmp_path, reference="reference.flac"))
        head, _, data = openai.asked[0].json["ref_audio"].partition(";base64,")
        assert head.startswith("data:audio/")
        assert head.endswith("flac")
        assert base64.b64decode(data) == sound(b"me", "FLAC")

    def test_what_is_said_in_it_goes_along_where_the_server_takes_it(self, openai, tmp_path):
        (tmp_path / "reference.flac").write_bytes(sound(b"me", "FLAC"))
        service = {"reference_field": "ref_audio", "reference_text_field": "ref_text"}
        asked = speech(service=service, folder=tmp_path, reference="reference.flac")
        for content in (None, b" \n", b"\xff"):
            if content is not None:
                (tmp_path / "reference.txt").write_bytes(content)
            assert "reference.txt: no text there; write into it" in ENGINE.refusal(asked)
        (tmp_path / "reference.txt").write_text("\ufeffMary had\na little lamb.\n", "utf-8")
        ENGINE.speak(asked)
        assert openai.asked[0].json["ref_text"] == "Mary had a little lamb."
        assert openai.asked[0].json["ref_audio"].startswith("data:audio/")

    def test_it_is_not_left_out_in_silence(self, tmp_path):
        assert "reference_field" in ENGINE.refusal(speech(folder=tmp_path, reference="reference.flac"))

    def test_it_must_be_there(self, openai, tmp_path):
        asked = speech(service={"reference_field": "ref_audio"}, folder=tmp_path, reference="reference.flac")
        assert "reference.flac: not there" in ENGINE.refusal(asked)
        with pytest.raises(EngineError, match="not there"):
            ENGINE.speak(asked)
        assert openai.asked == []

    def test_it_must_not_be_an_album(self, tmp_path):
        with (tmp_path / "reference.flac").open("wb") as file:
            file.truncate((10 << 20) + 1)
        asked = speech(service={"reference_field": "ref_audio"}, folder=tmp_path, reference="reference.flac")
        assert "over 10 MB" in ENGINE.refusal(asked)

    def test_a_voice_without_one_sends_none(self, openai):
        ENGINE.speak(speech(service={"reference_field": "ref_audio"}))
        assert "ref_audio" not in openai.asked[0].json
