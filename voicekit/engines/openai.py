"""Any server that speaks OpenAI's `/v1/audio/speech`: OpenAI's own, others' in the cloud, one's own in the cellar."""

import base64
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from voicekit import fs, web
from voicekit.engines import Key, Price, Setting, Speech, Text
from voicekit.errors import EngineError
from voicekit.patience import Patience
from voicekit.text.stress import Stress

if TYPE_CHECKING:
    from voicekit.clip import Clip

RATE = 24000  # Hz: what `pcm` is
_REFERENCE = 10 << 20  # bytes: half a minute is 3 MB at most
_PLAIN = ("tts-1", "tts-1-hd")  # models that take no instructions


class OpenAi:
    """A speaker's `voice` is a name that the server knows, or the id of a voice made there."""

    name = "openai"
    about = "any server with OpenAI's /v1/audio/speech, hosted or your own; the text goes there"
    how_to_get = "comes with voicekit; needs a server, and the key in the variable that key_env names"
    parallel = 4
    fresh = False
    stress = Stress.DROP
    longest = 4096
    price = Price(15.0, "USD", "2026-06-21")
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
        "price": Setting(0.0, 1e6, price.per_million, "of a million characters"),
        "currency": Text(price.currency, "of the price"),
    }

    def version(self) -> str:
        return "v1/audio/speech"

    def refusal(self, speech: Speech) -> str:
        model = speech.settings["model"]
        if model in _PLAIN and speech.settings["instructions"]:
            return f"{model} takes no instructions; take gpt-4o-mini-tts, or leave them out"
        return web.wordless(speech.text) or _service(speech).refusal() or _reference_refusal(speech)

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
    settings, field = speech.settings, speech.service["reference_field"]
    request = {
        "model": settings["model"],
        "input": speech.text,
        "voice": speech.speaker.voice,
        "response_format": speech.service["response_format"],
    }
    if settings["instructions"]:
        request["instructions"] = settings["instructions"]
    if settings["speed"] != 1:
        request["speed"] = settings["speed"]
    if field and speech.speaker.reference:
        request[field] = _data_url(_reference(speech))
    return request


def _reference(speech: Speech) -> Path:
    return speech.folder / speech.speaker.reference


def _reference_refusal(speech: Speech) -> str:
    if not speech.speaker.reference:
        return ""
    if not speech.service["reference_field"]:
        return "the voice has a reference, and no reference_field in [service] says which field takes it (ref_audio?)"
    path = _reference(speech)
    if not path.is_file():
        return f"{path}: not there; put the reference recording there"
    return "" if path.stat().st_size <= _REFERENCE else f"{path}: over {_REFERENCE >> 20} MB; half a minute is enough"


def _data_url(path: Path) -> str:
    """The file in a `data:` URL (RFC 2397), as vLLM-Omni takes it for `ref_audio`."""
    kind = mimetypes.guess_type(path.name)[0] or "audio/wav"
    return f"data:{kind};base64,{base64.b64encode(fs.read_bounded(path, _REFERENCE)).decode()}"


ENGINE = OpenAi()
