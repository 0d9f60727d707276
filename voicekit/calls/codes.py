"""Between a recording's bytes and libsndfile: as samples, and back, exactly."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

import numpy as np
import soundfile

from voicekit.calls.samples import Span
from voicekit.formats.g711 import law
from voicekit.formats.linear import Linear
from voicekit.formats.sndfile import Wire


@dataclass(frozen=True, slots=True)
class Codes:
    """`samples` and `data` undo each other; `heard` is what a decoder gives."""

    samples: Callable[[bytes], Linear]
    data: Callable[[Linear], bytes]
    heard: Callable[[bytes], Linear]


@cache
def codes(codec: str) -> Codes:
    """Of `slin`, `ulaw` or `alaw`; ValueError for another."""
    if codec == "slin":
        return Codes(_linear, _little, _linear)
    if codec in ("ulaw", "alaw"):
        return _companded(law(codec).decode)
    raise ValueError("of a codec that this voicekit does not know")


def _companded(decode: Linear) -> Codes:
    """The codes in the order of what they decode to; -0 stands before +0 in u-law, whose code is higher."""
    order = np.lexsort((np.arange(256), decode)).astype(np.uint8)
    rank = np.empty(256, np.int16)
    rank[order] = np.arange(-128, 128)
    return Codes(
        samples=lambda data: rank[np.frombuffer(data, np.uint8)] << 8,
        data=lambda samples: order[(samples >> 8) + 128].tobytes(),
        heard=lambda data: decode[np.frombuffer(data, np.uint8)],
    )


def _linear(data: bytes) -> Linear:
    return np.frombuffer(data, "<i2").astype(np.int16)


def _little(samples: Linear) -> bytes:
    return samples.astype("<i2").tobytes()


@contextmanager
def writing(
    target: BinaryIO, where: Span, through: type[Wire] = Wire, **kind: str | float
) -> Iterator[soundfile.SoundFile]:
    """A sound file to write such samples to; OSError for what the disk says."""
    wire = through(target)
    try:
        with soundfile.SoundFile(wire, "w", where.rate, where.channels, **kind) as sound:
            yield sound
    finally:
        wire.check()  # in the end of all: where a write is short, soundfile asserts
