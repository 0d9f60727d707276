"""What lies in a spool, on this machine or another; looking changes nothing there."""

import os
import re
import shutil
import stat
import tarfile
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from typing import IO, BinaryIO

from voicekit.calls.pace import Pace
from voicekit.errors import StoreError
from voicekit.hosts.machine import Machine
from voicekit.stores import Body
from voicekit.stores.faults import FullError

LINE = 1 << 14  # bytes; a path has at most 4096, and an escape may need four for one

_NAMES = 24 << 10  # bytes of names for one tar: busybox's xargs begins another one after 32 KB
_SMALL = 1 << 20  # bytes of a recording that is held in memory
_FILE = re.compile(rb"file ([0-9]{1,15}) (-?[0-9]{1,12}) ([0-9]{1,20}:[0-9]{1,20}) ([0-9]{1,9}) \./(.+)\n")
_MOST = 1 << 17  # files that are open, calls that are on: more than any machine has
_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_LEFT = 100  # folders in which a run left something behind
_NUMBER = re.compile("[0-9]{1,15}")
_REMOTE = ("nfs", "cifs", "smb", "fuse", "9p", "ceph", "gluster", "ocfs2", "gfs2", "lustre")


class GoneError(StoreError):
    """A file that was there is there no more."""


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
    """What is known of the machine at the moment of a look. `now` is by its clock.

    `blind` says why it can't be known who has a file open ("" when it can); `open` are the numbers of files that are
    open for writing; `live` the uniqueids of calls that are on; `mixing`, whether two legs are being made into one.

    Known when all files have come: `left`, folders where a run was killed that removed files, and `troubles`, of which
    the first tells how many files or folders could not be looked at.
    """

    now: int
    blind: str
    mixing: bool
    open: frozenset[str] = field(repr=False)
    live: frozenset[str] = field(repr=False)
    left: list[str] = field(default_factory=list, repr=False)
    troubles: list[int] = field(default_factory=list)


@contextmanager
def look(machine: Machine, spool: str) -> Iterator[tuple[Look, Iterator[Found]]]:
    """The machine, and then each file of the spool, as they come: there may be millions.

    Hidden files, folders `tmp` and links are passed over. Raises `StoreError` where the answer is not whole.
    """
    with machine.reading(script("written.sh", "spool.sh"), spool) as answer:
        lines = _lines(machine.name, answer)
        seen = _head(lines, machine.name)
        yield seen, _found(machine.name, lines, seen)


def fetched(machine: Machine, spool: str, wanted: Sequence[Found], pace: Pace) -> Iterator[tuple[Found, Body]]:
    """The bytes of these files as they come; what is gone, has changed or may not be read does not come at all.

    From another machine in one stream, at this pace; those of more than 1 MiB pass through a file without a name in
    TMPDIR, here.
    """
    if machine.local:
        yield from _own(spool, wanted)
        return
    for batch in _batches(wanted):
        named = {one.path: one for one in batch}
        names = b"".join(b"./" + os.fsencode(one.path) + b"\0" for one in batch)  # one may begin with a dash
        with machine.reading(script("written.sh", "fetch.sh"), spool, feed=names) as answer:
            yield from _unpacked(machine.name, pace.reader(answer), named)


def _own(spool: str, wanted: Sequence[Found]) -> Iterator[tuple[Found, Body]]:
    for one in wanted:
        with suppress(OSError, StoreError):
            if one.size > _SMALL:
                yield one, Body.of_reader(partial(_same, spool, one))
                continue
            with _same(spool, one) as file:
                data = file.read(_SMALL + 1)
            if len(data) == one.size:
                yield one, Body.of(data)


