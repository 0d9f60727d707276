"""Archived recordings off the disk of a PBX: each is looked at once more, there, before it goes."""

import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby

from voicekit.calls import spool as spools
from voicekit.calls.seen import Known, Seen
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.pbx.recording_names import Kind

GONE = "gone"
REFUSED = "refused"  # its folder may not be written to by its user, or is root's, and others may write to it
ANSWERS = ("removed", "changed", "open")
STAY = (Kind.VOICEMAIL, Kind.GREETING, Kind.ARI)  # others read them where they lie: nothing removes these

_BATCH = 1000


def removed(machine: Machine, folder: str, known: Sequence[Known]) -> Iterator[tuple[Known, str]]:
    """What became of each file, one of ANSWERS, GONE or REFUSED; one that is not what was archived stays.

    Folder by folder: a shell that is in a folder can't be led elsewhere.
    """
    for below, group in groupby(sorted(known, key=lambda one: _parts(one.path)), key=lambda one: _parts(one.path)[0]):
        found = list(group)
        for start in range(0, len(found), _BATCH):
            yield from _removed(machine, folder, below, found[start : start + _BATCH])


@dataclass(slots=True)
class Freed:
    """What became of many: files and bytes that went, files that could not, and files of which the store has `lost`
    what it had.
    """

    files: int = 0
    size: int = 0
    refused: int = 0
    lost: int = 0

    def add(self, more: "Freed") -> None:
        self.files += more.files
        self.size += more.size
        self.refused += more.refused
        self.lost += more.lost


def off(machine: Machine, spool: str, folder: str, known: Sequence[Known], cache: Seen) -> Freed:
    """Take these off the disk, and out of the cache of this spool, as far as they are what was archived."""
    freed = Freed()
    for one, what in removed(machine, folder, known):
        if what == REFUSED:
            freed.refused += 1
            continue
        cache.forget(spool, [one.path])
        if what == "removed":
            freed.files += 1
            freed.size += one.size
    return freed


def complaints(spool: str, freed: Freed) -> Iterator[Outcome]:
    """Of what stays, and should have gone."""
    if freed.lost:
        detail = f"{counted(freed.lost, 'recording')}, archived, and the store has no sound or key of them: they stay"
        remedy = "is it the right store, and mounted? voicekit calls verify names what is missing"
        yield Outcome(spool, Verdict.FAILED, "lost", detail, remedy, {"files": freed.lost})
    if freed.refused:
        detail = f"{counted(freed.refused, 'recording')} could not be removed: this user may not write to their folders"
        detail += ", or they are root's, and others may"
        remedy = "run this as root or the user of Asterisk; give them to that user, and let nobody else write there"
        yield Outcome(spool, Verdict.FAILED, "not-freed", detail, remedy, {"files": freed.refused})


def given_back(machine: Machine, folder: str, below: str) -> None:
    """Their names for files of this folder that a run was about to remove when it was killed."""
    for _ in _removed(machine, folder, below, ()):
        pass


def _removed(machine: Machine, folder: str, below: str, known: Sequence[Known]) -> Iterator[tuple[Known, str]]:
    lines = (f"{one.sha256}/{one.size}/{one.modified}/".encode() + _name(one) + b"\n" for one in known)
    library = (files("voicekit.release.pack") / "lib.sh").read_text()
    script = spools.script("written.sh") + library + spools.script("owner.sh", "remove.sh")
    done = machine.sh(script, folder, below, secrets.token_hex(4), spools.script("aside.sh"), feed=b"".join(lines))
    silent = REFUSED if done.code else GONE  # one folder stops no other; complaints would name files
    said = dict(line.split(b" ", 1)[::-1] for line in done.out.split(b"\n") if b" " in line)
    for one in known:
        what = said.get(_name(one), b"").decode("ascii", "replace")
        yield one, what if what in ANSWERS else silent


def _parts(path: str) -> tuple[str, str]:
    below, _, name = path.rpartition("/")
    return below, name


def _name(one: Known) -> bytes:
    return os.fsencode(_parts(one.path)[1])
