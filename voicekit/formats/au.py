"""Sun audio (.au): u-law behind a header of 24 bytes. Length law: n samples are 24 + n bytes."""

import os
import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from voicekit.clip import Samples
from voicekit.errors import InputError
from voicekit.formats import Format, g711

HEADER = struct.Struct(">4s5I")  # magic, size of the header, size of the data, encoding, rate in Hz, channels
MAGIC = b".snd"
ULAW = 1  # 8-bit G.711 u-law
UNKNOWN = 0xFFFFFFFF  # a size of the data that is not told, or too large for its field


def write(row: Format, blocks: Iterable[Samples], file: BinaryIO) -> None:
    file.write(_header(row, UNKNOWN))
    g711.write(row, blocks, file)
    size = file.tell() - HEADER.size
    file.seek(0)
    file.write(_header(row, min(size, UNKNOWN)))
    file.seek(0, os.SEEK_END)


def read(row: Format, file: BinaryIO) -> Iterator[Samples]:
    """As Asterisk: the size of the header is honoured, that of the data ignored (its own files say 0)."""
    data = file.read(HEADER.size).ljust(HEADER.size, b"\0")
    magic, start, _, *kind = HEADER.unpack(data)
    if magic != MAGIC or start < HEADER.size or kind != [ULAW, row.rate, 1]:
        raise InputError(f"format {row.name}: not Sun audio in u-law, {row.rate} Hz, mono; convert the file first")
    file.seek(start)
    yield from g711.read(row, file)


def _header(row: Format, size: int) -> bytes:
    return HEADER.pack(MAGIC, HEADER.size, size, ULAW, row.rate, 1)
