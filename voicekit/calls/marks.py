"""Who says that a recording is archived, held, or is to go, has the key of this archive: whoever may write to the store
may put a ledger there, and what it says would be believed, and carried out.
"""

import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from voicekit.calls.chain import Kind
from voicekit.calls.ledger import Fact

FIELD = "mark"


def marked(secret: bytes, facts: Iterable[Fact]) -> Iterator[Fact]:
    """The facts with an HMAC-SHA-256 of what they say, under the naming secret of the keyring."""
    for kind, body in facts:
        yield kind, {**body, FIELD: _mark(secret, kind, body)}


def genuine(secret: bytes, kind: Kind, body: Mapping[str, Any]) -> bool:
    """Whether who has this secret has said it."""
    told = body.get(FIELD)
    return isinstance(told, str) and hmac.compare_digest(told.encode(), _mark(secret, kind, body).encode())


def _mark(secret: bytes, kind: Kind, body: Mapping[str, Any]) -> str:
    said = json.dumps({name: value for name, value in body.items() if name != FIELD}, sort_keys=True)
    return hmac.digest(secret, f"voicekit ledger {kind} {said}".encode(), "sha256").hex()
