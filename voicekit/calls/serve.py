"""One file at an address of this machine alone, for a browser: in parts too, so that one can go to and fro in it."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

_RANGE = re.compile(r"bytes=([0-9]{1,15})?-([0-9]{1,15})?")  # RFC 9110 clause 14.1.2, one range
_BLOCK = 1 << 16


@contextmanager
def serving(path: Path, port: int = 0) -> Iterator[str]:
    """The address, which nobody can guess, as long as the block runs."""
    place = f"/{secrets.token_urlsafe(16)}.wav"

    class Handler(_Handler):
        file, name = path, place

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{place}"
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds for a request
    file: Path
    name: str

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        host = self.headers.get("Host", "").partition(":")[0]
        if self.path != self.name or host not in ("127.0.0.1", "localhost"):  # a page elsewhere may know a name for us
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        size = self.file.stat().st_size
        part = _part(self.headers.get("Range", ""), size)
        if part is None:
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._send(*part, size, body=body)

    def _send(self, start: int, stop: int, size: int, *, body: bool) -> None:
        whole = (start, stop) == (0, size)
        self.send_response(HTTPStatus.OK if whole else HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Type", "audio/wav")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(stop - start))
        self.send_header("Cache-Control", "no-store")
        if not whole:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{size}")
        self.end_headers()
        if body:
            with self.file.open("rb") as file, suppress(OSError):  # who listens has heard enough
                file.seek(start)
                left = stop - start
                while left and (block := file.read(min(left, _BLOCK))):
                    self.wfile.write(block)
                    left -= len(block)

    def log_message(self, *_: object) -> None:
        """Nobody is told who hears what but the ledger."""


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """Where it begins and where it ends; all for what is no range; None for one that is not in the file."""
    found = _RANGE.fullmatch(asked)
    if not found or not (found[1] or found[2]):
        return 0, size
    if not found[1]:  # so many at the end
        return (max(size - int(found[2]), 0), size) if int(found[2]) else None
    start, stop = int(found[1]), int(found[2]) + 1 if found[2] else size
    return (start, min(stop, size)) if start < min(stop, size) else None
