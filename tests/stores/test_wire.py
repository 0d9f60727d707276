"""Requests over kept connections: what servers answer in ways that are allowed, and what breaks off."""

import socketserver
from contextlib import closing, contextmanager
from threading import Event, Thread

import pytest

from voicekit import stores
from voicekit.patience import Patience
from voicekit.stores import Body, Cap
from voicekit.stores.careful import Careful
from voicekit.stores.faults import AbsentError, DamagedError, DeniedError

DATA = b"0123456789" * 30_000
HEAD = (
    f'Last-Modified: Sun, 01 Mar 2026 00:00:00 GMT\r\nETag: "x"\r\nx-amz-meta-sha256: {Body.of(DATA).sha256}\r\n'
).encode()
LENGTH = b"Content-Length: %d\r\n" % len(DATA)
SIZED = b"HTTP/1.1 200 OK\r\n" + HEAD + LENGTH + b"\r\n" + DATA
PUT = b'HTTP/1.1 200 OK\r\nETag: "y"\r\nContent-Length: 0\r\n\r\n'


class Last(bytes):
    """An answer after which the server hangs up."""


class Scripted(socketserver.StreamRequestHandler):
    """Gives the next answer to each request, and notes over which connection it came; None hangs up."""

    def handle(self):
        while line := self.rfile.readline():
            length = 0
            while (header := self.rfile.readline()) != b"\r\n":
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            self.rfile.read(length)
            self.server.asked.append((line.split()[0], self.client_address))
            answer = self.server.answers.pop(0)
            if answer is None:
                return
            self.wfile.write(answer)
            if isinstance(answer, Last):
                return


class Server(socketserver.ThreadingTCPServer):
    """`hung_up` is set when a connection was closed here."""

    daemon_threads, block_on_close = True, False

    def shutdown_request(self, request):
        super().shutdown_request(request)
        self.hung_up.set()


@contextmanager
def scripted(*answers):
    with Server(("127.0.0.1", 0), Scripted) as server:
        server.hung_up = Event()
        server.answers, server.asked = list(answers), []
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        address = f"s3://bucket?endpoint_url=http://127.0.0.1:{server.server_address[1]}"
        with closing(stores.reach(address, caps=frozenset({Cap.DIGEST}))) as store:
            yield server, store
        server.shutdown()


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setattr(Careful, "patience", Patience(tries=3, first=0.01, longest=0.01, total=60))


def whole(store):
    with store.open("blobs/a") as reading:
        return b"".join(reading)


def connections(server):
    return len({connection for _, connection in server.asked})


def test_a_connection_serves_one_request_after_the_other():
    with scripted(PUT, SIZED, SIZED, PUT) as (server, store):
        store.put("blobs/a", Body.of(b"x"))
        assert whole(store) == whole(store) == DATA
        store.put("blobs/a", Body.of(b"y"))
        assert connections(server) == 1


def test_who_stops_reading_gives_up_the_connection():
    with scripted(PUT, SIZED, SIZED) as (server, store):
        store.put("blobs/a", Body.of(b"x"))
        with store.open("blobs/a") as reading:
            next(iter(reading))
        assert whole(store) == DATA
        assert connections(server) == 2


def test_an_error_that_comes_in_chunks():
    told = b"<Error><Code>NoSuchKey</Code></Error>"
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (told[:9], told[9:], b""))
    answer = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    with scripted(PUT, answer, SIZED) as (_, store):
        store.put("blobs/a", Body.of(b"x"))
        with pytest.raises(AbsentError, match="NoSuchKey"):
            store.open("blobs/a")
        assert whole(store) == DATA


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" + SIZED,
        b"HTTP/1.0 200 OK\r\n" + HEAD + LENGTH + b"\r\n" + DATA,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + HEAD + LENGTH + b"\r\n" + DATA,
    ],
    ids=["continue", "old", "close"],
)
def test_other_ways_to_answer(answer):
    with scripted(PUT, answer, SIZED) as (_, store):
        store.put("blobs/a", Body.of(b"x"))
        assert whole(store) == whole(store) == DATA


HALF = SIZED[: len(SIZED) - 1000]
REST = (
    b"HTTP/1.1 206 Partial Content\r\n" + HEAD + b"Content-Length: 1000\r\n"
    b"Content-Range: bytes %d-%d/%d\r\n\r\n" % (len(DATA) - 1000, len(DATA) - 1, len(DATA)) + DATA[-1000:]
)


@pytest.mark.parametrize(
    ("broken", "then"),
    [(None, SIZED), (Last(b"HTTP/1.1 200"), SIZED), (Last(b"SSH-2.0-x\r\n\r\n"), SIZED), (Last(HALF), REST)],
)
def test_what_breaks_off_is_asked_again(broken, then):
    with scripted(PUT, broken, then) as (server, store):
        store.put("blobs/a", Body.of(b"x"))
        assert whole(store) == DATA
        assert connections(server) == 2


def test_a_connection_that_the_server_has_closed_is_not_used(monkeypatch):
    monkeypatch.setattr(Careful, "patience", Patience(tries=1))
    with scripted(Last(PUT), SIZED) as (server, store):
        store.put("blobs/a", Body.of(b"x"))
        assert server.hung_up.wait(10)
        assert whole(store) == DATA
        assert connections(server) == len(server.asked) == 2


def test_what_is_too_short_for_what_it_was_is_damaged():
    short = b"HTTP/1.1 200 OK\r\n" + HEAD + b"Content-Length: 5\r\n\r\n01234"
    with scripted(PUT, short) as (_, store):
        store.put("blobs/a", Body.of(b"x"))
        with pytest.raises(DamagedError):
            whole(store)


class Refusing(socketserver.StreamRequestHandler):
    """Says no as soon as it knows what is asked, and counts what of a body comes all the same."""

    def handle(self):
        while self.rfile.readline() != b"\r\n":
            pass
        self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        self.server.came.append(len(self.rfile.read()))
        self.server.done.set()


def test_a_large_body_that_is_refused_unseen_is_not_sent(tmp_path):
    large = tmp_path / "large"
    large.write_bytes(bytes(3 << 20))
    with Server(("127.0.0.1", 0), Refusing) as server:
        server.hung_up, server.done, server.came = Event(), Event(), []
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        address = f"s3://bucket?endpoint_url=http://127.0.0.1:{server.server_address[1]}"
        with closing(stores.reach(address)) as store, pytest.raises(DeniedError):
            store.put("a", Body.of_file(large))
        assert server.done.wait(10)
        server.shutdown()
    assert server.came == [0]
