"""The disk of a spool: how full it is, and of what; and how busy its machine is."""

import os
import re
from dataclasses import dataclass

from voicekit.calls import spool
from voicekit.errors import StoreError
from voicekit.hosts.machine import Machine

_PATIENCE = 300.0  # seconds for a look at all of a disk
_SHARE = 50  # a folder is named from this part of the disk on: 2 %
_WHOLE = 0.9  # a folder of which the ones in it tell as much is not named itself
_ROOM = re.compile(rb"room ([0-9]{1,15}) ([0-9]{1,15})")
_LOAD = re.compile(rb"^load ([0-9]{1,6}\.[0-9]{1,3})$", re.MULTILINE)
_FOLDER = re.compile(rb"folder ([0-9]{1,15})\t(.+)")
_REMOVED = re.compile(rb"removed ([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that are used, and that are free for who is not root."""

    used: int
    free: int

    @property
    def percent(self) -> float:
        """How full it is, as df says."""
        return 100 * self.used / max(self.used + self.free, 1)

    def above(self, percent: float) -> int:
        """Bytes that have to go until it is no fuller than this."""
        return max(self.used - int((self.used + self.free) * percent / 100), 0)


@dataclass(frozen=True, slots=True)
class Filling:
    """Something that fills the disk: a folder with all below it, in bytes."""

    what: str
    size: int


def room(machine: Machine, path: str) -> Room:
    """Of the disk that this folder is on."""
    return _room(machine, _said(machine, path, ""))


def load(machine: Machine, path: str) -> float:
    """The average of a minute; 0 where it can't be known."""
    found = _LOAD.search(_said(machine, path, ""))
    return float(found[1]) if found else 0.0


def filling(machine: Machine, path: str) -> list[Filling]:
    """What fills that disk, largest first: folders near its root, and files that are removed but open still.

    Takes minutes on a large disk; `StoreError` where it takes too many.
    """
    said = _said(machine, path, "all")
    all_of = _room(machine, said)
    least = (all_of.used + all_of.free) // _SHARE
    folders = {
        os.fsdecode(found[2]): int(found[1]) * 1024 for line in said.split(b"\n") if (found := _FOLDER.fullmatch(line))
    }
    named = [Filling(name, size) for name, size in _told(folders) if size >= least]
    if (removed := _REMOVED.search(said)) and (size := int(removed[1]) * 1024) >= least:
        named.append(Filling("removed files that a process has open still", size))
    return sorted(named, key=lambda one: -one.size)


def _told(folders: dict[str, int]) -> list[tuple[str, int]]:
    """Those that are not told by the folders in them."""
    below = dict.fromkeys(folders, 0)
    for name, size in folders.items():
        if (parent := os.path.dirname(name)) in below and parent != name:  # noqa: PTH120  of another machine
            below[parent] += size
    return [(name, size) for name, size in folders.items() if below[name] < _WHOLE * size]


def _said(machine: Machine, path: str, what: str) -> bytes:
    done = machine.sh(spool.script("written.sh", "disk.sh"), path, what, limit=_PATIENCE)
    if done.code:
        raise StoreError(
            f"{machine.name}: {done.err.splitlines()[-1] if done.err else 'its disk can not be looked at'}"
        )
    return done.out


def _room(machine: Machine, said: bytes) -> Room:
    if found := _ROOM.match(said):
        return Room(int(found[1]) * 1024, int(found[2]) * 1024)
    raise StoreError(f"{machine.name}: df says nothing of the disk of the spool")
