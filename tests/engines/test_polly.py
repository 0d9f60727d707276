"""Amazon Polly through boto3, against a server that answers as the API does."""

import traceback

import pytest
from engines.provider import KEY, Answer, Provider, pcm, serve

from voicekit import engines
from voicekit.engines import Speech
from voicekit.engines import polly as module
from voicekit.engines.polly import ENGINE
from voicekit.errors import EngineError
from voicekit.voices import Speaker


def speech(text="Press one.", voice="Joanna", *, settings=None, service=None):
    every = engines.defaults(ENGINE.settings) | (settings or {})
    return Speech(text, "en", Speaker(voice, voice), every, engines.defaults(ENGINE.service) | (service or {}))


def error(code, status=400, message="what it says"):
    body = b'{"message": "%s"}' % message.encode()
    return Answer(body, status, {"x-amzn-ErrorType": code, "Content-Type": "application/json"})


def complaint() -> str:
    with pytest.raises(EngineError) as caught:
        ENGINE.speak(speech())
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert str(caught.value).startswith("polly: ")
    assert "; " in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("rate", ["8000", "16000"])
def test_the_request_is_that_of_the_api(polly, rate):
    clip = ENGINE.speak(speech(settings={"rate_hz": rate, "engine": "generative"}))
    assert (clip.rate, clip.seconds) == (int(rate), 0.5)
    [asked] = polly.asked
    assert asked.path == "/v1/speech"
    assert asked.json == {
        "Text": "Press one.", "VoiceId": "Joanna", "Engine": "generative", "OutputFormat": "pcm", "SampleRate": rate,
    }  # fmt: skip
    assert asked.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDeniedException", "polly:SynthesizeSpeech"),
        ("ExpiredTokenException", "log in again"),
        ("UnrecognizedClientException", "renew the keys"),
        ("InvalidSignatureException", "clock"),
        ("TextLengthExceededException", "shorter"),
        ("InvalidSampleRateException", "rate_hz"),
        ("EngineNotSupportedException", "engine in [settings]"),
        ("ValidationException", '"what it says"'),
    ],
)
def test_an_error_says_what_to_do_and_is_not_tried_again(polly, code, said):
    polly.next.append(error(code))
    message = complaint()
    assert code in message
    assert said in message
    assert len(polly.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [error("ThrottlingException"), error("ServiceFailureException", 500), error("X", 503), Answer(reset=True),
     Answer(pcm(), missing=10), Answer()],
    ids=["throttled", "failure", "unavailable", "reset", "short", "empty"],
)  # fmt: skip
def test_what_may_pass_is_tried_again_with_growing_pauses(polly, clock, answer):
    polly.next += [answer, answer]
    assert ENGINE.speak(speech()).seconds == 0.5
    assert clock.slept == [1, 2]


def test_throttled_for_ever_it_gives_up(polly):
    polly.next += [error("ThrottlingException")] * 9
    assert "ThrottlingException (5 times)" in complaint()


def test_half_a_sample_is_no_sound(polly):
    polly.next.append(Answer(b"123"))
    assert "not all of it" in complaint()


def test_more_than_any_prompt_is_is_refused(polly, monkeypatch):
    monkeypatch.setattr(module.web, "LIMIT", 1000)
    assert "endpoint_url" in complaint()


def test_offline_is_told_at_once(clock):
    asked = speech(service={"endpoint_url": "http://127.0.0.1:1", "region": "eu-west-1"})
    with pytest.raises(EngineError, match="can't be reached"):
        ENGINE.speak(asked)
    assert clock.slept == []


def test_no_credentials_are_told_before_any_work(monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "no AWS credentials; set AWS_ACCESS_KEY_ID" in ENGINE.refusal(speech())


def test_half_the_credentials_are_told(monkeypatch):
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "AWS can't be asked" in ENGINE.refusal(speech())


def test_no_region_is_told(monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert "no AWS region" in ENGINE.refusal(speech())
    assert ENGINE.refusal(speech(service={"region": "eu-west-1"})) == ""


@pytest.mark.parametrize(
    ("url", "why"),
    [("http://polly.example.com", "use https"), ("polly", "no address"), ("https://a:b@example.com", "password")],
)
def test_an_endpoint_where_words_and_session_would_be_open_is_not_asked(url, why):
    assert why in ENGINE.refusal(speech(service={"endpoint_url": url}))


def test_a_server_that_nobody_vouches_for_hears_nothing(certificates):
    provider = Provider(lambda _: Answer(pcm()))
    running = serve(provider, certificates / "self.pem")
    with pytest.raises(EngineError, match="certificate is not valid"):
        ENGINE.speak(speech(service={"endpoint_url": f"https://localhost:{provider.port}"}))
    assert provider.asked == []
    running.shutdown()
    running.server_close()


def test_an_unknown_profile_is_told():
    assert "nobody" in ENGINE.refusal(speech(service={"profile": "nobody"}))


def test_without_boto3_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r'boto3 is not installed; pip install "voicekit\[polly\]"'):
        ENGINE.version()


def test_a_mistyped_voice_is_told():
    assert 'did you mean "Joanna"' in ENGINE.refusal(speech(voice="Joana"))
