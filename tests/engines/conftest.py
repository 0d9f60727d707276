"""Fixtures: a Google Translate that runs here, and engines asked as `revoice` asks them."""

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import gtts.tts
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from engines.provider import KEY, Answer, Clock, Provider, pcm, serve, sound
from engines.translate import Google, Handler, Server, certificate

from voicekit import engines, parallel
from voicekit.engines import Text
from voicekit.engines import gtts as google_engine
from voicekit.engines import openai as openai_engine
from voicekit.engines import polly as polly_engine
from voicekit.engines import yandex as yandex_engine


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Path:
    """`ca.pem`, `server.pem` signed by it, and `self.pem` signed by nobody else; each server's key is in its file."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = ec.generate_private_key(ec.SECP256R1())
    ca = certificate("Test CA", authority, "Test CA", authority)
    (folder / "ca.pem").write_bytes(ca)
    for name, issuer in (("server", authority), ("self", None)):
        key = ec.generate_private_key(ec.SECP256R1())
        signed = certificate("localhost", key, "Test CA" if issuer else "localhost", issuer or key)
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / f"{name}.pem").write_bytes(key.private_bytes(*form) + signed)
    return folder


@pytest.fixture
def translate_at(monkeypatch) -> Callable[[int], None]:
    """`translate_at(port)`: gTTS sends everything to this port of this machine, and to no proxy."""
    monkeypatch.setenv("NO_PROXY", "*")

    def point(port: int) -> None:
        monkeypatch.setattr(gtts.tts, "_translate_url", lambda tld="com", path="": f"https://localhost:{port}/{path}")

    return point


@pytest.fixture
def serving(certificates, translate_at):
    """`serving("self")`: a Google with that certificate, which gTTS then asks."""
    servers = []

    def serve(name: str) -> Google:
        google = Google()
        server = Server(("localhost", 0), type("Handler", (Handler,), {"google": google}))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / f"{name}.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        translate_at(server.server_port)
        return google

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def google(serving, certificates, monkeypatch) -> Iterator[Google]:
    """A Google whose certificate is good for whoever trusts the test's CA, as this process then does."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "ca.pem"))
    return serving("server")


@pytest.fixture(autouse=True)
def keys(monkeypatch, tmp_path) -> None:
    """Keys for all services, none of them good anywhere, and no trace of this machine's own."""
    for name in ("OPENAI_API_KEY", "YANDEX_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, KEY)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_PROXY", "*")
    polly_engine._client.cache_clear()


@pytest.fixture(autouse=True)
def clock(monkeypatch) -> Clock:
    """What online engines wait by: nobody sleeps for real."""
    clock = Clock()
    for engine in (google_engine.ENGINE, openai_engine.ENGINE, polly_engine.ENGINE, yandex_engine.ENGINE):
        monkeypatch.setattr(engine, "patience", replace(engine.patience, **clock.ticking))
    monkeypatch.setattr(google_engine._VerifiedSession, "last", float("-inf"))
    return clock


@pytest.fixture
def provided(monkeypatch):
    """`provided(engine, key, path, usual)`: a service on this machine, to which the engine's [service] points."""
    servers = []

    def start(engine, key: str, path: str, usual) -> Provider:
        provider = Provider(usual)
        servers.append(serve(provider))
        monkeypatch.setitem(engine.service, key, Text(provider.url + path, "here"))
        return provider

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def openai(provided) -> Provider:
    return provided(openai_engine.ENGINE, "url", "/v1", lambda asked: Answer(sound(asked.body)))


@pytest.fixture
def yandex(provided) -> Provider:
    path = "/speech/v1/tts:synthesize"
    return provided(yandex_engine.ENGINE, "url", path, lambda asked: Answer(pcm(asked.body, 48000)))


@pytest.fixture
def polly(provided) -> Provider:
    def speak(asked) -> Answer:
        return Answer(pcm(asked.body, int(asked.json["SampleRate"])), headers={"Content-Type": "audio/pcm"})

    return provided(polly_engine.ENGINE, "endpoint_url", "", speak)


# engine: the fixture that stands in for its server
NETWORK = {"gtts": "google", "openai": "openai", "polly": "polly", "yandex": "yandex"}


@pytest.fixture
def speak(name, request):
    """`speak(speech)` of the engine `name`: in a fresh process, as `revoice` does; a network engine's here.

    (Its server is a thread of this process, and a process with threads is better not forked.)
    """
    engine = engines.get(name)
    if name in NETWORK:
        request.getfixturevalue(NETWORK[name])
        yield engine.speak
        return
    engine.version()
    with parallel.fresh(engine.speak, limit=60) as fresh:
        yield fresh
