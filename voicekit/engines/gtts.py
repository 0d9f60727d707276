"""Google Translate's voice through gTTS: online, free, no key, no promise.

gTTS 2.5.4 sends its requests with certificate checks off, and its `save()` leaves an empty file behind when offline.
Here every request goes through a session that checks, and there is sound only when all of it has arrived.
"""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, ClassVar

import gtts.lang
import gtts.tts
import requests

from voicekit.audio.read import open_bytes
from voicekit.clip import Clip, gather
from voicekit.engines import Setting, Speech
from voicekit.errors import EngineError, InputError

TIMEOUT = 20  # seconds a request


class Gtts:
    """A speaker's `voice` is the language, with the accent's top-level domain after a slash: `en`, `en/co.uk`."""

    name = "gtts"
    about = "Google Translate's voice: online, 69 languages, the text leaves this machine"
    how_to_get = "comes with voicekit; needs the internet"
    parallel = 1
    price = ""
    settings: ClassVar = {"slow": Setting(0, 1, 0, "1 reads slowly")}

    def version(self) -> str:
        return version("gtts")

    def refusal(self, speech: Speech) -> str:
        language = speech.speaker.voice.split("/")[0]
        if language not in gtts.lang.tts_langs():
            return f'Google Translate has no voice "{language}"'
        return "" if any(map(str.isalnum, speech.text)) else "nothing in it can be spoken: no letter and no digit"

    def speak(self, speech: Speech) -> Clip:
        language, _, domain = speech.speaker.voice.partition("/")
        request = gtts.tts.gTTS(
            speech.text,
            lang=language,
            tld=domain or "com",
            slow=bool(speech.settings["slow"]),
            timeout=TIMEOUT,
        )
        audio = io.BytesIO()
        try:
            with _verified_sessions():
                request.write_to_fp(audio)
            return gather(open_bytes(audio.getvalue(), "the answer of Google Translate"))
        except gtts.tts.gTTSError as error:
            raise EngineError(_explain(error)) from error
        except InputError as error:
            raise EngineError(f"{error}; try again later") from error


class _VerifiedSession(requests.Session):
    """A session that checks certificates, whatever its caller asks for."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        options["verify"] = os.environ.get("REQUESTS_CA_BUNDLE") or True
        return super().send(request, **options)


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
        status = cause.response.status_code
        return f"gtts: the server answered {status}" + (
            "; wait some minutes" if status == requests.codes.too_many else ""
        )
    return "gtts: Google Translate can't be reached; check the internet connection, or use an offline engine"


ENGINE = Gtts()
