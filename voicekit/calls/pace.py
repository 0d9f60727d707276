"""A limit on bytes a second, for the line of a PBX is that of its calls."""

import io
import time
from dataclasses import replace
from threading import Lock
from typing import IO, BinaryIO, cast

from voicekit.stores import Body

_BLOCK = 1 << 16  # bytes that go at once
_BURST = 0.25  # seconds of which the bytes may go at once, after nothing went


class Pace:
    """`rate` in bytes a second, for all threads together (None: as fast as it can)."""

    def __init__(self, rate: int | None) -> None:
        self._rate, self._lock = rate, Lock()
        self._due = time.monotonic()  # when all that was taken so far may have gone

    def take(self, size: int) -> None:
        """Wait until so many bytes more may go."""
        if self._rate is None:
            return
        with self._lock:
            now = time.monotonic()
            self._due = max(self._due, now - _BURST) + size / self._rate
            wait = self._due - now
        if wait > 0:
            time.sleep(wait)

    def reader(self, file: IO[bytes]) -> BinaryIO:
        """The same bytes, at this pace."""
        return cast("BinaryIO", file if self._rate is None else io.BufferedReader(_Paced(file, self), _BLOCK))

    def body(self, body: Body) -> Body:
        """The same, sent at this pace."""
        return body if self._rate is None else replace(body, outgoing=self.reader)


class _Paced(io.RawIOBase):
    def __init__(self, file: IO[bytes], pace: Pace) -> None:
        self._file, self._pace = file, pace

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        data = self._file.read(min(len(buffer), _BLOCK))
        self._pace.take(len(data))
        buffer[: len(data)] = data
        return len(data)
