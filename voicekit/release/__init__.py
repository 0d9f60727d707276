"""A release: an immutable set of sounds, with a manifest of what each is and where it came from.

In every store it lies the same way: `releases/<id>/manifest.jsonl`, `blobs/<sha256>`, `masters/<sha256>.flac`. Its id
is the SHA-256 of the manifest, so whoever has the id can prove every byte. Beside the manifest lies an object whose
key alone says when the release was made: so the order of releases goes with them wherever files lose their times.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from voicekit.outcome import counted

PREFIX = "releases/"
BLOBS = "blobs/"
MASTERS = "masters/"
SHORT = 12  # digits of an id that are shown

_SHA256 = re.compile("[0-9a-f]{64}")
_MANIFEST = re.compile(rf"{PREFIX}([0-9a-f]{{64}})/manifest\.jsonl")


_BUILT = re.compile(rf"{PREFIX}([0-9a-f]{{64}})/built-([0-9]{{8}}T[0-9]{{12}}Z)")
_WHEN = "%Y%m%dT%H%M%S%fZ"


def is_sha256(text: object) -> bool:
    """Whether it is one as we write them: 64 small hex digits."""
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None


def manifest_key(release: str) -> str:
    return f"{PREFIX}{release}/manifest.jsonl"


def release_of(key: str) -> str:
    """The release whose manifest lies under this key; "" when it is no manifest's."""
    found = _MANIFEST.fullmatch(key)
    return found[1] if found else ""


def built_key(release: str, at: datetime) -> str:
    return f"{PREFIX}{release}/built-{at.astimezone(UTC):{_WHEN}}"


def built(key: str) -> tuple[str, datetime] | None:
    """The release of which this key says when it was made, and when; None for any other key."""
    found = _BUILT.fullmatch(key)
    try:
        return (found[1], datetime.strptime(found[2], _WHEN).replace(tzinfo=UTC)) if found else None
    except ValueError:  # a day that there is not
        return None


def blob_key(sha256: str) -> str:
    return BLOBS + sha256


def master_key(sha256: str) -> str:
    return f"{MASTERS}{sha256}.flac"


def total(files: Mapping[str, int]) -> str:
    """«12 files, 1.3 MB»."""
    return f"{counted(len(files), 'file')}, {sum(files.values()) / 1e6:.1f} MB"
