"""Fixtures: a Google Translate that runs here, and engines asked as `revoice` asks them."""

import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import gtts.tts
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from engines.translate import Google, Handler, Server, certificate

from voicekit import engines, parallel


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


NETWORK = {"gtts": "google"}  # engine: the fixture that stands in for its server


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
