"""A release: an immutable set of sounds, with a manifest of what each is and where it came from.

In every store it lies the same way: `releases/<id>/manifest.jsonl`, `blobs/<sha256>`, `masters/<sha256>.flac`. Its id
is the SHA-256 of the manifest, so whoever has the id can prove every byte.
"""

import re
from collections.abc import Mapping

PREFIX = "releases/"
BLOBS = "blobs/"
MASTERS = "masters/"
SHORT = 12  # digits of an id that are shown

_SHA256 = re.compile("[0-9a-f]{64}")
_MANIFEST = re.compile(rf"{PREFIX}([0-9a-f]{{64}})/manifest\.jsonl")


def is_sha256(text: object) -> bool:
    """Whether it is one as we write them: 64 small hex digits."""
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None


def manifest_key(release: str) -> str:
    return f"{PREFIX}{release}/manifest.jsonl"


def release_of(key: str) -> str:
    """The release whose manifest lies under this key; "" when it is no manifest's."""
    found = _MANIFEST.fullmatch(key)
    return found[1] if found else ""


def blob_key(sha256: str) -> str:
    return BLOBS + sha256


def master_key(sha256: str) -> str:
    return f"{MASTERS}{sha256}.flac"


def total(files: Mapping[str, int]) -> str:
    """«12 files, 1.3 MB»."""
    return f"{len(files)} files, {sum(files.values()) / 1e6:.1f} MB"
