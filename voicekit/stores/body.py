"""Bytes to be put: of known length and hash, and readable again, for a put may have to be repeated."""

import hashlib
import io
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from voicekit import fs


@dataclass(frozen=True, slots=True)
class Body:
    """`sha256` in 64 hex digits, `md5` in base64 as Content-MD5 has it; `open` gives the same bytes every time."""

    size: int
    sha256: str
    md5: str
    open: Callable[[], BinaryIO]

    @classmethod
    def of(cls, data: bytes) -> "Body":
        md5 = hashlib.md5(data, usedforsecurity=False)
        return cls(len(data), hashlib.sha256(data).hexdigest(), _base64(md5.digest()), lambda: io.BytesIO(data))

    @classmethod
    def of_file(cls, path: Path) -> "Body":
        """Of a file as it is now. One that changes before it is put is refused there, by its hash."""
        sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
        with path.open("rb") as file:
            while block := file.read(fs.CHUNK):
                sha256.update(block)
                md5.update(block)
                size += len(block)
        return cls(size, sha256.hexdigest(), _base64(md5.digest()), lambda: path.open("rb"))


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()
