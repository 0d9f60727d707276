"""Speech over HTTP: one request, and whatever can go wrong with it said in one sentence that holds no key."""

import datetime as dt
import ipaddress
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from voicekit.errors import EngineError
from voicekit.patience import BusyError

if TYPE_CHECKING:
    import requests

LIMIT = 64 << 20  # bytes of an answer: 12 minutes of 48 kHz PCM; no prompt is that long
_QUOTED = 300  # characters of what a service says
PASSING = {408, 425, 429, 500, 502, 503, 504}
_AT_HOME = ("localhost", ".localhost", ".local", ".lan", ".internal", ".home.arpa")
_PRINTABLE = range(0x21, 0x7F)
_VARIABLE = re.compile("[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Service:
    """Where to ask and as whom.

    `name` is the engine's; `key_env` names the variable that holds the key ("" for none), `scheme` stands before the
    key in the Authorization header; `timeout` is in seconds, for the whole of an answer.
    """

    name: str
    url: str
    key_env: str
    timeout: float
    scheme: str = "Bearer"

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or self.url

    def refusal(self) -> str:
        """Why nothing can be asked of it from here; "" when it can."""
        return bad_address(self.url) or self._no_key()

    def post(self, *, json: Any = None, form: Mapping[str, str] | None = None) -> bytes:
        """The sound that it answers, not decoded yet.

        Raises `BusyError` where it is worth while to ask again, else `EngineError`. No redirect is followed: the key
        would go along. Certificates are checked, against REQUESTS_CA_BUNDLE where that is set.
        """
        import requests

        if refusal := self.refusal():
            raise EngineError(f"{self.name}: {refusal}")
        headers = {"Accept-Encoding": "identity", "User-Agent": "voicekit"}
        try:
            with requests.Session() as session, session.post(
                self.url, json=json, data=form, headers=headers, auth=self._sign, timeout=self.timeout, stream=True,
                allow_redirects=False,
            ) as answer:  # fmt: skip
                return self._sound(answer)
        except requests.RequestException as error:
            raise self._explained(error) from None

    def _sign(self, request: "requests.PreparedRequest") -> "requests.PreparedRequest":
        """As `auth`, and not among the headers: there requests would put a password from .netrc in its place."""
        if self.key_env:
            request.headers["Authorization"] = f"{self.scheme} {self._key()}"
        return request

    def _key(self) -> str:
        return os.environ.get(self.key_env, "").strip()

    def _no_key(self) -> str:
        if not self.key_env:
            return ""
        if not _VARIABLE.fullmatch(self.key_env):  # perhaps the key itself: not quoted
            return "key_env in [service] must be a variable's name in capital letters, never the key; correct it"
        if not self._key():
            return f"there is no key; set the variable {self.key_env}, or name another in key_env of [service]"
        if any(ord(letter) not in _PRINTABLE for letter in self._key()):
            return f"the key in {self.key_env} holds a character that no key has (a space, a line break); set it anew"
        return ""

    def _sound(self, answer: "requests.Response") -> bytes:
        if answer.is_redirect:
            raise EngineError(f"{self._who} sends us elsewhere, which is not followed; set url in [service]")
        body = self._body(answer)
        if answer.status_code != HTTPStatus.OK:
            raise self._error(answer, body)
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind.startswith("text/") or kind.endswith(("json", "xml")):
            raise EngineError(f"{self._who} answered with {one_line(kind)}, not with sound; check url in [service]")
        if not body:
            raise BusyError(f"{self._who} answered without any sound; try again later")
        return body

    def _body(self, answer: "requests.Response") -> bytes:
        """All of it: what ends before its announced length is an exception of requests."""
        body = bytearray()
        end = time.monotonic() + self.timeout
        blocks: Iterator[bytes] = answer.iter_content(1 << 16)
        for block in blocks:
            body += block
            if len(body) > LIMIT:
                raise EngineError(f"{self._who} answered with more than {LIMIT >> 20} MB; check url in [service]")
            if time.monotonic() > end:
                raise self._slow()
        return bytes(body)

    def _error(self, answer: "requests.Response", body: bytes) -> EngineError:
        status, said = answer.status_code, self._said(body)
        if status in (401, 403):
            key = f"the key in {self.key_env} is not accepted" if self.key_env else "it wants a key; set key_env"
            remedy = "check the key, and what it may do" if self.key_env else "to the variable that holds it"
            return EngineError(f"{self._who}: {key} ({status}); {remedy}")
        if status == HTTPStatus.TOO_MANY_REQUESTS and "quota" in said:
            return EngineError(f"{self._who} has no more quota for us{said}; top up the account")
        if status in PASSING:
            return BusyError(f"{self._who} answered {status}{said}; try again later", after(answer))
        return EngineError(f"{self._who} answered {status}{said}; change the words, the voice or its settings")

    def _said(self, body: bytes) -> str:
        """`: "its own words"`, bounded, and without our key in them."""
        said = _message(body)
        if self.key_env and self._key():
            said = said.replace(self._key(), "***")
        said = one_line(said)
        return f': "{said}"' if said else ""

    def _explained(self, error: "requests.RequestException") -> EngineError:
        import requests
        from urllib3.exceptions import ProtocolError, ReadTimeoutError

        cause = error.args[0] if error.args else None
        if isinstance(error, requests.exceptions.SSLError):
            return EngineError(
                f"{self.name}: the certificate of {self.host} is not valid, nothing was sent; a proxy may be reading "
                "along: name its certificate in REQUESTS_CA_BUNDLE"
            )
        if isinstance(error, requests.Timeout) or isinstance(cause, ReadTimeoutError):
            return self._slow()
        if isinstance(error, requests.exceptions.ChunkedEncodingError) or isinstance(cause, ProtocolError):
            return BusyError(f"{self._who} broke off; try again later")
        return EngineError(f"{self._who} can't be reached; check the connection and url in [service]")

    def _slow(self) -> BusyError:
        return BusyError(f"{self._who} took longer than {self.timeout:g} s; try again later, or raise timeout")

    @property
    def _who(self) -> str:
        return f"{self.name}: {self.host}"


def bad_address(url: str) -> str:
    """Why nothing that is ours may travel to `url`; "" when it may."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https"):
        return f'"{one_line(url)}" is no address; write https://...'
    if parts.username or parts.password:
        return "the address holds a name or password; keys belong into the environment"
    if parts.scheme == "http" and not _near(host):
        return f"http to {host} would show all of it to everybody on the way; use https"
    return ""


def _near(host: str) -> bool:
    """Whether a host is of this machine or network by its name alone: nothing is looked up."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(_AT_HOME)


def _message(body: bytes) -> str:
    """What an error says: OpenAI's {"error": {"message"}}, FastAPI's {"detail"}, Yandex' {"error_message"}."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    for _ in range(4):
        if isinstance(found, list):
            found = found[0] if found else ""
        if not isinstance(found, dict):
            break
        keys = ("error", "detail", "message", "error_message", "msg")
        found = next((found[key] for key in keys if found.get(key)), "")
    return found if isinstance(found, str) else ""


def one_line(text: str) -> str:
    """What a stranger said, as one line of at most 300 characters without control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:_QUOTED]


def after(answer: "requests.Response") -> float | None:
    """Retry-After in seconds: a number of them, or a date (RFC 9110 clause 10.2.3)."""
    value = answer.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    if date.tzinfo is None:  # RFC 5322 "-0000"
        date = date.replace(tzinfo=dt.UTC)
    return (date - dt.datetime.now(dt.UTC)).total_seconds()
