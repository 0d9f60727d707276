"""One request over a connection that botocore keeps: its bytes out, and of the answer what is asked for in.

urllib3 and http.client take 0.7 ms of a processor for that, most of it for headers that nobody reads, which is more
than signing and hashing take for a recording (docs/performance.md). Connections are still made and kept by urllib3's
pool, which knows proxies and certificates: where none is idle, and for bodies that are files, botocore sends.
"""

import socket
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from io import BufferedReader, BytesIO, RawIOBase
from queue import Empty
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.exceptions import ConnectionClosedError, ResponseStreamingError
from botocore.response import StreamingBody
from urllib3.util.connection import is_connection_dropped

from voicekit import fs

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_HEAD = 1 << 16  # bytes of an answer's head, at the most


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """`headers` are all that there are, `Host` and the body's length among them."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | BinaryIO | None


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """`headers` by their names in small letters; `blocks` is the body, once. Whoever stops before its end closes it."""

    status: int
    headers: Mapping[str, str]
    blocks: Generator[bytes]


class Wire:
    """Requests to the server at `base`, over the connections of boto3's `client`. For many threads."""

    def __init__(self, client: Any, base: str) -> None:
        self._http = client._endpoint.http_session  # noqa: SLF001  its proxies and certificates are found nowhere else
        proxied = self._http._proxy_config.proxy_url_for(base)  # noqa: SLF001
        self._pool = None if proxied else self._http._manager.connection_from_url(base)  # noqa: SLF001
        if self._pool:
            self._pool.ConnectionCls = _prompt(self._pool.ConnectionCls)

    def ask(self, request: Request) -> Answer:
        """Raises what botocore's connections raise: all of it `BotoCoreError`."""
        plain = request.body is None or isinstance(request.body, bytes)
        connection = self._idle() if plain else None
        return self._over(connection, request) if connection else self._anew(request)

    def _idle(self) -> Any:
        """A connection that is open; None where there is none, or all are in use."""
        idle = self._pool.pool if self._pool else None
        try:
            connection = idle.get(block=False) if idle else None
        except Empty:
            return None
        if connection is None or connection.sock is None or is_connection_dropped(connection):
            self._give_back(connection)
            return None
        return connection

    def _give_back(self, connection: Any) -> None:
        if self._pool:
            self._pool._put_conn(connection)  # noqa: SLF001  what `urlopen` does after each request

    def _anew(self, request: Request) -> Answer:
        made = HeadersDict(request.headers)
        if "Expect" in made:
            made["Expect"] = made["Expect"].encode()  # botocore waits for leave to send only where it is bytes
        told = self._http.send(AWSPreparedRequest(request.method, request.url, made, request.body, stream_output=True))
        headers = {name.lower(): value for name, value in told.headers.items()}
        return Answer(told.status_code, headers, _streamed(StreamingBody(told.raw, headers.get("content-length"))))

    def _over(self, connection: Any, request: Request) -> Answer:
        try:
            with suppress(BrokenPipeError):  # who refuses a body before its end may have said why
                connection.sock.sendall(_written(request))
            _acknowledging(connection.sock)
            head, rest = _head(connection.sock)
            status, headers = _parsed(head)
            if status >= 200 and headers.get("content-length", "").isdecimal() and "transfer-encoding" not in headers:
                return Answer(status, headers, self._sized(connection, headers, rest, request.url))
            return _odd(connection, request, head + rest)
        except (OSError, HTTPException, ValueError) as error:
            connection.close()
            self._give_back(connection)
            raise ConnectionClosedError(endpoint_url=request.url, error=error) from error

    def _sized(self, connection: Any, headers: Mapping[str, str], rest: bytes, url: str) -> Generator[bytes]:
        """A body of known length; with all of it read, the connection is as it was."""
        left = int(headers["content-length"]) - len(rest)
        try:
            if rest:
                yield rest
            while left > 0:
                block = connection.sock.recv(min(left, fs.CHUNK))
                if not block:
                    raise ConnectionError(f"{left} bytes are missing")
                left -= len(block)
                yield block
        except OSError as error:
            raise ResponseStreamingError(error=error, endpoint_url=url) from error
        finally:
            if left or headers.get("connection", "").lower() == "close":
                connection.close()
            self._give_back(connection)


def _streamed(body: StreamingBody) -> Generator[bytes]:
    try:
        while block := body.read(fs.CHUNK):
            yield block
    finally:
        body.close()


def _written(request: Request) -> bytes:
    """The request, which is no file's, as it goes over the wire."""
    lines = [f"{request.method} {urlsplit(request.url).path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + (request.body or b"")  # type: ignore[operator]


def _acknowledging(sock: socket.socket) -> None:
    """Acknowledge at once what comes now. A server that writes an answer's head and its body apart, with Nagle's
    algorithm on (Ceph RGW's `tcp_nodelay` is off unless told otherwise), holds the body back until the head is
    acknowledged, which Linux puts off for 40 ms (tcp(7), TCP_QUICKACK): of reading a recording, nine tenths.
    """
    if hasattr(socket, "TCP_QUICKACK"):  # Linux's, and it does not last
        with suppress(OSError):  # slower, then
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _prompt(kind: type[HTTPConnection]) -> type[HTTPConnection]:
    """Connections of that kind which acknowledge at once, whoever asks over them: boto3's client, when it lists."""

    class Prompt(kind):  # type: ignore[valid-type,misc]
        def getresponse(self, *args: Any, **options: Any) -> Any:
            if self.sock:
                _acknowledging(self.sock)
            return super().getresponse(*args, **options)

    return Prompt


def _head(sock: socket.socket) -> tuple[bytes, bytes]:
    """An answer up to the empty line, and what came of its body with that."""
    came = b""
    while (end := came.find(b"\r\n\r\n")) < 0:
        block = sock.recv(_HEAD)
        if not block or len(came) > _HEAD:
            raise ConnectionError("the connection broke off, or what answers is no S3 server")
        came += block
    return came[: end + 4], came[end + 4 :]


def _parsed(head: bytes) -> tuple[int, dict[str, str]]:
    """Status, 0 where it is none of HTTP/1.1, and headers."""
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    version, _, status = first.partition(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return int(status[:3]) if version == "HTTP/1.1" else 0, headers


def _odd(connection: Any, request: Request, came: bytes) -> Answer:
    """An answer in chunks, or up to the end of the connection: http.client reads it, and it is the last here."""
    response = HTTPResponse(_Replayed(came, connection.sock), method=request.method)  # type: ignore[arg-type]
    response.begin()
    headers = {name.lower(): value for name, value in response.getheaders()}

    def blocks() -> Generator[bytes]:
        try:
            while block := response.read(fs.CHUNK):
                yield block
        except (OSError, HTTPException) as error:
            raise ResponseStreamingError(error=error, endpoint_url=request.url) from error
        finally:
            connection.close()

    return Answer(response.status, headers, blocks())


class _Replayed(RawIOBase):
    """A socket of which something was read already."""

    def __init__(self, came: bytes, sock: socket.socket) -> None:
        self._came, self._sock = BytesIO(came), sock

    def makefile(self, _: str) -> BufferedReader:
        return BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        return self._came.readinto(buffer) or self._sock.recv_into(buffer)
