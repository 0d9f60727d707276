"""G.729 Annex A without header: read by FFmpeg, written by the library bcg729, which the system must have.

Length law: n samples become whole frames of 160 samples in 20 bytes (what Asterisk's reader takes at once: two
frames of the codec), the last one filled with silence.
"""

import ctypes
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import BinaryIO

from voicekit.clip import Samples
from voicekit.errors import InputError
from voicekit.formats import Format, ffmpeg
from voicekit.formats.linear import Linear, quantised

SAMPLES = 80  # of the codec's own frame: 10 ms
BYTES = 10

read = ffmpeg.read


def write(row: Format, blocks: Iterable[Samples], file: BinaryIO) -> None:
    with _channel(row) as channel:
        for linear in quantised(blocks, row.frame_samples):
            frames = (linear[start : start + SAMPLES] for start in range(0, len(linear), SAMPLES))
            file.writelines(_encoded(channel, frame) for frame in frames)


def _encoded(channel: ctypes.c_void_p, linear: Linear) -> bytes:
    data, size = (ctypes.c_uint8 * BYTES)(), ctypes.c_uint8()
    _library().bcg729Encoder(channel, linear.ctypes.data_as(ctypes.c_void_p), data, ctypes.byref(size))
    return bytes(data)


@contextmanager
def _channel(row: Format) -> Iterator[ctypes.c_void_p]:
    """An encoder that keeps every frame whole: without the silence frames of Annex B, which Asterisk's file lacks."""
    try:
        library = _library()
    except OSError as error:
        raise InputError(
            f"format {row.name}: the library bcg729 is missing; apt-get install libbcg729-0, or leave the format away"
        ) from error
    channel = ctypes.c_void_p(library.initBcg729EncoderChannel(0))
    try:
        yield channel
    finally:
        library.closeBcg729EncoderChannel(channel)


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libbcg729.so.0")
    library.initBcg729EncoderChannel.restype = ctypes.c_void_p
    return library
