"""Where the things of an archive lie in a store. No key says anything of a caller.

A recording's name is made of its content, so that two archivers that find one file at once, also under the names of
two PBXs, mean the same `calls/xx/<uuid>`: one of them puts it, and the other sees that the recording is taken. Random
names would give the content two receipts. It is made with a secret of
the workspace's (`keys.Keyring.naming`), which outlives a rotation of the master key: who reads the bucket without it
can't tell from a key whether a recording that he has lies there. (A ledger tells him: it names the SHA-256 of each
original, because that is what makes a receipt a proof.) Without encryption the objects themselves tell as much, and
the secret is empty.
"""

import hmac
import re
import secrets
from uuid import UUID

from voicekit.errors import InputError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")  # of a PBX or a writer: one part of a key, without dots
PAGES = "meta/"
_DRAWN = 8  # bytes that make the name of a page one of a kind
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


def call(uuid: str) -> str:
    """The sound, sealed or not. Nothing but its content has a part in it: whoever finds it anywhere means this key."""
    return f"calls/{_uuid(uuid)[:2]}/{uuid}"


def page(pbx: str, writer: str) -> str:
    """A new page of this writer's: keys and sidecars, what identifies callers. Never under a lock."""
    return f"{PAGES}{_checked(pbx)}/{_checked(writer)}-{secrets.token_hex(_DRAWN)}"


def writer_of(page: str) -> str:
    """Who put a page."""
    return page.rpartition("/")[2][: -2 * _DRAWN - 1]


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
