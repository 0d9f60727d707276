"""A TCP proxy that fails on purpose: it cuts connections after so many bytes, or holds the answer back."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Proxy:
    """`cut(up=N)` and `cut(down=N)`: the connection ends after N more bytes to the server, or from it, so many times.

    `stalls` is of how many connections nothing more comes from the server, though they stay open.
    """

    def __init__(self, host: str, port: int, at: str = "127.0.0.1") -> None:
        self._target = host, port
        self._lock = threading.Lock()
        self._left: dict[str, int] = {}
        self._times = 0
        self._each: dict[str, int] = {}
        self._open: list[socket.socket] = []
        self.cuts = self.held = 0
        self.stalls = 0
        self._server = socket.create_server((at, 0))
        self.at, self.port = self._server.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{self.at}:{self.port}"

    def cut(self, times: int = 1, **limits: int) -> None:
        with self._lock:
            self._each, self._left, self._times = limits, dict(limits), times

    def heal(self) -> None:
        self.cut(0)
        self.stalls = 0

    def close(self) -> None:
        self._server.close()
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                server = socket.create_connection(self._target)
                self._open += [client, server]
                for way, source, target in (("up", client, server), ("down", server, client)):
                    threading.Thread(target=self._pump, args=(way, source, target), daemon=True).start()

    def _pump(self, way: str, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            stalled = False
            while data := source.recv(1 << 16):
                stalled = stalled or (way == "down" and self._stalls())
                if stalled:
                    continue
                passed = self._passed(way, len(data))
                target.sendall(data[:passed])
                if passed < len(data):
                    break
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _stalls(self) -> bool:
        with self._lock:
            self.stalls -= (stalls := self.stalls > 0)
            self.held += stalls
            return stalls

    def _passed(self, way: str, size: int) -> int:
        with self._lock:
            if not self._times or way not in self._left:
                return size
            passed = min(size, self._left[way])
            self._left[way] -= passed
            if passed < size:
                self.cuts += 1
                self._times -= 1
                self._left = dict(self._each)
            return passed


@contextmanager
def before(url: str, at: str = "127.0.0.1") -> Iterator[Proxy]:
    """In front of a server of this machine: of its URL, or HOST:PORT."""
    parts = urlsplit(url if "//" in url else f"//{url}")
    proxy = Proxy(parts.hostname, parts.port, at)
    try:
        yield proxy
    finally:
        proxy.close()
