"""Bytes to be put: of known length and hash, and readable again, for a put may have to be repeated."""

import hashlib
import io
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from voicekit import fs


@dataclass(frozen=True, slots=True)
class Body:
    """`sha256` in 64 hex digits; `open` gives the same bytes every time. What was opened may be read for its hash; what
    is sent goes through `outgoing`, which may take its time.
    """

    size: int
    sha256: str
    _md5: Callable[[], bytes]
    open: Callable[[], BinaryIO]
    outgoing: Callable[[BinaryIO], BinaryIO] = field(default=lambda file: file)

    @property
    def md5(self) -> str:
        """In base64, as Content-MD5 has it. Only S3 asks for it."""
        return b64encode(self._md5()).decode()

    @classmethod
    def of(cls, data: bytes) -> "Body":
        return cls.proved(data, hashlib.sha256(data).hexdigest())

    @classmethod
    def proved(cls, data: bytes, sha256: str) -> "Body":
        """Of bytes that have this hash, as is known."""
        return cls(len(data), sha256, lambda: _hashed(data), lambda: io.BytesIO(data))

    @classmethod
    def of_file(cls, path: Path) -> "Body":
        """Of a file as it is now. One that changes before it is put is refused there, by its hash."""
        return cls.of_reader(lambda: path.open("rb"))

    @classmethod
    def of_reader(cls, opening: Callable[[], BinaryIO]) -> "Body":
        """Of what gives the same bytes every time that it is opened; it is read once now."""
        sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
        with opening() as file:
            while block := file.read(fs.CHUNK):
                sha256.update(block)
                md5.update(block)
                size += len(block)
        return cls(size, sha256.hexdigest(), md5.digest, opening)


def _hashed(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
