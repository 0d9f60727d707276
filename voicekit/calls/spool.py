"""What lies in a spool, on this machine or another; looking changes nothing there."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import takewhile
from typing import IO

from voicekit.errors import StoreError
from voicekit.hosts.machine import Machine

LINE = 1 << 14  # bytes; a path has at most 4096, and an escape may need four for one

_FILE = re.compile(rb"file ([0-9]{1,15}) (-?[0-9]{1,12}) ([0-9]{1,20}:[0-9]{1,20}) ([0-9]{1,9}) \./(.+)\n")
_NUMBER = re.compile("[0-9]{1,15}")
_REMOTE = ("nfs", "cifs", "smb", "fuse", "9p", "ceph", "gluster", "ocfs2", "gfs2", "lustre")


@dataclass(frozen=True, slots=True)
class Found:
    """A file: its path in the spool, as it is spelt there; `modified` in seconds since 1970 by that machine's clock;
    `number` says which file it is on its machine, `links` how many names that has.
    """

    path: str
    size: int
    modified: int
    number: str
    links: int


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of the machine at the moment of a look. `now` is by its clock; `room` and `disk` in bytes.

    `blind` says why it can't be known who has a file open ("" when it can); `open` are the numbers of files that are
    open for writing; `live` the uniqueids of calls that are on; `mixing`, whether two legs are being made into one.
    """

    now: int
    room: int
    disk: int
    load: float
    blind: str
    mixing: bool
    open: frozenset[str] = field(repr=False)
    live: frozenset[str] = field(repr=False)


@contextmanager
def look(machine: Machine, spool: str) -> Iterator[tuple[Look, Iterator[Found]]]:
    """The machine, and then each file of the spool, as they come: there may be millions.

    Hidden files, folders `tmp` and links are passed over. Raises `StoreError` where the answer is not whole.
    """
    with machine.reading((files(__package__) / "spool.sh").read_text(), spool) as answer:
        lines = _lines(machine.name, answer)
        yield _head(lines), _found(machine.name, lines)


def _lines(name: str, answer: IO[bytes]) -> Generator[bytes]:
    while line := answer.readline(LINE):
        if not line.endswith(b"\n"):
            break
        yield line
        if line == b"end\n":
            return
    raise StoreError(f"{name}: the list of its recordings came by half; run it again")


def _head(lines: Iterator[bytes]) -> Look:
    single: dict[str, str] = {}
    many: dict[str, set[str]] = {"open": set(), "live": set()}
    for line in takewhile(lambda line: line != b"files\n", lines):
        kind, _, rest = line.decode("utf-8", "replace").rstrip("\n").partition(" ")
        if kind in many:
            many[kind].add(rest)
        else:
            single.setdefault(kind, rest)
    room, _, disk = single.get("room", "").partition(" ")
    return Look(
        now=_number(single.get("now", "")),
        room=_number(room) * 1024,
        disk=_number(disk) * 1024,
        load=float(load) if re.fullmatch(r"[0-9]{1,6}\.[0-9]{1,3}", load := single.get("load", "")) else 0.0,
        blind=single.get("blind", "") or _elsewhere(single.get("disk", "")),
        mixing="mixing" in single,
        open=frozenset(many["open"]),
        live=frozenset(many["live"]),
    )


def _elsewhere(disk: str) -> str:
    if not disk or disk.startswith(_REMOTE):
        return f"the spool is on {disk or 'an unknown kind of disk'}, where other machines may write too"
    return ""


def _found(name: str, lines: Iterator[bytes]) -> Iterator[Found]:
    for line in lines:
        if line == b"end\n":
            return
        if not (parts := _FILE.fullmatch(line)):
            raise StoreError(f"{name}: answers with something else than a list of recordings: {line[:80]!r}")
        size, modified, number, links, path = parts.groups()
        yield Found(path.decode("utf-8", "surrogateescape"), int(size), int(modified), number.decode(), int(links))


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0
