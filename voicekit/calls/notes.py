"""Who did what to recordings, and why: entries of the ledger, and the words beside them in the store.

A ledger can't forget, and a reason or the name of a case may name a person. So an entry has the key of a note only,
`notes/<writer>/<id>`, an object that can be deleted; the words in it are sealed like a sidecar, with a key of its own.

A note is put before the entries that name it. One that no entry names is a killed run's: only its writer can tell, and
only under the lock of his ledger.
"""

import getpass
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voicekit.calls import naming
from voicekit.calls.chain import Kind
from voicekit.calls.ledger import Fact
from voicekit.calls.proof import sure
from voicekit.errors import InputError, VerificationError
from voicekit.stores import Body, Store, read
from voicekit.stores.faults import AbsentError

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring

VERSION = 1
LONGEST = 2000  # characters of a reason, or of the name of a case

_LIMIT = 1 << 16  # bytes of an object
_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Note:
    """Why; and for which case, where it is a hold."""

    reason: str
    case: str = ""


def actor() -> str:
    """The operating system's user; behind sudo the one who asked for it."""
    try:
        return (os.environ.get("SUDO_USER") or getpass.getuser())[:64]
    except (OSError, KeyError):  # a user without a name
        return f"uid {os.getuid()}"


def checked(note: Note) -> Note:
    """The note itself; `InputError` for one that says nothing, or too much."""
    for what, text in (("a reason", note.reason), ("the name of a case", note.case)):
        if len(text) > LONGEST:
            raise InputError(f"{what} has {len(text)} characters; write {LONGEST} at the most")
    if not note.reason.strip():
        raise InputError("there is no reason; say one: --reason TEXT")
    return note


def put(store: Store, ring: "Keyring | None", writer: str, note: Note) -> str:
    """Keep the words; the key of the note, which entries name. `writer` has the lock of his ledger."""
    key = naming.note(writer)
    plain = json.dumps({"reason": checked(note).reason, "case": note.case}).encode()
    body = Body.of(json.dumps({"note": VERSION, **_sealed(ring, key, plain)}).encode())
    store.put(key, body)
    sure(store, key, body)
    return key


def get(store: Store, ring: "Keyring | None", key: str) -> Note | None:
    """None when it was deleted; `VerificationError` when it can't be opened."""
    try:
        told = json.loads(read(store, naming.checked_note(key), _LIMIT))
        if told["note"] == VERSION:
            words = json.loads(_opened(ring, key, told))
            return Note(str(words["reason"]), str(words["case"]))
    except AbsentError:
        return None
    except _DAMAGE:
        pass
    raise VerificationError(f"{key}: no note, damaged, or of a version that is not known here")


def readable(store: Store, ring: "Keyring | None", key: str) -> Note | None:
    """None also for one that can't be opened here."""
    with suppress(VerificationError):
        return get(store, ring, key)
    return None


def facts(kind: Kind, recordings: Iterable[str], note: str = "", **more: Any) -> Iterator[Fact]:
    """For the ledger: this was done to each of these, by `actor()`, for what the note of this key says. `more` are
    plain JSON values that name nobody, as `what="play"` of an ACCESS.
    """
    who = actor()
    for recording in recordings:
        yield kind, {"recording": recording, "actor": who, **({"note": note} if note else {}), **more}


def _sealed(ring: "Keyring | None", key: str, plain: bytes) -> dict[str, str]:
    if ring is None:
        return {"master": "", "key": "", "text": b64encode(plain).decode()}
    from voicekit.calls import seal

    own = seal.new_key()
    wrapped, text = ring.wrap(own, key), seal.shut(plain, own, "note", key)
    return {"master": ring.id, "key": b64encode(wrapped).decode(), "text": b64encode(text).decode()}


def _opened(ring: "Keyring | None", key: str, told: dict[str, str]) -> bytes:
    wrapped, text = (b64decode(told[each], validate=True) for each in ("key", "text"))
    if not told["master"]:
        return text
    if ring is None:
        raise VerificationError(f"{key} is sealed; say in [calls] where the key file is")
    from voicekit.calls import seal

    return seal.unshut(text, ring.unwrap(told["master"], wrapped, key), "note", key)
