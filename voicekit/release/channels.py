"""Channels: `channels/<name>.json` says which release a PBX is to have. The one thing in a store that moves."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from voicekit.errors import InputError, VerificationError
from voicekit.release import SHORT, is_sha256
from voicekit.stores import Body, Store
from voicekit.stores.faults import AbsentError, ConflictError

PREFIX = "channels/"
VERSION = 1
_LIMIT = 64 << 10
_NAME = re.compile("[a-z][a-z0-9-]{0,39}")
_LONGEST = 1_000  # characters of a person's name
_MOST = 1 << 53  # moves


@dataclass(frozen=True, slots=True)
class Channel:
    """Where a channel stands: `serial` counts its moves, `by` made the last one `at` (UTC). `previous` "": none."""

    name: str
    release: str
    previous: str
    serial: int
    by: str
    at: str


def good(name: str) -> bool:
    """Whether it can name a channel: `last` is a word for releases."""
    return _NAME.fullmatch(name) is not None and name != "last"


def checked(name: str) -> str:
    """The name itself; `InputError` for one that can't name a channel."""
    if not good(name):
        raise InputError(f'"{name[:80]}" can\'t name a channel; use small letters, digits and -, as in production')
    return name


def everyone(store: Store) -> Iterator[Channel]:
    """All channels of a store, by name."""
    for stat in store.list(PREFIX):
        name = stat.key.removeprefix(PREFIX).removesuffix(".json")
        if stat.key == _key(name) and good(name) and (channel := read(store, name)):
            yield channel


def read(store: Store, name: str) -> Channel | None:
    """None where there is no such channel."""
    return _seen(store, name)[0]


def move(store: Store, name: str, release: str, by: str, at: str) -> Channel:
    """Let a channel stand at a release, from where it stands now.

    `ConflictError` when somebody else moved it meanwhile; where it stands there already, nothing is written.
    """
    before, tag = _seen(store, checked(name))
    if before and before.release == release:
        return before
    serial = before.serial + 1 if before else 1
    after = Channel(name, release, before.release if before else "", serial, by, at)
    if reason := _wrong(after):
        raise InputError(f"{name} can't be moved so: {reason}")
    data = json.dumps({"channel": VERSION, **asdict(after)}, ensure_ascii=False, indent=1).encode() + b"\n"
    try:
        store.replace(_key(name), Body.of(data), tag)
    except ConflictError:
        raise ConflictError(
            f"{store.name}: {name} was moved by somebody else {_where(store, name)}; {_AGAIN}"
        ) from None
    return after


_AGAIN = "look at what they did, then promote again if you still want to"


def _where(store: Store, name: str) -> str:
    now = read(store, name)
    return f"at the same time ({now.by}, to {now.release[:SHORT]})" if now else "at the same time"


def _seen(store: Store, name: str) -> tuple[Channel | None, str]:
    """A channel, and the tag of the content that says so."""
    try:
        with store.open(_key(name)) as reading:
            data = b"".join(_bounded(reading.blocks, f"{store.name}/{_key(name)}"))
    except AbsentError:
        return None, ""
    return _parsed(data, name, f"{store.name}/{_key(name)}"), reading.stat.tag


def _bounded(blocks: Iterator[bytes], where: str) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        size += len(block)
        if size > _LIMIT:
            raise VerificationError(f"{where}: too large for a channel")
        yield block


def _parsed(data: bytes, name: str, where: str) -> Channel:
    wrong = VerificationError(f"{where}: this is no channel, or one of a newer voicekit")
    try:
        record: dict[str, Any] = json.loads(data)
        if record.pop("channel") != VERSION:
            raise wrong
        channel = Channel(**record)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise wrong from None
    if channel.name != name or _wrong(channel):
        raise wrong
    return channel


def _wrong(channel: Channel) -> str:
    """What can't be in a channel, whether it is about to be written or was read; "" when all can."""
    if not is_sha256(channel.release) or (channel.previous != "" and not is_sha256(channel.previous)):
        return "it names no release"
    if type(channel.serial) is not int or not 0 < channel.serial <= _MOST:
        return "its moves can't be counted"
    for text in (channel.by, channel.at):
        if not isinstance(text, str) or len(text) > _LONGEST:
            return f"who moved it, and when, are texts of at most {_LONGEST} characters"
        if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
            return "who moved it, and when, are texts without control characters, in UTF-8"
    return ""


def _key(name: str) -> str:
    return f"{PREFIX}{name}.json"
