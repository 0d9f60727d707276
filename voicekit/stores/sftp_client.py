"""SFTP over the system's ssh, by paramiko: the one place that touches its private parts.

Its client drops the server's list of extensions, loses the errors of pipelined writes, and fails on names that are not
UTF-8; so packets, requests and answers are paramiko's (`_async_request`, `_read_response`), and what is made of them is
here. Nor is it safe with threads: a `Line` is for one at a time, and there are several.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import Any, TypeVar

from paramiko import Message, SFTPAttributes, SFTPClient, SFTPError, SSHException
from paramiko import sftp as wire

from voicekit.errors import plain
from voicekit.hosts.ssh import Host, Subsystem
from voicekit.stores.faults import UnsupportedError

T = TypeVar("T")

PIECE = 32 << 10  # bytes of one request; what every server takes
MOST = 4  # connections; a server may take ten at a time

READ = wire.SFTP_FLAG_READ
NEW = wire.SFTP_FLAG_READ | wire.SFTP_FLAG_WRITE | wire.SFTP_FLAG_CREATE | wire.SFTP_FLAG_EXCL

_ERRORS = {
    wire.SFTP_NO_SUCH_FILE: errno.ENOENT,
    wire.SFTP_PERMISSION_DENIED: errno.EACCES,
    wire.SFTP_OP_UNSUPPORTED: errno.EOPNOTSUPP,
}


class Client(SFTPClient):  # type: ignore[misc]  # paramiko has no types
    """Errors are `OSError`s; EIO stands for "Failure", which is all that SFTP says of most."""

    extensions: frozenset[str] = frozenset()

    def _send_version(self) -> int:
        """As paramiko's, and keeps what the server says that it can besides."""
        message = Message()
        message.add_int(3)
        self._send_packet(wire.CMD_INIT, message)
        kind, data = self._read_packet()
        if kind != wire.CMD_VERSION:
            raise SFTPError("another answer was due")
        answer, words = Message(data), []
        version = answer.get_int()
        while answer.get_remainder():
            words.append(answer.get_binary().decode("ascii", "replace"))
        self.extensions = frozenset(words[::2])
        return int(version)

    def ask(self, *requests: Sequence[Any]) -> list[Any]:
        """All are sent before the first answer is read; all answers are read before the first error is raised."""
        answers = _Answers()
        numbers = [self._async_request(answers, *request) for request in requests]
        while len(answers.came) < len(numbers):
            self._read_response()
        return [_good(*answers.came[number]) for number in numbers]

    def begin(self, path: bytes, flags: int) -> bytes:
        """A handle of a file."""
        return bytes(self.ask((wire.CMD_OPEN, path, flags, SFTPAttributes()))[0].get_binary())

    def end(self, handle: bytes) -> None:
        self.ask((wire.CMD_CLOSE, handle))

    def status(self, handle: bytes) -> Any:
        return SFTPAttributes._from_msg(self.ask((wire.CMD_FSTAT, handle))[0])  # noqa: SLF001

    def status_of(self, path: bytes) -> Any:
        return SFTPAttributes._from_msg(self.ask((wire.CMD_STAT, path))[0])  # noqa: SLF001

    def delete(self, path: bytes) -> None:
        self.ask((wire.CMD_REMOVE, path))

    def make_folder(self, path: bytes) -> None:
        self.ask((wire.CMD_MKDIR, path, SFTPAttributes()))

    def rename_new(self, path: bytes, target: bytes) -> None:
        """SFTP's own renaming, which never replaces."""
        self.ask((wire.CMD_RENAME, path, target))

    def rename(self, path: bytes, target: bytes) -> None:
        """In one step, whatever file was there before."""
        try:
            self._extended("posix-rename@openssh.com", path, target)
        except OSError as error:
            if error.errno == errno.EIO and self._is_folder(target):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)) from None
            raise

    def link(self, path: bytes, target: bytes) -> None:
        """A name in one step where there was none; `FileExistsError` if there was. Not every file system has links."""
        try:
            self._extended("hardlink@openssh.com", path, target)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EOPNOTSUPP):
                raise
            if self._is_there(target):
                raise FileExistsError(errno.EEXIST, "it is there already") from None
            self.rename(path, target)

    def synced(self, handle: bytes) -> None:
        """On disk, as far as the server can do it."""
        if "fsync@openssh.com" in self.extensions:
            self._extended("fsync@openssh.com", handle)

    def synced_path(self, path: bytes) -> None:
        """Its name too: SFTP can't sync a folder, but a file system with a journal writes names no later than files."""
        handle = self.begin(path, READ)
        self.synced(handle)
        self.end(handle)

    def room(self, path: bytes) -> bool:
        """False when the disk is known to be full."""
        answer = self._extended("statvfs@openssh.com", path)
        _, _, _, _, blocks, _, _, files = (answer.get_int64() for _ in range(8))
        return bool(blocks and files)

    def _is_there(self, path: bytes) -> bool:
        try:
            self.status_of(path)
        except FileNotFoundError:
            return False
        return True

    def _is_folder(self, path: bytes) -> bool:
        return self._is_there(path) and stat.S_ISDIR(self.status_of(path).st_mode)

    def _extended(self, name: str, *arguments: bytes) -> Any:
        if name not in self.extensions:
            raise OSError(errno.EOPNOTSUPP, f"the server has no {name}")
        return self.ask((wire.CMD_EXTENDED, name, *arguments))[0]

    def send(self, handle: bytes, at: int, data: bytes) -> None:
        pieces = range(0, len(data), PIECE)
        self.ask(*((wire.CMD_WRITE, handle, wire.int64(at + i), data[i : i + PIECE]) for i in pieces))

    def receive(self, handle: bytes, start: int, end: int) -> bytes:
        """What is there of this range, from its start on: a server may give less than is asked for."""
        spans = [(wire.int64(at), min(PIECE, end - at)) for at in range(start, end, PIECE)]
        answers = self.ask(*((wire.CMD_READ, handle, *span) for span in spans))
        came = bytearray()
        for (_, size), answer in zip(spans, answers, strict=True):
            data = answer.get_binary() if answer else b""
            came += data
            if len(data) < size:
                break
        return bytes(came)

    def entries(self, folder: bytes) -> Iterator[tuple[bytes, Any]]:
        handle = bytes(self.ask((wire.CMD_OPENDIR, folder))[0].get_binary())
        while answer := self.ask((wire.CMD_READDIR, handle))[0]:
            for _ in range(answer.get_int()):
                name, _ = answer.get_binary(), answer.get_binary()
                if not name:  # paramiko gives empty bytes for ever where a message has ended
                    raise ConnectionError("a listing that says of itself that it is longer than it is")
                yield name, SFTPAttributes._from_msg(answer)  # noqa: SLF001
        self.end(handle)