def _same(spool: str, found: Found) -> BinaryIO:
    """The very file that was found, unchanged; who may write to the spool could have put a link in its place.

    Looked at each time: a large file is hashed, encoded and put in passes of their own, of which only the last, the
    put, is compared with a hash.
    """
    try:
        # Without opening it, as yet: a link may lead to a device, of which one resets the machine when it is opened.
        found_there = os.open(f"{spool}/{found.path}", os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        raise GoneError("a recording was removed while it was archived, as by another archiver") from None
    except OSError as error:
        raise StoreError(f"a recording can't be read any more ({error.strerror}); the next run looks again") from None
    try:
        status = os.fstat(found_there)
        now = f"{status.st_dev}:{status.st_ino}", status.st_size, int(status.st_mtime)
        if now != (found.number, found.size, found.modified) or not stat.S_ISREG(status.st_mode):
            raise StoreError("a recording changed while it was archived; the next run looks again")
        return os.fdopen(os.open(f"/proc/self/fd/{found_there}", os.O_RDONLY | os.O_CLOEXEC), "rb")
    except OSError as error:
        raise StoreError(f"a recording can't be read ({error.strerror}); the next run looks again") from None
    finally:
        os.close(found_there)


def _batches(wanted: Sequence[Found]) -> Iterator[Sequence[Found]]:
    """As many as one tar can be told of, on any system: 128 KB of names and their addresses."""
    batch, size = list[Found](), 0
    for one in wanted:
        size += len(os.fsencode(one.path)) + 9
        if batch and size > _NAMES:
            yield batch
            batch, size = [], len(os.fsencode(one.path)) + 9
        batch.append(one)
    if batch:
        yield batch


class _Entry(tarfile.TarInfo):
    """tarfile reads names and other headers of any length into memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Entry":
        made = super().frombuf(buf, encoding, errors)
        if made.type in _HEADERS and made.size > LINE:
            raise tarfile.ReadError("a header without an end")
        return made


def _unpacked(name: str, answer: IO[bytes], named: dict[str, Found]) -> Iterator[tuple[Found, Body]]:
    most = len(named)
    try:
        with tarfile.open(fileobj=answer, mode="r|", errors="surrogateescape", tarinfo=_Entry) as archive:
            for number, entry in enumerate(archive):
                if number > most:
                    raise tarfile.ReadError("more files than were asked for")
                found = named.pop(entry.name.removeprefix("./"), None)
                source = archive.extractfile(entry) if found and entry.isreg() and not entry.issparse() else None
                if found and source and (entry.size, int(entry.mtime)) == (found.size, found.modified):
                    yield found, _body(source, entry.size)
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise StoreError(f"{name}: sends no archive ({error})") from None
    while answer.read(1 << 16):
        pass  # the zeros at the end of a tape


def _body(source: IO[bytes], size: int) -> Body:
    if size <= _SMALL:
        return Body.of(source.read())
    try:
        unnamed = _Unnamed(tempfile.TemporaryFile())  # noqa: SIM115  it closes it
        shutil.copyfileobj(source, unnamed.file, 1 << 20)
        unnamed.file.flush()
    except OSError as error:
        where = tempfile.gettempdir()
        raise FullError(
            f"{where}: a recording of {size >> 20} MB on its way does not go there ({error.strerror}); "
            "set TMPDIR to a folder with more room"
        ) from None
    return Body.of_reader(unnamed)


class _Unnamed:
    """A file without a name, which is there as long as somebody may open it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def __call__(self) -> BinaryIO:
        return Path(f"/proc/self/fd/{self.file.fileno()}").open("rb")

    def __del__(self) -> None:
        self.file.close()


def script(*names: str) -> str:
    """These scripts of ours, as one."""
    return "".join((files(__package__) / name).read_text() for name in names)


def _lines(name: str, answer: IO[bytes]) -> Generator[bytes]:
    while line := answer.readline(LINE):
        if not line.endswith(b"\n"):
            break
        yield line
        if line == b"end\n":
            return
    raise StoreError(f"{name}: the list of its recordings came by half; run it again")


def _head(lines: Iterator[bytes], name: str = "") -> Look:
    single: dict[str, str] = {}
    many: dict[str, set[str]] = {"open": set(), "live": set()}
    for number, line in enumerate(takewhile(lambda line: line != b"files\n", lines)):
        if number > _MOST:
            raise StoreError(f"{name}: tells of more than {_MOST} open files and calls; that can't be right")
        kind, _, rest = line.decode("utf-8", "replace").rstrip("\n").partition(" ")
        if kind in many:
            many[kind].add(rest)
        else:
            single.setdefault(kind, rest)
    return Look(
        now=_number(single.get("now", "")),
        blind=single.get("blind", "") or _elsewhere(single.get("disk", "")),
        mixing="mixing" in single,
        open=frozenset(many["open"]),
        live=frozenset(many["live"]),
    )


def _elsewhere(disk: str) -> str:
    if not disk or disk.startswith(_REMOTE):
        return f"the spool is on {disk or 'an unknown kind of disk'}, where other machines may write too"
    return ""


def _found(name: str, lines: Iterator[bytes], seen: Look) -> Iterator[Found]:
    for line in lines:
        if parts := _FILE.fullmatch(line):
            size, modified, number, links, path = parts.groups()
            yield Found(os.fsdecode(path), int(size), int(modified), number.decode(), int(links))
        elif line.startswith(b"left ./"):
            if len(seen.left) < _LEFT:  # who writes to the spool can make as many as he likes
                seen.left.append(os.fsdecode(line[7:-1]).rpartition("/")[0])
        elif line.startswith(b"troubles "):
            seen.troubles.append(_number(line[9:-1].decode("ascii", "replace")))
        elif line != b"end\n":  # of which nothing is told: names of files tell of callers
            raise StoreError(f"{name}: answers with something else than a list of recordings")


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0
