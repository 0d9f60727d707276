"""A stand-in for Google Translate on this machine, as gTTS 2.5.4 speaks with it, and certificates for it."""

import base64
import datetime as dt
import io
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import numpy as np
import soundfile
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID


def mp3(text: str, *, slow: bool = False) -> bytes:
    """A tone that is longer for more text, and for slow reading."""
    time = np.arange(int(24000 * 0.06 * len(text) * (1 + slow))) / 24000
    file = io.BytesIO()
    soundfile.write(file, 0.3 * np.sin(2 * np.pi * 440 * time), 24000, format="MP3")
    return file.getvalue()


def line(sound: str) -> bytes:
    """The line of a batchexecute answer that gTTS looks for."""
    return json.dumps([["wrb.fr", "jQ1olc", json.dumps([sound]), None]], separators=(",", ":")).encode() + b"\n"


def spoken(body: bytes) -> bytes:
    """What Google answers to a request's body."""
    [[[_, parameters, _, _]]] = json.loads(parse_qs(body.decode())["f.req"][0])
    text, _, slow, _ = json.loads(parameters)
    return b")]}'\n\n" + line(base64.b64encode(mp3(text, slow=bool(slow))).decode())


class Google:
    """What the server answers next: bytes from the request's body, with `status` and the given Content-Length."""

    def __init__(self) -> None:
        self.answer = spoken
        self.status = 200
        self.missing = 0  # bytes that are announced and never sent
        self.asked = 0
        self.turns_away: list[int] = []  # seconds of Retry-After, an answer each, before all others


class Handler(BaseHTTPRequestHandler):
    google: Google

    def do_POST(self) -> None:
        self.google.asked += 1
        body = self.google.answer(self.rfile.read(int(self.headers["Content-Length"])))
        if self.google.turns_away:
            self.send_response(429)
            self.send_header("Retry-After", str(self.google.turns_away.pop(0)))
        else:
            self.send_response(self.google.status)
        self.send_header("Content-Length", str(len(body) + self.google.missing))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """Nothing on stderr."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_) -> None:
        """A client that goes away, or does not trust us, is what some tests are about."""


def certificate(subject: str, key, issuer: str, signer) -> bytes:
    now = dt.datetime.now(dt.UTC)
    names = {who: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)]) for who in (subject, issuer)}
    builder = x509.CertificateBuilder(
        names[issuer], names[subject], key.public_key(), x509.random_serial_number(), now, now + dt.timedelta(1)
    )
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=subject != "localhost", path_length=None), critical=True)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
