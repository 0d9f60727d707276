"""Linear 16-bit sound, little-endian: headerless (Asterisk's sln family) and as WAV.

Length law: n samples are n in the sln family; in WAV they are n, then TAIL of silence.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import numpy as np

from voicekit.clip import BLOCK, Samples
from voicekit.errors import InputError
from voicekit.formats import Format
from voicekit.formats.linear import chunks, floats, quantised

HEADER = struct.Struct("<4sI4s 4sIHHIIHH 4sI")  # RIFF, fmt, data and no other chunk: 44 bytes
WIDTH = 2  # bytes a sample
LIMIT = (1 << 31) - 1  # of the bytes of data: a size of 2^31 and more is refused by Asterisk's reader

# Asterisk plays a WAV file until the offset in the *file* reaches the size of the *data*, so that its last
# 44 bytes are never heard (docs/formats.md): let them be silence.
TAIL = HEADER.size // WIDTH


def write(row: Format, blocks: Iterable[Samples], file: BinaryIO) -> None:
    if row.headerless:
        file.writelines(_encoded(blocks))
    else:
        _write_wav(row, blocks, file)


def read(row: Format, file: BinaryIO) -> Iterator[Samples]:
    if not row.headerless:
        _check_header(row, file)
    for data in chunks(file, BLOCK * WIDTH):
        whole = len(data) - len(data) % WIDTH  # Asterisk ignores an odd last byte
        if whole:
            yield floats(np.frombuffer(data[:whole], "<i2").astype(np.int16))


def _encoded(blocks: Iterable[Samples]) -> Iterator[bytes]:
    for linear in quantised(blocks):
        yield linear.astype("<i2").tobytes()


def _write_wav(row: Format, blocks: Iterable[Samples], file: BinaryIO) -> None:
    tail = bytes(TAIL * WIDTH)
    size = len(tail)
    file.write(_header(row.rate, 0))  # sizes follow; until then Asterisk plays nothing of it
    for data in _encoded(blocks):
        size += len(data)
        if size > LIMIT:
            raise InputError(f"format {row.name}: Asterisk refuses a WAV file over 2 GiB; split the sound")
        file.write(data)
    file.write(tail)
    file.seek(0)
    file.write(_header(row.rate, size))
    file.seek(0, os.SEEK_END)


def _header(rate: int, size: int) -> bytes:
    """The WAV header of `size` bytes of mono 16-bit sound: PCM (tag 1), fmt chunk of 16 bytes."""
    fmt = (16, 1, 1, rate, rate * WIDTH, WIDTH, 8 * WIDTH)
    return HEADER.pack(b"RIFF", HEADER.size - 8 + size, b"WAVE", b"fmt ", *fmt, b"data", size)


def _check_header(row: Format, file: BinaryIO) -> None:
    """Leave `file` behind its header, which must be the one that a file of this length is written with."""
    size = file.seek(0, os.SEEK_END) - HEADER.size
    file.seek(0)
    if size < 0 or size > LIMIT or file.read(HEADER.size) != _header(row.rate, size):
        raise InputError(
            f"format {row.name}: not a WAV file as voicekit writes it (header of 44 bytes, mono, 16 bit,"
            f" {row.rate} Hz, sizes that match the file); convert it first"
        )
