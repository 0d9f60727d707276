"""Encryption: AES-256-GCM in frames, as STREAM has it (Hoang, Reyhanitabar, Rogaway, Vizar 2015) and age does it.

A sealed object is a header, MAGIC and a salt of 16 bytes, then frames of 64 KiB of plain text and a tag of 16 bytes
each; the last is shorter, or as long, or empty where the plain text is. A frame's nonce is its number (11 bytes) and
whether it is the last (1 byte). So no frame can be cut off, doubled, moved, changed or added, and each can be read
alone.

The salt is made of key and plain text, and the frames' key of key and salt. So the same bytes are sealed to the same
bytes, and a put can be repeated; and a recording that a second attempt encodes otherwise (another libFLAC) meets no
nonce again.
"""

import hmac
import io
import secrets
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voicekit.errors import VerificationError
from voicekit.stores import Body

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAGIC = b"vkseal\0\1"  # and the version
HEADER = 24  # bytes
FRAME = 1 << 16  # bytes of plain text
TAG = 16  # bytes
KEY = 32  # bytes

_NONCE = 12  # bytes
_AT_ONCE = 1 << 20  # bytes of plain text
_SMALL = b"vkshut\0\1"
_FOREIGN = "not sealed by voicekit, or of a version that this one does not know; update it"


def new_key() -> bytes:
    """For one recording: 32 random bytes."""
    return secrets.token_bytes(KEY)


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, which tells nothing of `key`: HKDF-Expand of one block (RFC 5869 clause 2.3)."""
    return hmac.digest(key, b"voicekit 1 " + purpose.encode() + b"\1", "sha256")


def sealed_size(size: int) -> int:
    """Bytes that `size` bytes of plain text have when they are sealed."""
    return HEADER + size + TAG * _frames(size)


def plain_size(sealed: int) -> int:
    """The other way; `VerificationError` where no plain text has this size."""
    inner = sealed - HEADER
    size = inner - TAG * -(-inner // (FRAME + TAG))
    if inner < TAG or sealed_size(size) != sealed:
        raise VerificationError(f"{sealed} bytes: not the size of a sealed object; it was cut short or added to")
    return size


def sealed(body: Body, key: bytes) -> Body:
    """The same, sealed. What it opens can be sought.

    Of 1 MiB at the most it is sealed here, once, in memory. Else what it opens holds one frame in memory: all of `body`
    is read for its hash, and again at each put; a put of what has changed meanwhile is refused there.
    """
    if body.size <= _AT_ONCE:
        with _Sealing(body, key) as sealing:
            return Body.of(sealing.whole())
    return Body.of_reader(lambda: io.BufferedReader(_Sealing(body, key), FRAME))


def sealed_range(size: int, start: int, end: int) -> tuple[int, int]:
    """Which bytes of a sealed object of `size` bytes hold the plain text from `start` to before `end`.

    They begin with the header where `start` is 0.
    """
    first, last = start // FRAME, max(-(-end // FRAME), start // FRAME + 1)
    return start and HEADER + first * (FRAME + TAG), min(HEADER + last * (FRAME + TAG), size)


def opened(
    blocks: Iterable[bytes], key: bytes, size: int, start: int = 0, end: int | None = None, header: bytes = b""
) -> Iterator[bytes]:
    """The plain text from `start` to before `end` out of a sealed object of `size` bytes.

    `blocks` are its bytes of `sealed_range(size, start, end)`, in pieces of any size; `header` is its first HEADER
    bytes where they are not among these. Each piece of plain text that comes is proved to be what was sealed at that
    place, and at the end that it is all; `VerificationError` for the first frame that is not.
    """
    plain = plain_size(size)
    end = plain if end is None else min(end, plain)
    if start >= end > 0:
        return
    at, stop = sealed_range(size, start, end)
    frames = range(max(at, HEADER), stop, FRAME + TAG)
    pieces = _pieces(blocks, [HEADER] * (at == 0) + [min(FRAME + TAG, stop - each) for each in frames])
    cipher = _cipher(key, header if at else next(pieces))
    for number, piece in enumerate(pieces, start // FRAME):
        frame = _frame(cipher, number, _frames(plain), piece)
        yield frame[max(start - number * FRAME, 0) : end - number * FRAME]


def shut(data: bytes, key: bytes, what: str, uuid: str) -> bytes:
    """A small thing, sealed as one: it opens as this and of this recording, and as nothing else."""
    nonce = secrets.token_bytes(_NONCE)
    return _SMALL + nonce + AESGCM(derived(key, what)).encrypt(nonce, data, uuid.encode())


def unshut(data: bytes, key: bytes, what: str, uuid: str) -> bytes:
    """What was `shut`; `VerificationError` when it is something else, was changed, or has another key."""
    nonce, rest = data[len(_SMALL) :][:_NONCE], data[len(_SMALL) + _NONCE :]
    if not data.startswith(_SMALL) or len(rest) < TAG:
        raise VerificationError(_FOREIGN)
    try:
        return AESGCM(derived(key, what)).decrypt(nonce, rest, uuid.encode())
    except InvalidTag:
        raise VerificationError("can't be opened: damaged, of another recording, or sealed with another key") from None


class _Sealing(io.RawIOBase):
    """The sealed bytes of a body, made where they are read."""

    def __init__(self, body: Body, key: bytes) -> None:
        self._header = MAGIC + derived(key, f"salt {body.sha256}")[: HEADER - len(MAGIC)]
        self._plain, self._size, self._cipher = body.open(), body.size, _cipher(key, self._header)
        self._at, self._made = 0, (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: sealed_size(self._size)}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        number, offset = divmod(self._at - HEADER, FRAME + TAG)
        data = self._header[self._at :] if number < 0 else self._frame(number)[offset:]
        data = data[: len(view)]
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._plain.close()
        super().close()

    def whole(self) -> bytes:
        return b"".join([self._header, *map(self._frame, range(_frames(self._size)))])

    def _frame(self, number: int) -> bytes:
        """The last one that was made is kept, for who reads in small pieces."""
        frames = _frames(self._size)
        if number != self._made[0] and number < frames:
            self._plain.seek(number * FRAME)
            data = self._plain.read(FRAME)
            if len(data) != min(FRAME, self._size - number * FRAME):
                raise VerificationError("became shorter while it was sealed; it is still being written")
            self._made = number, self._cipher.encrypt(_nonce(number, frames), data, None)
        return self._made[1] if number < frames else b""


def _cipher(key: bytes, header: bytes) -> AESGCM:
    if len(header) != HEADER or not header.startswith(MAGIC):
        raise VerificationError(_FOREIGN)
    return AESGCM(derived(key, f"sound {header.hex()}"))


def _frame(cipher: AESGCM, number: int, frames: int, piece: bytes) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, frames), piece, None)
    except InvalidTag:
        raise VerificationError(f"frame {number + 1} of {frames}: damaged, or sealed with another key") from None


def _frames(size: int) -> int:
    return max(-(-size // FRAME), 1)


def _nonce(number: int, frames: int) -> bytes:
    return number.to_bytes(_NONCE - 1, "big") + bytes([number == frames - 1])


def _pieces(blocks: Iterable[bytes], sizes: Iterable[int]) -> Iterator[bytes]:
    """The blocks in pieces of these sizes, no more and no less."""
    coming, held = iter(blocks), bytearray()
    for size in sizes:
        while len(held) < size and (block := next(coming, None)) is not None:
            held += block
        if len(held) < size:
            raise VerificationError("a sealed object was cut short")
        yield bytes(held[:size])
        del held[:size]
    if held or any(coming):
        raise VerificationError("a sealed object was added to")
