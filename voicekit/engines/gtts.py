"""Google Translate's voice through gTTS: online, free, no key, no promise.

gTTS 2.5.4 sends its requests with certificate checks off, and its `save()` leaves an empty file behind when offline.
Here every request goes through a session that checks, keeps a pace and asks again when it is turned away, and there is
sound only when all of it has arrived.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

import gtts.lang
import gtts.tts
import requests

from voicekit import web
from voicekit.audio import answer
from voicekit.engines import Key, Setting, Speech, wordless
from voicekit.errors import EngineError
from voicekit.patience import BusyError, Patience
from voicekit.text.stress import Stress

if TYPE_CHECKING:
    from voicekit.clip import Clip

TIMEOUT = 20  # seconds a request
PAUSE = 0.5  # seconds between two requests: who asks faster is turned away (429) for hours
_NO_SOUND = "gtts: the answer of Google Translate holds no sound, or not all of it; try again later"


class Gtts:
    """A speaker's `voice` is the language, with the accent's top-level domain after a slash: `en`, `en/co.uk`."""

    name = "gtts"
    about = "Google Translate's voice: online, 69 languages, the text leaves this machine"
    how_to_get = "comes with voicekit; needs the internet"
    parallel = 1
    fresh = False
    stress = Stress.DROP
    longest = 5000
    price = None
    patience = Patience(first=4.0)
    service: ClassVar[dict[str, Key]] = {}
    settings: ClassVar[dict[str, Key]] = {"slow": Setting(0, 1, 0, "1 reads slowly")}

    def version(self) -> str:
        return version("gtts")

    def refusal(self, speech: Speech) -> str:
        language = speech.speaker.voice.split("/")[0]
        if language not in gtts.lang.tts_langs():
            return f'Google Translate has no voice "{language}"'
        return wordless(speech.text)

    def speak(self, speech: Speech) -> "Clip":
        import numpy as np

        from voicekit.clip import Clip

        if refusal := self.refusal(speech):
            raise EngineError(refusal)
        clips = [answer.decoded(part, "gtts", "Google Translate") for part in _parts(speech)]
        return Clip(np.concatenate([clip.samples for clip in clips]), clips[0].rate)


def _parts(speech: Speech) -> list[bytes]:
    """An MP3 for each part of the text; gTTS itself takes an answer without sound for the end of it.

    They are decoded one by one: a decoder that believes the first one's header hears nothing of the others.
    """
    language, _, domain = speech.speaker.voice.partition("/")
    slow = bool(speech.settings["slow"])
    request = gtts.tts.gTTS(speech.text, lang=language, tld=domain or "com", slow=slow, timeout=TIMEOUT)
    try:
        with _verified_sessions():
            parts: list[bytes] = list(request.stream())
    except gtts.tts.gTTSError as error:
        raise EngineError(_explain(error)) from error
    except ValueError as error:  # of base64 or UTF-8
        raise EngineError(_NO_SOUND) from error
    if len(parts) < len(request.get_bodies()):
        raise EngineError(_NO_SOUND)
    return parts


class _VerifiedSession(requests.Session):
    """A session that checks certificates, whatever its caller asks for, and is patient."""

    last: ClassVar[float] = float("-inf")  # when this process asked last, by the patience's clock

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        options["verify"] = os.environ.get("REQUESTS_CA_BUNDLE") or True
        return ENGINE.patience.persist(lambda: self._once(request, options))

    def _once(self, request: requests.PreparedRequest, options: dict[str, Any]) -> requests.Response:
        patience = ENGINE.patience
        patience.sleep(max(0.0, _VerifiedSession.last + PAUSE - patience.clock()))
        try:
            response = super().send(request, **options)
        finally:
            _VerifiedSession.last = patience.clock()
        if response.status_code in web.PASSING:
            raise BusyError(f"gtts: the server answered {response.status_code}; wait some minutes", web.after(response))
        return response


@contextmanager
def _verified_sessions() -> Iterator[None]:
    """gTTS makes its own `requests.Session()` and offers no way in: give it ours meanwhile."""
    original = requests.Session
    requests.Session = _VerifiedSession  # type: ignore[misc]  # that is the point
    try:
        yield
    finally:
        requests.Session = original  # type: ignore[misc]


def _explain(error: gtts.tts.gTTSError) -> str:
    cause = error.__context__
    if isinstance(cause, requests.exceptions.SSLError):
        return "gtts: the server's certificate is not valid; a proxy or firewall may be reading along (not sent)"
    if isinstance(cause, requests.exceptions.HTTPError) and cause.response is not None:
        return f"gtts: the server answered {cause.response.status_code}; wait some minutes"
    if isinstance(cause, requests.exceptions.ChunkedEncodingError):
        return "gtts: the answer of Google Translate broke off; try again later"
    if error.rsp is not None:
        return _NO_SOUND
    return "gtts: Google Translate can't be reached; check the internet connection, or use an offline engine"


ENGINE = Gtts()
