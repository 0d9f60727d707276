"""A speech service on this machine: it answers what a test tells it to, and remembers what it was asked."""

import hashlib
import io
import json
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import soundfile
from engines.translate import Server

from voicekit import engines, voices
from voicekit.patience import Patience

KEY = "sk-do-not-tell-0123456789"


def cost(folder: Path, engine: str, settings: str = "", service: str = "") -> str:
    """What a million characters cost with a profile that has these lines in [settings] and [service]."""
    (folder / "voice.toml").write_text(
        f'version = 1\nengine = "{engine}"\nlicence = "ours"\n[languages.en]\nvoice = "x"\n'
        f"[settings]\n{settings}\n[service]\n{service}\n"
    )
    voice = voices.load(folder)
    return engines.cost(engines.of(voice), voice, 1_000_000)


def samples(seed: bytes, rate: int) -> np.ndarray:
    """A tone: another one for another request, the same for the same."""
    hertz = 200 + int.from_bytes(hashlib.sha256(seed).digest()[:2]) % 2000
    return 0.3 * np.sin(2 * np.pi * hertz * np.arange(rate // 2) / rate)


def sound(seed: bytes = b"", kind: str = "WAV", rate: int = 24000) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples(seed, rate), rate, format=kind)
    return file.getvalue()


def pcm(seed: bytes = b"", rate: int = 24000) -> bytes:
    return np.rint(samples(seed, rate) * 32767).astype("<i2").tobytes()


@dataclass
class Answer:
    """`missing` bytes are announced and never sent; `reset` ends the connection without a word."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    missing: int = 0
    chunked: bool = False
    reset: bool = False
    wait: threading.Event | None = None


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {name: value for name, [value] in parse_qs(self.body.decode(), strict_parsing=True).items()}


class Provider:
    """`next` answers are given first, then what `usual` makes of the request."""

    def __init__(self, usual: Callable[[Asked], Answer]) -> None:
        self.usual = usual
        self.next: deque[Answer] = deque()
        self.asked: list[Asked] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    provider: Provider

    def do_POST(self) -> None:
        provider, headers = self.provider, {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        provider.asked.append(Asked(self.path, headers, body))
        answer = provider.next.popleft() if provider.next else provider.usual(provider.asked[-1])
        self.close_connection = True
        if answer.wait:
            answer.wait.wait(10)
        if not answer.reset:
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Connection", "close")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.chunked:  # and broken off: the last chunk never comes
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(answer.body), answer.body))
            return
        self.send_header("Content-Length", str(len(answer.body) + answer.missing))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_) -> None:
        """Nothing on stderr."""


def serve(provider: Provider, certificate: Path | None = None) -> Server:
    """Over TLS when there is a certificate (with its key in one file)."""
    server = Server(("127.0.0.1", 0), type("Handler", (Handler,), {"provider": provider}))
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    provider.port = server.server_port
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    @property
    def ticking(self) -> dict[str, Callable]:
        """What makes a Patience go by this clock."""
        return {"sleep": self.sleep, "clock": lambda: self.now, "chance": lambda: 1.0}

    def patience(self, **options) -> Patience:
        return Patience(**self.ticking, **options)
