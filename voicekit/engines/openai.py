"""Any server that speaks OpenAI's `/v1/audio/speech`: OpenAI's own, others' in the cloud, one's own in the cellar."""

import base64
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from voicekit import fs, web
from voicekit.engines import Key, Price, Setting, Speech, Text, wordless
from voicekit.errors import EngineError, InputError
from voicekit.patience import Patience
from voicekit.text.stress import Stress

if TYPE_CHECKING:
    from voicekit.clip import Clip

RATE = 24000  # Hz: what `pcm` is
_REFERENCE = 10 << 20  # bytes: half a minute is 3 MB at most
_TRANSCRIPT = 64 << 10  # bytes: half a minute is 1 KB
_PLAIN = ("tts-1", "tts-1-hd")  # models that take no instructions
_OPENAI = ".api.openai.com"  # where a voice that was made there is named by an object


class OpenAi:
    """A speaker's `voice` is a name that the server knows, or the id of a voice made there."""

    name = "openai"
    about = "any server with OpenAI's /v1/audio/speech, hosted or your own; the text goes there"
    how_to_get = "comes with voicekit; needs a server, and the key in the variable that key_env names"
    parallel = 4
    fresh = False
    stress = Stress.DROP
    longest = 4096
    # The last is billed by tokens: 1,000 characters are some 1,300 tokens of sound (docs/engines.md).
    price = Price({"tts-1": 15.0, "tts-1-hd": 30.0, "gpt-4o-mini-tts": 16.0}, "USD", "2026-11-23", "model")
    patience = Patience()
    settings: ClassVar[dict[str, Key]] = {
        "model": Text("tts-1", "the server's model"),
        "instructions": Text("", "how to speak, in words, for models that take it (gpt-4o-mini-tts)"),
        "speed": Setting(0.25, 4.0, 1.0, "times as fast"),
    }
    service: ClassVar[dict[str, Key]] = {
        "url": Text("https://api.openai.com/v1", "the server's address up to and with /v1"),
        "key_env": Text("OPENAI_API_KEY", 'the variable that holds the key; "" for a server that wants none'),
        "timeout": Setting(1, 100, 60, "seconds an answer may take"),
        "response_format": Text("wav", "what to ask for; pcm is 24 kHz", ("wav", "pcm")),
        "reference_field": Text("", 'the field of the request that takes the reference recording; "" for none'),
        "reference_text_field": Text("", 'the one that takes what is said in it; "" for none'),
        "price": Setting(0.0, 1e6, 15.0, "of a million characters"),
        "currency": Text(price.currency, "of the price"),
    }

    def version(self) -> str:
        return "v1/audio/speech"

    def refusal(self, speech: Speech) -> str:
        model = speech.settings["model"]
        if model in _PLAIN and speech.settings["instructions"]:
            return f"{model} takes no instructions; take gpt-4o-mini-tts, or leave them out"
        return wordless(speech.text) or _service(speech).refusal() or _reference_refusal(speech)

    def speak(self, speech: Speech) -> "Clip":
        from voicekit.audio import answer

        if refusal := self.refusal(speech):
            raise EngineError(f"openai: {refusal}")
        service, request = _service(speech), _request(speech)
        sound = self.patience.persist(lambda: service.post(json=request))
        if speech.service["response_format"] == "pcm":
            return answer.pcm(sound, RATE, "openai", service.host)
        return answer.decoded(sound, "openai", service.host)


def _service(speech: Speech) -> web.Service:
    service = speech.service
    url = f"{service['url'].rstrip('/')}/audio/speech"
    return web.Service("openai", url, service["key_env"], service["timeout"])


def _request(speech: Speech) -> dict[str, Any]:
    """What is as by default is left out: not all servers know it."""
    settings = speech.settings
    request = {
        "model": settings["model"],
        "input": speech.text,
        "voice": _voice(speech),
        "response_format": speech.service["response_format"],
    }
    if settings["instructions"]:
        request["instructions"] = settings["instructions"]
    if settings["speed"] != 1:
        request["speed"] = settings["speed"]
    return request | _imitated(speech)


def _voice(speech: Speech) -> str | dict[str, str]:
    """OpenAI's own server takes the id of a custom voice as an object only; others know no objects."""
    name = speech.speaker.voice
    theirs = f".{_service(speech).host}".endswith(_OPENAI)
    return {"id": name} if theirs and name.startswith("voice_") else name


def _imitated(speech: Speech) -> dict[str, str]:
    """The reference recording, and what is said in it, in the fields that the server takes them in."""
    if not speech.speaker.reference:
        return {}
    fields = {
        speech.service["reference_field"]: _data_url(_reference(speech)),
        speech.service["reference_text_field"]: _transcript(speech),
    }
    return {name: value for name, value in fields.items() if name}


def _reference(speech: Speech) -> Path:
    return speech.folder / speech.speaker.reference


def _transcript(speech: Speech) -> str:
    """What is said in the reference: the text beside it; "" when there is none."""
    try:
        words = fs.read_bounded(_reference(speech).with_suffix(".txt"), _TRANSCRIPT).decode("utf-8-sig")
    except (InputError, UnicodeDecodeError):
        return ""
    return " ".join(words.split())


def _reference_refusal(speech: Speech) -> str:
    if not speech.speaker.reference:
        return ""
    if not speech.service["reference_field"]:
        return "the voice has a reference, and no reference_field in [service] says which field takes it (ref_audio?)"
    path = _reference(speech)
    if not path.is_file():
        return f"{path}: not there; put the reference recording there"
    if speech.service["reference_text_field"] and not _transcript(speech):
        return f"{path.with_suffix('.txt')}: no text there; write into it, as UTF-8, what is said in {path.name}"
    return "" if path.stat().st_size <= _REFERENCE else f"{path}: over {_REFERENCE >> 20} MB; half a minute is enough"


def _data_url(path: Path) -> str:
    """The file in a `data:` URL (RFC 2397), as vLLM-Omni takes it for `ref_audio`."""
    kind = mimetypes.guess_type(path.name)[0] or "audio/wav"
    return f"data:{kind};base64,{base64.b64encode(fs.read_bounded(path, _REFERENCE)).decode()}"


ENGINE = OpenAi()
