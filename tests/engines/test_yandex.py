"""Yandex SpeechKit, API v1: the documented form, the documented errors."""

from dataclasses import replace

import pytest
from engines.provider import KEY, Answer, cost

from voicekit import engines
from voicekit.engines import Speech
from voicekit.engines.yandex import ENGINE
from voicekit.errors import EngineError
from voicekit.text.lexicon import Entry
from voicekit.voices import Speaker


def speech(text="Наж+мите один.", language="ru", *, settings=None, service=None):
    every = engines.defaults(ENGINE.settings) | (settings or {})
    return Speech(text, language, Speaker("alena", "alena"), every, engines.defaults(ENGINE.service) | (service or {}))


def test_the_request_is_the_documented_form_and_stress_marks_go_through(yandex):
    clip = ENGINE.speak(speech())
    assert (clip.rate, clip.seconds) == (48000, 0.5)
    [asked] = yandex.asked
    assert asked.path == "/speech/v1/tts:synthesize"
    assert asked.headers["authorization"] == f"Api-Key {KEY}"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.form == {
        "text": "Наж+мите один.", "lang": "ru-RU", "voice": "alena", "speed": "1", "format": "lpcm",
        "sampleRateHertz": "48000",
    }  # fmt: skip


def test_what_is_set_is_asked_for(yandex):
    service = {"auth": "Bearer", "folder_id": "b1g"}
    ENGINE.speak(speech(language="en_GB", settings={"speed": 1.2, "emotion": "good"}, service=service))
    [asked] = yandex.asked
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    form = asked.form
    assert (form["lang"], form["speed"], form["emotion"], form["folderId"]) == ("en-US", "1.2", "good", "b1g")


def test_the_longest_text_fits_into_the_15_kb_of_a_form(yandex):
    ENGINE.speak(speech("ё" * ENGINE.longest))
    assert len(yandex.asked[0].body) <= 15_000


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (Entry("Ишимбай", "", ipa="iʂɨmˈbaj"), "Г+ород [[i ʂ ɨ m b a j]]."),
        (Entry("Ишимбай", "", ipa="ɕːit͡ɕ"), "Г+ород [[ɕ: i t͡ɕ]]."),
        (Entry("Ишимбай", "Ишимб+ай"), "Г+ород Ишимбай."),
    ],
)
def test_a_pronunciation_is_phonemes_in_its_markup_beside_stress_marks(yandex, entry, text):
    ENGINE.speak(replace(speech("Г+ород Ишимбай."), lexicon=(entry,)))
    form = yandex.asked[0].form
    assert form["text"] == text
    assert "ssml" not in form


def test_a_language_without_phonemes_gets_the_word_as_it_stands(yandex):
    ENGINE.speak(replace(speech("Call Acme.", "en"), lexicon=(Entry("Acme", "", ipa="ˈækmi"),)))
    assert yandex.asked[0].form["text"] == "Call Acme."


def test_what_is_no_ipa_is_told_before_any_work(yandex):
    asked = replace(speech("Акме"), lexicon=(Entry("Акме", "", ipa="акмэ"),))
    with pytest.raises(EngineError, match="no sign of the IPA"):
        ENGINE.speak(asked)
    assert yandex.asked == []


def test_its_price(tmp_path):
    assert cost(tmp_path, "yandex") == "about 11.00 USD"
    assert cost(tmp_path, "yandex", service='price = 1600\ncurrency = "RUB"') == "about 1600.00 RUB"


def test_an_error_is_told_in_its_words(yandex):
    yandex.next.append(Answer(b'{"error_code": "BAD_REQUEST", "error_message": "Unsupported voice"}', 400))
    with pytest.raises(EngineError, match=r'^yandex: 127\.0\.0\.1 answered 400: "Unsupported voice"; '):
        ENGINE.speak(speech())


def test_a_key_that_is_not_accepted(yandex):
    yandex.next.append(Answer(b'{"error_code": "UNAUTHORIZED", "error_message": "Unknown api key"}', 401))
    with pytest.raises(EngineError, match="the key in YANDEX_API_KEY is not accepted"):
        ENGINE.speak(speech())


def test_too_many_requests_are_asked_again(yandex, clock):
    yandex.next.append(Answer(b'{"error_code": "TOO_MANY_REQUESTS"}', 429))
    assert ENGINE.speak(speech()).seconds == 0.5
    assert clock.slept == [1]


def test_half_a_sample_is_no_sound(yandex):
    yandex.next.append(Answer(b"123"))
    with pytest.raises(EngineError, match=r"^yandex: .*not all of it"):
        ENGINE.speak(speech())


def test_a_language_that_it_does_not_speak(yandex):
    assert 'does not speak "fr"' in ENGINE.refusal(speech(language="fr"))
    with pytest.raises(EngineError, match="does not speak"):
        ENGINE.speak(speech(language="fr"))
    assert yandex.asked == []


def test_no_key_is_told_before_any_work(monkeypatch):
    monkeypatch.delenv("YANDEX_API_KEY")
    assert "set the variable YANDEX_API_KEY" in ENGINE.refusal(speech())
