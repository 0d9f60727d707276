"""The master key: a file that only its owner may read. It wraps the keys of recordings, and is never in a store.

The file holds all master keys that there were, the newest last: it wraps, the others still unwrap. Beside them lies a
secret that recordings are named with (`naming.recording`), which stays the same. A recovery copy on paper holds the
newest key and that secret. Nothing is archived before a copy was typed in again: a key that only one disk has is
lost with it, and every recording with the key.
"""

import hmac
import json
import secrets
import stat
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from voicekit import fs
from voicekit.calls import recovery, seal
from voicekit.errors import InputError, StoreError, VerificationError, system

KIND = "voicekit-master-key"
VERSION = 1
LIMIT = 1 << 20  # bytes of the file

_NAMING = 16  # bytes
_PAPER = 50  # bytes of a recovery copy: version, key, naming, and a byte that is 0

_FROM_PAPER = "voicekit calls key restore makes it from its recovery copy"
_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


class NoKeyError(VerificationError):
    """The key file lacks the master key that something was sealed with."""


@dataclass(frozen=True)
class Keyring:
    """All master keys, the newest last. `confirmed`: whether a recovery copy of that one was typed in again."""

    secrets: tuple[bytes, ...] = field(repr=False)
    naming: bytes = field(repr=False)
    confirmed: bool

    @cached_property
    def ids(self) -> dict[str, bytes]:
        """16 hex digits of each key, the newest last. They tell nothing of it, but whether it is the same."""
        return {seal.derived(key, f"id {self.naming.hex()}")[:8].hex(): key for key in self.secrets}

    @property
    def id(self) -> str:
        return list(self.ids)[-1]

    def wrap(self, key: bytes, uuid: str) -> bytes:
        """A recording's key, under the newest master key (`id`), for this recording only."""
        return seal.shut(key, self.secrets[-1], "key", uuid)

    def unwrap(self, master: str, wrapped: bytes, uuid: str) -> bytes:
        """The recording's key, which was wrapped under the master key of the id `master`.

        `VerificationError` where it is of another recording, `NoKeyError` where its master key is not here.
        """
        if master not in self.ids:
            raise NoKeyError(
                f"the key file has no master key {master[:16]}; "
                "voicekit calls key restore adds it from its recovery copy"
            )
        return seal.unshut(wrapped, self.ids[master], "key", uuid)


def init(path: Path) -> Keyring:
    """A new key file; `InputError` where there is one: it is never replaced."""
    return _created(path, Keyring((seal.new_key(),), secrets.token_bytes(_NAMING), confirmed=False))


def load(path: Path) -> Keyring:
    """Raises `InputError` for a file that is missing, damaged or can be read by others. No error repeats a key."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if isinstance(error, PermissionError):
            raise StoreError(f"{path}: {system(error)}") from None
        raise InputError(f"{path}: no key file ({error.strerror}); {_FROM_PAPER}") from None
    if not stat.S_ISREG(mode):
        raise InputError(f"{path}: not a key file, but a folder or the like; name the key file in [calls]")
    try:
        ring = _parsed(fs.read_bounded(path, LIMIT))
    except _DAMAGE:
        raise InputError(
            f"{path}: not a key file, damaged, or of another version; name the key file in [calls], or move this one "
            f"away, and {_FROM_PAPER}"
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise InputError(f"{path}: others can read this key file; chmod 600 it, and rotate the key")
    return ring


def backup(ring: Keyring, master: str = "") -> str:
    """A recovery copy of the key of the id `master`, else of the newest, to be printed and locked away."""
    return recovery.printed(bytes([VERSION]) + ring.ids[master or ring.id] + ring.naming + b"\0")


def confirm(path: Path, text: str) -> tuple[Keyring, str]:
    """Note that this recovery copy is right, and tell the id of its key; one of an older key of the file is right, and
    notes nothing. `InputError` with the line that is wrong, or where the file has no such key.
    """
    paper = _from_paper(text)

    def confirmed(ring: Keyring) -> Keyring:
        if paper.id not in ring.ids:
            raise InputError(f"a good recovery copy, but of another key than {', '.join(reversed(ring.ids))}")
        return replace(ring, confirmed=ring.confirmed or paper.id == ring.id)

    return _changed(path, confirmed), paper.id


def restore(path: Path, text: str, *, newest: bool = False) -> Keyring:
    """The key file with the key of this recovery copy: a new file, with the naming secret, where there is none.

    Paper does not tell which key is younger: the key goes before those that the file has, or, `newest`, behind them.
    """
    paper = _from_paper(text)

    def restored(ring: Keyring) -> Keyring:
        if not hmac.compare_digest(paper.naming, ring.naming):
            raise InputError("a good recovery copy, but of another archive; take one of this")
        others = tuple(key for key in ring.secrets if key not in paper.secrets)
        known = len(others) < len(ring.secrets)
        both = others + paper.secrets if newest else ring.secrets if known else paper.secrets + others
        return replace(ring, secrets=both, confirmed=ring.confirmed or both[-1:] == paper.secrets)

    return _changed(path, restored) if path.exists() else _created(path, paper)


def rotate(path: Path) -> Keyring:
    """A new master key. Those before stay, for what they have wrapped; archiving waits for the new recovery copy."""
    return _changed(path, lambda ring: replace(ring, secrets=(*ring.secrets, seal.new_key()), confirmed=False))


def _created(path: Path, ring: Keyring) -> Keyring:
    fs.create(path, _dumped(ring))
    return load(path)


def _changed(path: Path, change: Callable[[Keyring], Keyring]) -> Keyring:
    with fs.exclusive(path.with_name(f"{path.name}.lock"), f"the key file {path}"):
        fs.write(path, _dumped(change(load(path))))
        return load(path)


def _dumped(ring: Keyring) -> bytes:
    keys = [{"id": each, "key": b64encode(key).decode()} for each, key in ring.ids.items()]
    told = {KIND: VERSION, "naming": b64encode(ring.naming).decode(), "keys": keys, "confirmed": ring.confirmed}
    return json.dumps(told, indent=1).encode() + b"\n"


def _parsed(data: bytes) -> Keyring:
    """ValueError and its like for what is wrong; an id that is not its key's tells of damage in either."""
    told = json.loads(data)
    keys = tuple(b64decode(each["key"], validate=True) for each in told["keys"])
    ring = Keyring(keys, b64decode(told["naming"], validate=True), told["confirmed"])
    if told[KIND] != VERSION or type(ring.confirmed) is not bool:
        raise ValueError
    if {len(key) for key in keys} != {seal.KEY} or [each["id"] for each in told["keys"]] != list(ring.ids):
        raise ValueError
    return ring


def _from_paper(text: str) -> Keyring:
    paper = recovery.typed(text, _PAPER)
    if paper[0] != VERSION or paper[-1]:
        raise InputError("a recovery copy of a version that this voicekit does not know; update it")
    return Keyring((paper[1 : 1 + seal.KEY],), paper[1 + seal.KEY : -1], confirmed=True)
