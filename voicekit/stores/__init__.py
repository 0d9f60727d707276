"""Bytes under keys, somewhere else. One kind of store is one module and one entry point (group `voicekit.stores`)."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

from voicekit import extras, toml
from voicekit.errors import InputError, StoreError
from voicekit.stores import address
from voicekit.stores.address import Address
from voicekit.stores.body import Body
from voicekit.stores.faults import DamagedError

GROUP = "voicekit.stores"
LARGEST = 5 << 30  # bytes of an object: what S3 takes in one PUT


class Cap(StrEnum):
    """What a store was seen to enforce (`voicekit store check`); what it does not, voicekit sees to alone."""

    DIGEST = "digest"  # a put whose bytes are not those of its digest is refused
    IF_ABSENT = "if-absent"  # of two that put one key if it is absent, one is refused
    REPLACE = "replace"  # of two that replace the same content, one is refused
    VERSIONING = "versioning"  # what is overwritten or deleted can be had back
    OBJECT_LOCK = "object-lock"  # what is locked can't be deleted before its day
    LIFECYCLE = "lifecycle"  # rules of expiry are taken
    ENCRYPTION = "encryption"  # at rest, by a key of the store's


Caps = frozenset[Cap]


@dataclass(frozen=True, slots=True)
class Stat:
    """An object. `modified` is UTC by the store's clock; `sha256` is "" in a listing, and of what others put;
    `tag` names this very content for `replace` ("" in a listing). `mtime`: when the file changed that it is a copy of,
    in seconds since 1970, where that is known of an object that is open.
    """

    key: str
    size: int
    modified: datetime
    sha256: str = ""
    tag: str = ""
    mtime: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """An object that is open: what it is, and the bytes that were asked for, once. A context that ends it."""

    stat: Stat
    blocks: Generator[bytes]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.blocks.close()

    def __iter__(self) -> Iterator[bytes]:
        return self.blocks


@runtime_checkable
class Store(Protocol):
    """Objects, whole and proved. Every method may be called from many threads, and raises `StoreError`.

    `name` is for messages, `caps` what the store was seen to enforce. What is put has a key of `keys.good`; what others
    put is read and removed where its key is one of `keys.there`. Whatever else a listing finds is given as it is.
    """

    name: str
    caps: Caps

    def put(self, key: str, body: Body, *, if_absent: bool = False) -> None:
        """Keep the bytes under the key; returns when they are safe and proved to be these.

        With `if_absent`, an object with other bytes stays, and `ConflictError` is raised; one with the same is a
        success: a put that was repeated has met its own.
        """
        ...

    def open(self, key: str, start: int = 0, end: int | None = None) -> Reading:
        """The bytes from `start` to before `end`; `AbsentError` when there is no such object.

        Its blocks raise `DamagedError` when they are not those that were put, at the end of a whole reading at the
        latest: nothing that was read counts before that. With an `end`, and so of what others put, which has no
        SHA-256, only their number is known to be right.
        """
        ...

    def stat(self, key: str) -> Stat | None:
        """None when there is no such object."""
        ...

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        """All objects whose key begins with `prefix`, sorted by key, those that come after `after` only."""
        ...

    def replace(self, key: str, body: Body, expected: str) -> None:
        """Put in place of the content that had the tag `expected` ("": of none); `ConflictError` when it has another.

        Two that replace the same content can't both succeed where `caps` has REPLACE.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        ...

    def purge(self, key: str, *, keep: bool = False) -> None:
        """Remove an object with all that the store still has of it: former versions, marks of deletions, and what a
        killed run left half-written. With `keep`, all of that but the object as it is now.

        `LockedError` when a lock forbids it: what is not locked is gone all the same.
        """
        ...

    def hold(self, key: str, *, on: bool) -> bool:
        """Let nobody delete this object (a legal hold), or allow it again; False where the store can't enforce it."""
        ...

    def link(self, key: str, seconds: int, name: str, media: str) -> str:
        """An address at which anybody can read this object for so long, as a file of this name and media type; "" where
        the store gives none.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Kind(Protocol):
    """How to reach stores of one scheme. `caps` is what the store was seen to enforce."""

    def __call__(self, where: Address, caps: Caps) -> Store: ...


def schemes() -> list[str]:
    """All schemes of addresses that are installed."""
    return sorted(point.name for point in entry_points(group=GROUP))


def reach(text: str, base: Path = Path(), caps: Caps = frozenset()) -> Store:
    """The store at an address, with patience, proof and the rule of keys around it."""
    from voicekit.stores.careful import Careful

    return Careful(bare(text, base, caps))


def bare(text: str, base: Path, caps: Caps) -> Store:
    """The store at an address as its kind makes it."""
    where = address.parse(text, base)
    points = {point.name: point for point in entry_points(group=GROUP)}
    if where.scheme not in points:
        raise InputError(f"{address.shown(text)}: {toml.unknown('kind of store', where.scheme, set(points))}")
    try:
        kind: Kind = points[where.scheme].load()
    except ImportError as error:
        raise StoreError(f"{where.name}: {error.name} is not installed; {extras.brings(where.scheme)}") from None
    return kind(where, caps)


def read(store: Store, key: str, limit: int) -> bytes:
    """All of a small object; `DamagedError` for one of more than `limit` bytes, which can't be the right one."""
    data = bytearray()
    with store.open(key) as reading:
        for block in reading:
            data += block
            if len(data) > limit:
                raise DamagedError(f"{store.name}: {key} is larger than {limit} bytes; this can't be the right object")
    return bytes(data)


__all__ = ["GROUP", "LARGEST", "Body", "Cap", "Caps", "Kind", "Reading", "Stat", "Store", "reach", "read", "schemes"]
