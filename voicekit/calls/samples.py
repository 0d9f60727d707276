"""Where the samples lie in a file of a recording. Nothing here needs numpy."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import BinaryIO

from voicekit.formats import by_extension
from voicekit.pbx.wave_reader import ALAW, PCM, ULAW, Layout, layout

HEAD = 1 << 16  # bytes of a file in which its samples must begin
BLOCK = 1 << 16  # samples of all channels

_RATES = range(1, 1 << 20)  # Hz, as FLAC's header has them (RFC 9639 clause 8.2)
_WIDTH = {"slin": 2, "ulaw": 1, "alaw": 1}  # bytes of a sample
_CODECS = {PCM: "slin", ULAW: "ulaw", ALAW: "alaw"}


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` to before `stop` are whole samples: `slin` (16 bits, little-endian), `ulaw` or `alaw`."""

    start: int
    stop: int
    codec: str
    rate: int  # Hz
    channels: int

    @property
    def align(self) -> int:
        """Bytes of one sample of all channels."""
        return _WIDTH[self.codec] * self.channels


def span(head: bytes, size: int, extension: str) -> Span | None:
    """Of a file of `size` bytes that begins with `head` (HEAD bytes, or all); None where there are no such samples.

    A RIFF header is believed, also one of sizes 0 (a call that crashed); without one, the extension.
    """
    if head.startswith(b"RIFF"):
        found = wave(head, size)
        return _in_wave(found) if found else None
    row = by_extension(extension)
    codec = row.codec if row and row.headerless else ""
    codec = "slin" if codec.startswith("slin") else codec  # slin16 and its like
    return _whole(Span(0, size, codec, row.rate, 1)) if row and codec in _WIDTH else None


def wave(head: bytes, size: int) -> Layout | None:
    """The layout of a WAV file; None where its data do not begin within `head`."""
    found = layout(BytesIO(head))
    return found and replace(found, file_size=size)


def blocks(file: BinaryIO, where: Span) -> Iterator[bytes]:
    """The samples, in whole ones; fewer where the file has become shorter."""
    file.seek(where.start)
    left = where.stop - where.start
    while left and len(data := file.read(min(left, BLOCK * where.align))) % where.align == 0 < len(data):
        left -= len(data)
        yield data


def _in_wave(found: Layout) -> Span | None:
    fmt = found.fmt
    if fmt is None or not fmt.channels or fmt.rate not in _RATES or (codec := _CODECS.get(fmt.kind, "")) == "":
        return None
    made = Span(found.offset, found.offset + found.present, codec, fmt.rate, fmt.channels)
    return _whole(made) if (fmt.align, fmt.bits) == (made.align, 8 * _WIDTH[codec]) else None


def _whole(made: Span) -> Span:
    return replace(made, stop=made.stop - (made.stop - made.start) % made.align)
