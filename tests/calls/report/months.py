"""An index of synthetic recordings, filled without ledgers or store."""

import hashlib
from datetime import datetime
from uuid import UUID

from voicekit.calls.index import base
from voicekit.calls.index.row import Row
from voicekit.calls.index.writer import Writer
from voicekit.calls.receipts import Proof, Receipt


def receipt(number, size=1000, stored=600):
    digest = hashlib.sha256(f"{number}".encode()).hexdigest()
    uuid = str(UUID(digest[:32]))
    return Receipt(uuid, digest, size, "flac", "", digest, stored, Proof.SERVER, "m", "meta/pbx1/a")


def row(number, began, *, pbx="pbx1", size=1000, stored=600, archived=None, **more):
    """`began`: a moment, or seconds since 1970; None for one whose sidecar can't be read."""
    at = int(began.timestamp()) if isinstance(began, datetime) else began
    return Row(
        receipt(number, size, stored), archived or (at or 0) + 3600, pbx, at, lacking="" if at else "torn", **more
    )


def fill(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with base.following(path, "") as opened:
        writer = Writer(opened)
        with opened:
            writer.add(rows)
        writer.finish()
