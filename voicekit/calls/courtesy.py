"""A run of the archiver gives way to calls: it waits while the PBX is busy, and ends when it stays so."""

import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from voicekit.calls import disk
from voicekit.hosts.machine import Machine
from voicekit.stores.faults import FullError

T = TypeVar("T")

LEAST = 64 << 20  # bytes that stay free where ledger and scratch are: a PBX whose disk is full takes no more calls
_SHARE = 100  # on a small disk, this part of it

_GLANCE = 5.0  # seconds from one look to the next
_PATIENCE = 900.0  # seconds of a run that are waited for a busy PBX


@dataclass(slots=True)
class Courtesy:
    """Towards one machine. `max_load` is its load average of a minute (None: any); `root` is the folder that is
    written to on this machine. `stopped` says why the run has ended early, "" when it has not.

    Raises `FullError` before that folder's disk is full.
    """

    machine: Machine
    path: str
    root: Path
    max_load: float | None
    stopped: str = ""
    _patience: float = _PATIENCE
    _looked: float = field(default=-_GLANCE)

    def each(self, tasks: Iterable[T]) -> Iterator[T]:
        """The tasks, as long as nobody else needs the machine more."""
        for task in tasks:
            if self._refused():
                return
            yield task

    def _refused(self) -> bool:
        if time.monotonic() - self._looked < _GLANCE:
            return False
        for place in (self.root, Path(tempfile.gettempdir())):
            roomy(place)
        if self._busy():
            self.stopped = f"the load of {self.machine.name} stays above {self.max_load:g}"
        self._looked = time.monotonic()
        return bool(self.stopped)

    def _busy(self) -> bool:
        """Whether the machine is busy still when there is no more patience."""
        while self.max_load is not None and disk.load(self.machine, self.path) > self.max_load:
            if self._patience <= 0:
                return True
            time.sleep(_GLANCE)
            self._patience -= _GLANCE
        return False


def roomy(place: Path) -> None:
    """`FullError` where less is free than `LEAST`."""
    told = os.statvfs(place)
    if told.f_bavail < min(LEAST // told.f_frsize, told.f_blocks // _SHARE):
        raise FullError(
            f"{place}: {told.f_bavail * told.f_frsize >> 20} MB are free, where this run writes; first make room: "
            "voicekit calls free"
        )
