"""Where the things of an archive lie in a store. No key says anything of a caller.

A recording's name is made of its content, so that two archivers that find one file at once, also under the names of
two PBXs, mean the same `keys/<uuid>`, the first thing that either puts, if it is absent: one of them wins, and the
other sees that the recording is taken. Random names would give the content two receipts. It is made with a secret of
the workspace's (`keys.Keyring.naming`), which outlives a rotation of the master key: who reads the bucket without it
can't tell from a key whether a recording that he has lies there. (A ledger tells him: it names the SHA-256 of each
original, because that is what makes a receipt a proof.) Without encryption the objects themselves tell as much, and
the secret is empty.
"""

import hmac
import re
import secrets
from datetime import date
from uuid import UUID

from voicekit.errors import InputError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")  # of a PBX or a writer: one part of a key, without dots
_SHA256 = re.compile(r"[0-9a-f]{64}")


def recording(original: str, secret: bytes = b"") -> str:
    """The name of the recording whose file has this SHA-256: a UUID of version 8 (RFC 9562 clause 5.8)."""
    if not _SHA256.fullmatch(original):
        raise ValueError("not a SHA-256 in 64 hex digits")
    drawn = bytearray(hmac.digest(secret, b"voicekit recording " + bytes.fromhex(original), "sha256")[:16])
    drawn[6] = drawn[6] & 0x0F | 0x80  # version 8
    drawn[8] = drawn[8] & 0x3F | 0x80  # the variant of RFC 9562
    return str(UUID(bytes=bytes(drawn)))


def writer(name: str) -> str:
    """A new name for a new chain: one that was lost must not go on under the name that its segments have."""
    return f"{_checked(name)[:50]}-{secrets.token_hex(4)}"


def call(pbx: str, day: date, uuid: str) -> str:
    """The sound, sealed or not. `day` is the call's, in UTC."""
    return f"calls/{_checked(pbx)}/{day:%Y/%m/%d}/{_uuid(uuid)}"


def meta(pbx: str, uuid: str) -> str:
    """The sidecar: what identifies the caller. It can be deleted."""
    return f"meta/{_checked(pbx)}/{_uuid(uuid)}"


def wrapped(uuid: str) -> str:
    """The recording's key, wrapped. Never under a lock: without it, the sound is gone."""
    return f"keys/{_uuid(uuid)}"


def segment(writer: str, number: int) -> str:
    """A sealed segment of a ledger, `number` from 1; sorted as they were written."""
    if not 0 < number < 10**8:
        raise ValueError("segments are counted from 1")
    return f"ledger/{_checked(writer)}/{number:08}.jsonl"


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InputError(f'"{name[:100]}" names no PBX or writer: letters, digits, - and _, at most 63')
    return name


def _uuid(text: str) -> str:
    if text != str(UUID(text)):
        raise ValueError("not a UUID as it is written here")
    return text
