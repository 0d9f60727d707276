"""A proxy before an S3 server that does, to requests drawn by lot, what networks and servers do."""

import http.client
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import urlsplit

FAULTS = ("refused", "cut-up", "lost", "cut-down", "slow-down", "broken", "flip-up", "flip-down")
_SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@dataclass
class Faulty:
    """`rate` is how many of the requests meet a fault of `faults`; `met` counts them. The same seed, the same lots."""

    upstream: str
    chance: random.Random
    rate: float = 0.3
    faults: tuple[str, ...] = FAULTS
    met: Counter = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)
    endpoint: str = ""

    def draw(self, possible: set[str]) -> tuple[str, float]:
        """A fault or "", and where in the bytes it strikes.

        Who can meet none draws no lot: in what order such requests come changes nothing for the others.
        """
        faults = [fault for fault in self.faults if fault in possible]
        if not faults:
            return "", 0.0
        with self.lock:
            fault = self.chance.choice(faults) if self.chance.random() < self.rate else ""
            return fault, self.chance.random()

    def meet(self, fault: str) -> None:
        with self.lock:
            self.met[fault] += 1


@contextmanager
def faulty(upstream: str, seed: int, **options) -> Iterator[Faulty]:
    """It listens while the block runs; `endpoint` is for clients."""
    state = Faulty(upstream, random.Random(seed), **options)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"state": state}))
    server.daemon_threads = True
    state.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """The Host header goes on as it came: it is signed."""

    protocol_version = "HTTP/1.1"
    state: Faulty

    def handle_one_request(self):
        with suppress(OSError):
            super().handle_one_request()

    def _serve(self):
        length = int(self.headers.get("Content-Length", 0))
        fault, where = self.state.draw(self._possible(length))
        self.close_connection = True
        if fault == "refused":
            self.state.meet(fault)
            return
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        if fault == "cut-up":
            self.state.meet(fault)
            self.rfile.read(int(length * where))
            return
        body = self.rfile.read(length)
        if fault in ("slow-down", "broken"):
            self.state.meet(fault)
            self._answer(503 if fault == "slow-down" else 500, {}, _SLOW_DOWN if fault == "slow-down" else b"")
            return
        if fault == "flip-up":
            self.state.meet(fault)
            body = flipped(body, where)
        self._pass_on(fault, where, body)

    def _possible(self, length):
        faults = {"refused", "lost", "slow-down", "broken"}
        if length:
            faults |= {"cut-up", "flip-up"}
        if self.command == "GET":
            faults |= {"cut-down"} if "list-type" in self.path else {"cut-down", "flip-down"}
        return faults

    def _pass_on(self, fault, where, body):
        status, headers, answer = self._ask(body)
        if fault == "lost":
            self.state.meet(fault)
            return
        if fault == "flip-down" and status in (200, 206) and answer:
            self.state.meet(fault)
            answer = flipped(answer, where)
        stop = None
        if fault == "cut-down" and answer:
            self.state.meet(fault)
            stop = int(len(answer) * where)
        self._answer(status, headers, answer, stop)

    def _ask(self, body):
        parts = urlsplit(self.state.upstream)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "expect"):
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def _answer(self, status, headers, body, stop=None):
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        length = headers.get("Content-Length", len(body)) if self.command == "HEAD" else len(body)
        self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[:stop])

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _serve

    def log_message(self, *_):
        """Quietly."""


def flipped(data: bytes, where: float) -> bytes:
    """One bit of it the other way."""
    at = int(len(data) * where)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
