"""Google Translate through gTTS: only over verified TLS, only whole answers, one clear sentence for all else."""

import io
import json
import socket
import threading

import gtts.tts
import pytest
import requests
from engines.translate import line, spoken

from voicekit import workspace
from voicekit.cli import main
from voicekit.engines import Speech
from voicekit.engines import gtts as module
from voicekit.errors import EngineError, Exit
from voicekit.voices import Speaker

ENGINE = module.ENGINE


def speech(text="Press one.", voice="en", slow=0):
    return Speech(text, "en", Speaker(voice, voice), {"slow": slow})


def complaint(text="Press one.") -> str:
    with pytest.raises(EngineError) as caught:
        ENGINE.speak(speech(text))
    message = str(caught.value)
    assert message.startswith("gtts: ")
    assert "\n" not in message
    assert ";" in message  # what to do about it
    return message


@pytest.fixture(autouse=True)
def leaves_nothing(tmp_path, monkeypatch):
    """Whatever happens: no file in the folder that it runs in, and requests as it was."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    session = requests.Session
    yield
    assert requests.Session is session
    assert not list(here.iterdir())


def test_speaks_over_verified_tls(google):
    clip = ENGINE.speak(speech())
    assert clip.rate == 24000
    assert clip.seconds == pytest.approx(0.06 * len("Press one."), abs=0.1)
    assert google.asked == 1


def test_a_long_text_is_asked_for_in_parts_and_put_together(google):
    text = "Please hold the line. " * 20
    assert ENGINE.speak(speech(text)).seconds == pytest.approx(0.06 * len(text), rel=0.1)
    assert google.asked > 3


def test_a_server_that_nobody_vouches_for_hears_nothing(serving):
    stranger = serving("self")
    assert "certificate is not valid" in complaint()
    assert stranger.asked == 0


def test_a_ca_that_this_machine_does_not_know_is_refused(serving):
    assert serving("server").asked == 0
    assert "certificate is not valid" in complaint()


def test_gtts_alone_would_have_sent_it(serving):
    """The reason for `_VerifiedSession`: when this fails, gTTS has learnt to check, and ours can go."""
    stranger = serving("self")
    audio = io.BytesIO()
    gtts.tts.gTTS("Press one.", lang="en").write_to_fp(audio)
    assert audio.getvalue()
    assert stranger.asked == 1


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_an_answer_with_an_error_is_named(google, status):
    google.status = status
    assert f"answered {status}" in complaint()


def test_between_two_requests_there_is_a_pause(google, clock):
    ENGINE.speak(speech("Please hold the line. " * 20))
    assert clock.slept == [0] + [module.PAUSE] * (google.asked - 1)


def test_turned_away_it_waits_as_long_as_it_was_asked_to(google, clock):
    google.turns_away = [25]
    assert ENGINE.speak(speech()).rate == 24000
    assert google.asked == 2
    assert clock.slept == [0, 25, 0]


def test_turned_away_again_and_again_it_gives_up(google, clock):
    google.status = 429
    assert "answered 429 (5 times); wait some minutes" in complaint()
    assert google.asked == 5
    assert [slept for slept in clock.slept if slept >= 1] == [4, 8, 16, 32]


def test_an_answer_that_breaks_off_is_no_sound(google):
    google.missing = 1000
    assert "broke off" in complaint()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Before you continue</html>",
        b'[["wrb.fr","jQ1olc",null]]',
        line("this is not base64")[:-9] + b'=="]",null]]\n',
        line("MTIzNDU="),
        spoken(b"f.req=" + json.dumps([[["jQ1olc", json.dumps(["Hi", "en", None, ""]), None, ""]]]).encode())[:300],
        'jQ1olc","[\\"звук\\"]'.encode(),
        b"jQ1olc \xff\xfe",
    ],
    ids=["empty", "a page", "no audio", "bad base64", "no MP3", "cut", "not ASCII", "not UTF-8"],
)
def test_an_answer_of_another_kind_is_no_sound(google, body):
    google.answer = lambda _: body
    complaint()


def test_half_of_a_long_text_is_no_sound(google):
    def half(body):
        return spoken(body) if google.asked == 1 else b"nothing\n"

    google.answer = half
    assert "not all of it" in complaint("Please hold the line. " * 20)


def test_offline_is_said(translate_at):
    with socket.create_server(("localhost", 0)) as server:
        port = server.getsockname()[1]
    translate_at(port)
    assert "can't be reached" in complaint()


def test_a_server_that_keeps_silent_is_given_up(google, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    released = threading.Event()

    def slow(body):
        released.wait(10)
        return spoken(body)

    google.answer = slow
    assert "can't be reached" in complaint()
    released.set()


def test_slow_is_asked_for(google):
    assert ENGINE.speak(speech(slow=1)).seconds > 1.5 * ENGINE.speak(speech()).seconds


@pytest.mark.parametrize("voice", ["xx", "EN", "", "iw-x"])
def test_no_other_language_is_taken_instead(google, voice):
    assert "no voice" in ENGINE.refusal(speech(voice=voice))
    with pytest.raises(EngineError, match="no voice"):
        ENGINE.speak(speech(voice=voice))
    assert google.asked == 0


def test_offline_every_prompt_fails_with_a_remedy_and_nothing_is_written(translate_at, tmp_path, capsys):
    with socket.create_server(("localhost", 0)) as server:
        port = server.getsockname()[1]
    translate_at(port)
    root = tmp_path / "site"
    (root / "prompts/en").mkdir(parents=True)
    (root / "voices/google").mkdir(parents=True)
    (root / "voicekit.toml").write_text(workspace.template("Wind", ("en",), ("ulaw",), "google"))
    (root / "prompts/en/menu.toml").write_text('["one"]\ntext = "Press one."\n["two"]\ntext = "Press two."\n')
    profile = 'version = 1\nengine = "gtts"\nlicence = "none"\n[languages.en]\nvoice = "en"\n'
    (root / "voices/google/voice.toml").write_text(profile)
    assert main(["revoice", "-C", str(root), "--json"]) == Exit.ITEMS_FAILED
    outcomes = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert {(outcome["subject"], outcome["verdict"]) for outcome in outcomes} == {
        ("en/one", "failed"),
        ("en/two", "failed"),
    }
    assert all("check the internet connection" in outcome["detail"] and outcome["remedy"] for outcome in outcomes)
    written = {path.name for path in root.rglob("*") if path.is_file() and not path.is_relative_to(root / ".voicekit")}
    assert written == {"voicekit.toml", "menu.toml", "voice.toml", "voicekit.lock", "manifest.jsonl"}
