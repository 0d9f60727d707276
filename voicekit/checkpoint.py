"""Records that grow while a job runs: saved now and then, and at the end, whatever ends it."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

INTERVAL = 2.0  # seconds; writing lock and manifest of 10,000 prompts takes 0.2 s


class Checkpoint:
    """A context in which `changed` saves every INTERVAL seconds; leaving it saves what is not saved yet."""

    def __init__(self, save: Callable[[], None]) -> None:
        self._save = save
        self._saved = time.monotonic()
        self._dirty = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._dirty:
            self._save()

    def changed(self) -> None:
        """Say that there is something to save."""
        self._dirty = True
        if time.monotonic() - self._saved > INTERVAL:
            self._save()
            self._saved, self._dirty = time.monotonic(), False
