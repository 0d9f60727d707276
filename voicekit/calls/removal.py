"""Archived recordings off the disk of a PBX: each is looked at once more, there, before it goes."""

import os
import secrets
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import groupby

from voicekit.calls import spool
from voicekit.calls.seen import Known
from voicekit.hosts.machine import Machine

GONE = "gone"
REFUSED = "refused"  # its folder may not be written to by its user, or is root's, and others may write to it
ANSWERS = ("removed", "changed", "open")

_BATCH = 1000


def removed(machine: Machine, folder: str, known: Sequence[Known]) -> Iterator[tuple[Known, str]]:
    """What became of each file, one of ANSWERS, GONE or REFUSED; one that is not what was archived stays.

    Folder by folder: a shell that is in a folder can't be led elsewhere.
    """
    for below, group in groupby(sorted(known, key=lambda one: _parts(one.path)), key=lambda one: _parts(one.path)[0]):
        found = list(group)
        for start in range(0, len(found), _BATCH):
            yield from _removed(machine, folder, below, found[start : start + _BATCH])


def given_back(machine: Machine, folder: str, below: str) -> None:
    """Their names for files of this folder that a run was about to remove when it was killed."""
    for _ in _removed(machine, folder, below, ()):
        pass


def _removed(machine: Machine, folder: str, below: str, known: Sequence[Known]) -> Iterator[tuple[Known, str]]:
    lines = (f"{one.sha256}/{one.size}/{one.modified}/".encode() + _name(one) + b"\n" for one in known)
    library = (files("voicekit.release.pack") / "lib.sh").read_text()
    script = spool.script("written.sh") + library + spool.script("remove.sh")
    done = machine.sh(script, folder, below, secrets.token_hex(4), spool.script("aside.sh"), feed=b"".join(lines))
    if done.code:  # one folder stops no other; complaints would name files
        yield from ((one, REFUSED) for one in known)
        return
    said = dict(line.split(b" ", 1)[::-1] for line in done.out.split(b"\n") if b" " in line)
    for one in known:
        what = said.get(_name(one), b"").decode("ascii", "replace")
        yield one, what if what in ANSWERS else GONE


def _parts(path: str) -> tuple[str, str]:
    below, _, name = path.rpartition("/")
    return below, name


def _name(one: Known) -> bytes:
    return os.fsencode(_parts(one.path)[1])
