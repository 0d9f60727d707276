"""Yandex SpeechKit over its HTTP API v1."""

from typing import TYPE_CHECKING, ClassVar

from voicekit import web
from voicekit.engines import Key, Price, Setting, Speech, Text, wordless
from voicekit.errors import EngineError
from voicekit.patience import Patience
from voicekit.text import pronunciation
from voicekit.text.stress import Stress

if TYPE_CHECKING:
    from voicekit.clip import Clip

RATE = 48000  # Hz: the best that it has
_LANGUAGES = {"ru": "ru-RU", "en": "en-US", "de": "de-DE", "he": "he-IL", "kk": "kk-KK", "uz": "uz-UZ"}
_PHONEMES = {"ru-RU", "kk-KK", "uz-UZ"}  # where it takes [[phonemes]]
_LONG = "\u02d0"  # of the IPA


class Yandex:
    """A speaker's `voice` is SpeechKit's name for it: `alena`, `filipp`, `ermil`, `jane`, `john` ..."""

    name = "yandex"
    about = "Yandex SpeechKit: good Russian, stress marks; the text goes to Yandex"
    how_to_get = "comes with voicekit; needs an account of Yandex Cloud, and its key in the variable that key_env names"
    parallel = 4
    fresh = False
    stress = Stress.KEEP
    # It takes 5,000 characters, but 15 KB of URL-encoded form, where a Cyrillic letter is 6 bytes.
    longest = 2400
    price = Price(11.0, "USD", "2026-11-23")
    patience = Patience()
    settings: ClassVar[dict[str, Key]] = {
        "speed": Setting(0.1, 3.0, 1.0, "times as fast"),
        "emotion": Text("", "the voice's role, where it has roles: neutral, good, strict, friendly ..."),
    }
    service: ClassVar[dict[str, Key]] = {
        "url": Text("https://tts.api.cloud.yandex.net/speech/v1/tts:synthesize", "the address that is asked"),
        "key_env": Text("YANDEX_API_KEY", "the variable that holds the key or token"),
        "auth": Text("Api-Key", "what that is: a service account's key, or an IAM token", ("Api-Key", "Bearer")),
        "folder_id": Text("", "for the IAM token of a user's account: whose folder pays"),
        "timeout": Setting(1, 100, 60, "seconds an answer may take"),
        "price": Setting(0.0, 1e6, 11.0, "of a million characters"),
        "currency": Text(price.currency, "of the price"),
    }

    def version(self) -> str:
        return "SpeechKit v1"

    def refusal(self, speech: Speech) -> str:
        if not _language(speech):
            return f'SpeechKit v1 does not speak "{speech.language}"; it speaks {", ".join(_LANGUAGES)}'
        return wordless(speech.text) or pronunciation.refusal(speech.lexicon) or _service(speech).refusal()

    def speak(self, speech: Speech) -> "Clip":
        from voicekit.audio import answer

        if refusal := self.refusal(speech):
            raise EngineError(f"yandex: {refusal}")
        service, form = _service(speech), _form(speech)
        return answer.pcm(self.patience.persist(lambda: service.post(form=form)), RATE, "yandex", service.host)


def _service(speech: Speech) -> web.Service:
    service = speech.service
    return web.Service("yandex", service["url"], service["key_env"], service["timeout"], service["auth"])


def _language(speech: Speech) -> str:
    return _LANGUAGES.get(speech.language.partition("_")[0], "")


def _marked(speech: Speech) -> str:
    """The text in TTS markup: phonemes in place of words that have a pronunciation, where the language takes them.

    As text and not as SSML, which takes IPA too, but no stress marks in the words around it.
    """
    if _language(speech) not in _PHONEMES:
        return speech.text
    parts = pronunciation.parts(speech.text, speech.language, speech.lexicon, Yandex.stress)
    return "".join(_phonemes(ipa) if ipa else text for text, ipa in parts)


def _phonemes(ipa: str) -> str:
    """«mɐlɐko» is [[m ɐ l ɐ k o]]. The list of SpeechKit has no stress, and a plain colon for what is long."""
    return f"[[{' '.join(pronunciation.phonemes(ipa)).replace(_LONG, ':')}]]"


def _form(speech: Speech) -> dict[str, str]:
    form = {
        "text": _marked(speech),
        "lang": _language(speech),
        "voice": speech.speaker.voice,
        "speed": f"{speech.settings['speed']:g}",
        "emotion": speech.settings["emotion"],
        "format": "lpcm",
        "sampleRateHertz": str(RATE),
        "folderId": speech.service["folder_id"],
    }
    return {name: value for name, value in form.items() if value}


ENGINE = Yandex()