class _Answers:
    """Where paramiko puts what comes for us, in whatever order it comes."""

    def __init__(self) -> None:
        self.came: dict[int, tuple[int, Any]] = {}

    def _async_response(self, kind: int, message: Any, number: int) -> None:
        self.came[number] = kind, message


def _good(kind: int, message: Any) -> Any:
    """None at the end of a file or folder."""
    if kind != wire.CMD_STATUS:
        return message
    code = message.get_int()
    if code == wire.SFTP_OK:
        return message
    if code == wire.SFTP_EOF:
        return None
    text = " ".join(message.get_binary().decode("utf-8", "replace").split())[:200]
    raise OSError(_ERRORS.get(code, errno.EIO), f'the server says "{plain(text)}"')


class Line:
    """One connection. `users` are the threads that want it; they take turns, a request or some at a time."""

    def __init__(self, host: Host) -> None:
        self.users, self.broken, self._lock = list[int](), False, Lock()
        self._end = Subsystem(host, "sftp")
        try:
            self._client = Client(self._end)
        except SFTPError:
            self._end.close()
            raise UnsupportedError(f"ssh {host.name}: what answers there speaks no SFTP; is it switched on?") from None
        except (SSHException, OSError):
            raise self._end.ended() from None

    def __call__(self, ask: Callable[[Client], T]) -> T:
        with self._lock:
            if self.broken:
                raise ConnectionError("the connection broke off")
            try:
                return ask(self._client)
            except (SSHException, SFTPError, ConnectionError, TimeoutError):
                self.broken = True
                raise self._end.ended() from None
            except OSError:
                raise  # an answer like any other
            except BaseException:
                self.broken = True  # who knows how far it came
                raise

    def close(self) -> None:
        self.broken = True
        self._end.close()


class Lines:
    """As many connections as there are threads, up to `MOST`; then the least busy."""

    def __init__(self, host: Host) -> None:
        self._host, self._lines, self._choosing = host, list[Line](), Lock()

    @contextmanager
    def one(self) -> Iterator[Line]:
        thread = get_ident()
        with self._choosing:
            line = self._chosen(thread)
            line.users.append(thread)
        try:
            yield line
        finally:
            with self._choosing:
                line.users.remove(thread)

    def _chosen(self, thread: int) -> Line:
        """New ones are made one after the other: servers drop some of many that log in at once."""
        self._lines = [line for line in self._lines if not line.broken]
        for line in self._lines:
            if thread in line.users:
                return line
        idle = min(self._lines, key=lambda line: len(line.users), default=None)
        if idle is None or (idle.users and len(self._lines) < MOST):
            idle = Line(self._host)
            self._lines.append(idle)
        return idle

    def close(self) -> None:
        with self._choosing:
            for line in self._lines:
                line.close()
            self._lines = []
