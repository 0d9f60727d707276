"""Room for what is written for a moment only: a PBX's disk and memory are for its calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

SIZE = 64 << 20  # bytes, unless the user says otherwise


class Scratch:
    """`size` bytes, which many threads share."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = self._left = size
        self._given_back = Condition()

    @contextmanager
    def taken(self, size: int) -> Iterator[bool]:
        """Whether there can be so many bytes; waits for what others have of them, and has them while the block runs."""
        if size > self._size:
            yield False
            return
        with self._given_back:
            self._given_back.wait_for(lambda: self._left >= size)
            self._left -= size
        try:
            yield True
        finally:
            with self._given_back:
                self._left += size
                self._given_back.notify_all()
