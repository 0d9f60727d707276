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
from voicekit.stores import keys

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")  # of a PBX or a writer: one part of a key, without dots
PAGES = "meta/"
CALLS = "calls/"
NOTES = "notes/"
# What this archive and releases put in a store, and its checks: no object of others lies there.
OWN = (CALLS, PAGES, NOTES, "ledger/", "releases/", "blobs/", "channels/", "masters/", "gc/", "probe/")
_DRAWN = 8  # bytes that make the name of a page one of a kind
_NOTE = re.compile(rf"{NOTES}{_NAME.pattern}/[0-9a-f]{{16}}")
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
    return f"{_checked(name)[:40]}-{secrets.token_hex(4)}"


def stand_in(writer: str) -> str:
    """A new name for one who writes in this writer's place, and under his lock."""
    return f"{_checked(writer)}-{secrets.token_hex(4)}"


def of_family(writer: str, other: str) -> bool:
    """Whether the other one is this writer, or one of his stand-ins."""
    return other == writer or other.startswith(f"{writer}-")


def call(uuid: str) -> str:
    """The sound, sealed or not. Nothing but its content has a part in it: whoever finds it anywhere means this key."""
    return f"{CALLS}{_uuid(uuid)[:2]}/{uuid}"


def page(pbx: str, writer: str) -> str:
    """A new page of this writer's: keys and sidecars, what identifies callers. Never under a lock."""
    return f"{PAGES}{_checked(pbx)}/{_checked(writer)}-{secrets.token_hex(_DRAWN)}"


def writer_of(page: str) -> str:
    """Who put a page."""
    return page.rpartition("/")[2][: -2 * _DRAWN - 1]


def note(writer: str) -> str:
    """A new note of this writer's: what he said of recordings. Never under a lock."""
    return f"{NOTES}{_checked(writer)}/{secrets.token_hex(_DRAWN)}"


def checked_note(key: str) -> str:
    """The key itself, out of a ledger; ValueError for one of anything else than a note."""
    if not _NOTE.fullmatch(key):
        raise ValueError("not the key of a note")
    return key


def prefix(text: str) -> str:
    """Below which others have put objects, with its `/`; `InputError` where it is empty, or may hold what is ours."""
    key = text.strip("/")
    if not key:
        raise InputError("say below which prefix they lie, as recordings/2024/: voicekit's own lies beside")
    if not keys.there(key) or _own(f"{key}/"):
        raise InputError(f"{key[:100]}/: no recordings of others lie there; these keys are voicekit's own, or none")
    return f"{key}/"


def adopted(key: object) -> str:
    """The key itself, of an object that others put; ValueError for what is none, or may be one of voicekit's own."""
    if not isinstance(key, str) or not keys.there(key) or _own(key):
        raise ValueError("no key of an object of others")
    return key


def _own(key: str) -> bool:
    """Also in a folder that does not tell capitals from small letters."""
    return key.casefold().startswith(OWN)


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
