"""Archived recordings off the disk of a PBX: each is looked at once more, there, before it goes."""

import os
from collections.abc import Iterator, Sequence
from importlib.resources import files

from voicekit.calls.seen import Known
from voicekit.errors import StoreError
from voicekit.hosts.machine import Machine

ANSWERS = ("removed", "changed", "open")
_BATCH = 1000


def removed(machine: Machine, spool: str, known: Sequence[Known]) -> Iterator[tuple[Known, str]]:
    """Each file that is still there and what became of it, one of ANSWERS; one that is not what was archived stays.

    Files whose names have a line break stay as well: they are not told.
    """
    plain = [one for one in known if "\n" not in one.path]
    for start in range(0, len(plain), _BATCH):
        batch = {os.fsencode(one.path): one for one in plain[start : start + _BATCH]}
        lines = (f"{one.sha256} {one.size} {one.modified} ".encode() + path + b"\n" for path, one in batch.items())
        done = machine.sh((files(__package__) / "remove.sh").read_text(), spool, feed=b"".join(lines))
        if done.code:
            raise StoreError(f"{machine.name}: {done.err[-300:]}")
        yield from _parsed(done.out, batch)


def _parsed(said: bytes, batch: dict[bytes, Known]) -> Iterator[tuple[Known, str]]:
    for line in said.splitlines():
        what, _, path = line.partition(b" ")
        if (one := batch.get(path)) and what.decode("ascii", "replace") in ANSWERS:
            yield one, what.decode()
