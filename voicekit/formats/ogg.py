"""Ogg Vorbis by libsndfile, at 8000 Hz and mono as Asterisk wants it. Length law: n samples stay n.

The same sound gives the same bytes: libsndfile draws the serial number of the stream at random, which is set to 0
here (RFC 3533 clause 6), and libvorbis looks ahead as far as it has been given sound, so that it is given steps of
one size.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import soundfile

from voicekit.clip import Samples
from voicekit.formats import Format, sndfile
from voicekit.formats.linear import quantised
from voicekit.formats.sndfile import Wire

STEP = 4096  # samples given to libvorbis at once
HEADER = 27  # bytes of a page before its table of segments
SERIAL = slice(14, 18)
CHECKSUM = slice(22, 26)
SEGMENTS = 26  # where their number stands
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Pages(Wire):
    """Passes whole pages on, with the serial number 0."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._held = b""

    def write(self, data: bytes) -> int:
        self._held += data
        while size := _page_size(self._held):
            super().write(_anonymous(self._held[:size]))
            self._held = self._held[size:]
        return len(data)


def write(row: Format, blocks: Iterable[Samples], file: BinaryIO) -> None:
    wire = Pages(file)
    with soundfile.SoundFile(wire, "w", row.rate, 1, "VORBIS", format="OGG") as sound:
        for linear in quantised(blocks, STEP, fill=False):
            for start in range(0, len(linear), STEP):
                sound.write(linear[start : start + STEP])
            wire.check()
    wire.check()


def read(row: Format, file: BinaryIO) -> Iterator[Samples]:
    return sndfile.read(row, file, kind="OGG", subtype="VORBIS")


def _page_size(data: bytes) -> int:
    """Bytes of the page that `data` begins with; 0 while it is not complete."""
    if len(data) < HEADER:
        return 0
    table = data[HEADER : HEADER + data[SEGMENTS]]
    size = HEADER + data[SEGMENTS] + sum(table)
    return size if len(data) >= size else 0


def _anonymous(page: bytes) -> bytes:
    made = bytearray(page)
    made[SERIAL] = bytes(4)
    made[CHECKSUM] = bytes(4)
    made[CHECKSUM] = struct.pack("<I", _checksum(made))
    return bytes(made)


def _checksum(data: bytes | bytearray) -> int:
    """CRC-32 with the bits in their order, from 0 and not inverted (RFC 3533 clause 6), by zlib's mirrored one."""
    mirrored = zlib.crc32(data.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
