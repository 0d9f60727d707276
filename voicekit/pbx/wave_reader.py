"""WAV files: as Asterisk's reader sees them, and as they are.

Asterisk's reader (formats/format_wav.c) walks chunk by chunk to `data` without RIFF's pad bytes, checks a few
fields on the way, and then plays until the offset in the *file* reaches the size of the *data*
(docs/formats.md, "The end of a WAV file"). Nothing here reads more than headers.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

PCM, ALAW, ULAW, GSM = 1, 6, 7, 49  # WAVE_FORMAT_...
_EXTENSIBLE = 0xFFFE
_SUBFORMAT = 24  # where in a fmt chunk WAVE_FORMAT_EXTENSIBLE says what the sound really is
_SIGNED = 1 << 31  # Asterisk takes sizes as signed
_ENDLESS = 0x7F000000  # bytes: who writes such a size into a smaller file did not know it (a pipe)
_MOST_CHUNKS = 4096  # a file of empty chunks must not hold us up

_RIFF = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")
_FMT = struct.Struct("<HHIIHH")


@dataclass(frozen=True, slots=True)
class Fmt:
    """A fmt chunk. `kind` is `tag`, or what WAVE_FORMAT_EXTENSIBLE says in its stead."""

    size: int  # bytes of the chunk
    tag: int
    kind: int
    channels: int
    rate: int  # Hz
    align: int  # bytes of one sample of all channels
    bits: int

    @property
    def extensible(self) -> bool:
        return self.tag == _EXTENSIBLE

    @property
    def width(self) -> int:
        """Bytes of one sample of one channel."""
        return self.align // max(self.channels, 1)


@dataclass(frozen=True, slots=True)
class Playback:
    """What callers hear of a file: nothing because of `refusal`, or `played` bytes from `offset` on."""

    refusal: str
    offset: int = 0
    played: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the sound lies in a WAV file. Offsets and sizes are in bytes."""

    fmt: Fmt | None  # None where it is missing or stands behind the data
    extra: int  # of the chunks before the data that are not fmt
    offset: int  # where the sound begins
    size: int  # as its chunk says
    file_size: int
    astray: bool = False  # whether Asterisk, which knows no pad bytes, loses its way before it gets here

    @property
    def present(self) -> int:
        """Bytes of sound that are there."""
        rest = self.file_size - self.offset
        return rest if self.open else min(self.size, rest)

    @property
    def open(self) -> bool:
        """Whether the size was never filled in: a recording that was not closed, or a pipe."""
        rest = self.file_size - self.offset
        return rest > self.size == 0 or (self.size >= _ENDLESS and self.size > rest)

    @property
    def missing(self) -> int:
        """Bytes that the header promises and the file has not."""
        return 0 if self.open else max(self.offset + self.size - self.file_size, 0)


@dataclass(frozen=True, slots=True)
class _Chunk:
    name: bytes
    size: int
    offset: int  # of its content


def playback(file: BinaryIO, rate: int) -> Playback:
    """What Asterisk makes of `file` where its extension says `rate` (Hz)."""
    file_size = file.seek(0, os.SEEK_END)
    if refusal := _not_riff(file):
        return Playback(refusal)
    for chunk in _chunks(file, padded=False):
        if chunk.name == b"data":
            return _play(chunk, file_size)
        if chunk.name == b"fmt " and (refusal := _refusal(_fmt(file, chunk), rate)):
            return Playback(refusal)
    return Playback("it finds no data chunk")


def layout(file: BinaryIO) -> Layout | None:
    """Where the sound lies in `file`, a RIFF file; None when there is no data chunk.

    An odd chunk is followed by a pad byte, as RIFF says; where that leads nowhere, by none, as some writers do.
    """
    by_rule, unpadded = _layout(file, padded=True), _layout(file, padded=False)
    if by_rule is None:
        return unpadded
    return replace(by_rule, astray=unpadded is None or unpadded.offset != by_rule.offset)


def _not_riff(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(_RIFF.size)
    if len(head) < _RIFF.size:
        return "it is too short for a RIFF header"
    riff, _, wave = _RIFF.unpack(head)
    return "" if (riff, wave) == (b"RIFF", b"WAVE") else "it does not begin with RIFF and WAVE"


def _chunks(file: BinaryIO, *, padded: bool) -> Iterator[_Chunk]:
    at = _RIFF.size
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(_CHUNK.size)
        if len(head) < _CHUNK.size:
            return
        name, size = _CHUNK.unpack(head)
        at += _CHUNK.size
        yield _Chunk(name, size, at)
        at += size + (size % 2 if padded else 0)


def _fmt(file: BinaryIO, chunk: _Chunk) -> Fmt | None:
    """The content of a fmt chunk; None when it is shorter than any."""
    file.seek(chunk.offset)
    data = file.read(min(chunk.size, _SUBFORMAT + 2))
    if len(data) < _FMT.size:
        return None
    tag, channels, rate, _, align, bits = _FMT.unpack_from(data)
    extended = tag == _EXTENSIBLE and len(data) >= _SUBFORMAT + 2
    kind = int.from_bytes(data[_SUBFORMAT:], "little") if extended else tag
    return Fmt(chunk.size, tag, kind, channels, rate, align, bits)


def _refusal(fmt: Fmt | None, rate: int) -> str:
    """Asterisk's checks in its order; it looks neither at bits nor at the bytes per second."""
    if fmt is None:
        return "its fmt chunk is cut short"
    if fmt.tag != PCM:
        return f"its format tag is {fmt.tag:#x}, not PCM"
    if fmt.channels != 1:
        return f"it has {fmt.channels} channels"
    if fmt.rate != rate:
        return f"its rate is {fmt.rate} Hz, not {rate}"
    if fmt.align != 2:  # bytes
        return f"its samples have {8 * fmt.align} bits, not 16"
    return ""


def _play(data: _Chunk, file_size: int) -> Playback:
    if data.size >= _SIGNED:
        return Playback(f"its data chunk says {data.size} bytes", data.offset)
    return Playback("", data.offset, max(min(data.size, file_size) - data.offset, 0))


def _layout(file: BinaryIO, *, padded: bool) -> Layout | None:
    file_size = file.seek(0, os.SEEK_END)
    fmt, extra = None, 0
    for chunk in _chunks(file, padded=padded):
        if chunk.name == b"data":
            return Layout(fmt, extra, chunk.offset, chunk.size, file_size)
        if chunk.name == b"fmt ":
            fmt = _fmt(file, chunk)
        else:
            extra += _CHUNK.size + chunk.size
    return None
