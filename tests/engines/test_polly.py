"""Amazon Polly through boto3, against a server that answers as the API does."""

import traceback
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from botocore.stub import Stubber
from engines.provider import KEY, Answer, Provider, cost, pcm, serve
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from voicekit import engines
from voicekit.engines import Speech
from voicekit.engines import polly as module
from voicekit.engines.polly import ENGINE
from voicekit.errors import EngineError
from voicekit.text.lexicon import Entry
from voicekit.voices import Speaker


def speech(text="Press one.", voice="Joanna", *, settings=None, service=None):
    every = engines.defaults(ENGINE.settings) | (settings or {})
    return Speech(text, "en", Speaker(voice, voice), every, engines.defaults(ENGINE.service) | (service or {}))


ACME = Entry("Acme", "", ipa="ˈæk.mi")


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
        ("LanguageNotSupportedException", "voice of this language"),
        ("InvalidSsmlException", "ipa in lexicon.toml"),
        ("LexiconNotFoundException", "lexicons in [settings]"),
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
    with pytest.raises(EngineError, match=r"boto3 is not installed; in voicekit.s folder: pip install .\.\[polly\]."):
        ENGINE.version()


def test_a_mistyped_voice_is_told():
    assert 'did you mean "Joanna"' in ENGINE.refusal(speech(voice="Joana"))


class TestPronunciations:
    """Entries of the lexicon with IPA become SSML; without them the request stays plain text."""

    def test_they_are_phonemes_in_ssml(self, polly):
        ENGINE.speak(replace(speech("Call Acme & Sons' <desk>."), lexicon=(ACME,)))
        [asked] = polly.asked
        assert asked.json["TextType"] == "ssml"
        assert asked.json["Text"] == (
            '<speak>Call <phoneme alphabet="ipa" ph="ˈæk.mi">Acme</phoneme> &amp; Sons&apos; &lt;desk&gt;.</speak>'
        )

    def test_they_are_found_without_the_stress_marks_that_polly_does_not_get(self):
        entry = Entry("замок", "з+амок", ipa="ˈzamək")
        request = module._request(replace(speech("Ваш замок."), language="ru", lexicon=(entry,)))
        assert request["Text"] == '<speak>Ваш <phoneme alphabet="ipa" ph="ˈzamək">замок</phoneme>.</speak>'

    def test_the_word_in_a_phoneme_is_escaped_too(self):
        request = module._request(replace(speech("Is x<y so?"), lexicon=(Entry("x<y", "", ipa="ɛks"),)))
        assert request["Text"] == '<speak>Is <phoneme alphabet="ipa" ph="ɛks">x&lt;y</phoneme> so?</speak>'

    @pytest.mark.parametrize("entry", [Entry("Acme", "Akmee"), Entry("Other", "", ipa="a")])
    def test_without_any_in_the_text_it_is_plain(self, polly, entry):
        ENGINE.speak(replace(speech("Call Akmee & Sons."), lexicon=(entry,)))
        [asked] = polly.asked
        assert asked.json["Text"] == "Call Akmee & Sons."
        assert "TextType" not in asked.json

    def test_the_request_is_valid_by_the_model_of_the_sdk(self):
        asked = replace(speech("Acme", settings={"lexicons": ["acme", "B2"]}), lexicon=(ACME,))
        client = module._client(*module._access(asked))
        with Stubber(client) as stub:
            stub.add_client_error("synthesize_speech", "LexiconNotFoundException", expected_params={
                "Text": '<speak><phoneme alphabet="ipa" ph="ˈæk.mi">Acme</phoneme></speak>', "TextType": "ssml",
                "LexiconNames": ["acme", "B2"], "VoiceId": "Joanna", "Engine": "neural", "OutputFormat": "pcm",
                "SampleRate": "16000",
            })  # fmt: skip
            with pytest.raises(EngineError, match="aws polly put-lexicon"):
                ENGINE.speak(asked)

    def test_what_is_no_ipa_is_told_before_any_work(self, polly):
        asked = replace(speech("Acme"), lexicon=(replace(ACME, ipa='{kmi"'),))
        assert '"{" in ipa of "Acme" is no sign of the IPA' in ENGINE.refusal(asked)
        with pytest.raises(EngineError, match="no sign of the IPA"):
            ENGINE.speak(asked)
        assert polly.asked == []

    @hypothesis(max_examples=80, deadline=None, derandomize=True)
    @given(st.text(st.one_of(st.sampled_from("<>&\"';"), st.characters(exclude_categories=["C"])), max_size=30))
    def test_all_words_arrive_whatever_signs_are_in_them(self, text):
        words = f"{text} Acme {text}"
        root = ET.fromstring(module._request(replace(speech(words), lexicon=(ACME,)))["Text"])
        assert {element.tag for element in root} == {"phoneme"}
        assert "".join(root.itertext()).casefold().split() == words.casefold().split()

    @pytest.mark.parametrize("sign", ["\0", "\x1b", "\ud800", "\uffff"])
    def test_what_no_xml_may_hold_is_a_space(self, sign):
        request = module._request(replace(speech(f"Call{sign}Acme"), lexicon=(ACME,)))
        assert "".join(ET.fromstring(request["Text"]).itertext()) == "Call Acme"


class TestLexicons:
    """Those that the account has are named in the request, and by nothing changed."""

    def test_they_are_named(self, polly):
        ENGINE.speak(speech(settings={"lexicons": ["acme", "names"]}))
        assert polly.asked[0].json["LexiconNames"] == ["acme", "names"]

    @pytest.mark.parametrize("name", ["", "a-b", "a" * 21, "акме", "a\n"])
    def test_a_name_that_none_can_have_is_told(self, name):
        assert "no name of a lexicon" in ENGINE.refusal(speech(settings={"lexicons": ["acme", name]}))

    def test_five_are_the_most(self):
        assert ENGINE.refusal(speech(settings={"lexicons": list("abcde")})) == ""
        assert "6 lexicons; Polly takes 5" in ENGINE.refusal(speech(settings={"lexicons": list("abcdef")}))


@pytest.mark.parametrize(("engine", "price"), [("standard", 4), ("neural", 16), ("generative", 30), ("long-form", 100)])
def test_each_engine_has_its_price(tmp_path, engine, price):
    assert cost(tmp_path, "polly", f'engine = "{engine}"') == f"about {price}.00 USD"


def test_the_price_is_that_of_the_default_engine_or_of_the_contract(tmp_path):
    assert cost(tmp_path, "polly") == "about 16.00 USD"
    assert cost(tmp_path, "polly", 'engine = "generative"', "price = 2.5") == "about 2.50 USD"


def test_every_engine_of_the_list_has_a_price():
    assert set(ENGINE.price.per_million) == set(ENGINE.settings["engine"].options)
