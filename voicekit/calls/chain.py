"""A chain of facts as JSON lines: each names the hash of the one before, and its own.

A segment is a piece of a chain in one file. Its first line is a fact as well, of the kind `segment`: version, writer,
number. So the chain runs through all segments, and the hash of its last line vouches for everything before. Whoever
holds all files can still write them all anew: what he can't change is a root that was printed or is kept elsewhere.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from voicekit.errors import InputError, VerificationError

VERSION = 1
LIMIT = 64 << 20  # bytes of a segment

DAMAGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


class Kind(StrEnum):
    """What can be said in a ledger. No body has anything in it that identifies a caller."""

    SEGMENT = "segment"
    RECEIPT = "receipt"
    ADOPT = "adopt"  # a receipt of what others had archived
    AMEND = "amend"  # more became known of a recording: its entry in its page is another one
    HOLD = "hold"
    UNHOLD = "unhold"
    ACCESS = "access"
    RESTORE = "restore"
    DELETE = "delete"  # by a rule of retention
    ERASE = "erase"
    REMOVED = "removed"  # what a DELETE or an ERASE said is done: it is out of the store


@dataclass(frozen=True, slots=True)
class Link:
    """A place in a chain: the number of a line, counted from 1, and its hash (64 hex digits)."""

    seq: int
    hash: str


START = Link(0, "0" * 64)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a ledger is read or written: `lines` of segment `segment`, up to the one that `link` names."""

    segment: int
    lines: int
    link: Link


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `at` is UTC, `2026-11-30T19:40:37Z`; `body` holds plain JSON values."""

    seq: int
    previous: str
    kind: Kind
    at: str
    body: Mapping[str, Any]
    hash: str

    @property
    def link(self) -> Link:
        return Link(self.seq, self.hash)

    @property
    def day(self) -> str:
        return self.at[:10]


def entry(after: Link, kind: Kind, body: Mapping[str, Any], at: datetime) -> tuple[Entry, bytes]:
    """What says this behind `after`, and its line. `at` knows its zone."""
    told: dict[str, Any] = {"at": stamp(at), "body": body, "kind": kind, "previous": after.hash, "seq": after.seq + 1}
    payload = json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    made = Entry(after.seq + 1, after.hash, kind, told["at"], body, _hash(payload))
    return made, _with(payload, made.hash)


def line(after: Link, kind: Kind, body: Mapping[str, Any], at: datetime) -> bytes:
    """The line alone."""
    return entry(after, kind, body, at)[1]


def head(after: Link, writer: str, number: int, at: datetime) -> bytes:
    """The first line of segment `number`, counted from 1."""
    return line(after, Kind.SEGMENT, {"ledger": VERSION, "writer": writer, "number": number}, at)


def stamp(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(line: bytes) -> Entry:
    """The fact in one line, which ends with its newline. ValueError when it is not, byte for byte, what was written."""
    payload = line[: -len(_tail(b""))] + b"}"
    digest = _hash(payload)
    if _with(payload, digest) != line:
        raise ValueError("its hash is not that of its content")
    told = json.loads(payload.decode())
    told["kind"] = Kind(told["kind"])
    if not (isinstance(told["body"], dict) and isinstance(told["at"], str) and type(told["seq"]) is int):
        raise ValueError("no fact")
    return Entry(**told, hash=digest)


def verified(data: bytes, where: str, after: Link | None = START, first: int = 1) -> Iterator[Entry]:
    """The facts of one segment, from its line `first` on, that follow `after` (None: what comes before is not at hand,
    and is believed).

    Raises `VerificationError` that names the first line which is not what was written there, `InputError` for a
    version that is not known.
    """
    for number, each in enumerate(data.splitlines(keepends=True) or [b""], first):
        try:
            entry = read(each)
            if (number == 1) != (entry.kind is Kind.SEGMENT):
                raise ValueError("a segment begins with its head, and has one")
            if after and (entry.seq, entry.previous) != (after.seq + 1, after.hash):
                raise ValueError("it does not follow the line before")
        except DAMAGE as error:
            raise VerificationError(
                f"{where}:{number}: not what was written there ({error}); take this segment back from another copy"
            ) from None
        if entry.kind is Kind.SEGMENT and entry.body.get("ledger") != VERSION:
            raise InputError(f"{where}: a ledger of a version that this voicekit does not know; update it")
        after = entry.link
        yield entry


def whole(segments: Iterable[tuple[str, bytes]]) -> Iterator[Entry]:
    """All facts of a chain, from its start, out of the (name, content) of its segments in order; as `verified`."""
    after = START
    for where, data in segments:
        for entry in verified(data, where, after):
            after = entry.link
            yield entry


def roots(entries: Iterable[Entry]) -> dict[str, Link]:
    """The last place of each UTC day: its hash vouches for all that the chain said up to then."""
    return {entry.day: entry.link for entry in entries}


def _with(payload: bytes, digest: str) -> bytes:
    return payload[:-1] + _tail(digest.encode())


def _tail(digest: bytes) -> bytes:
    return b',"hash":"%-64b"}\n' % digest


def _hash(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()
