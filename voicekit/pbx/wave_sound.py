"""The samples of a WAV file, where they are 16-bit samples or stand for such without loss."""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from voicekit.clip import BLOCK
from voicekit.formats.g711 import law
from voicekit.formats.linear import Linear
from voicekit.pbx.wave_reader import ALAW, PCM, ULAW, Fmt, Layout

_WIDTHS = {PCM: 2, ALAW: 1, ULAW: 1}  # bytes
_NAMES = {PCM: "linear", ALAW: "A-law", ULAW: "u-law", 3: "floating-point", 49: "GSM", 0x55: "MP3"}
_AUDIBLE = 1 << 5  # of 2^15: -60 dB, under which a file is a pause


def lossless(layout: Layout) -> bool:
    """Whether the samples can be had as 16-bit ones with nothing lost."""
    fmt = layout.fmt
    return fmt is not None and 0 < fmt.channels <= 8 and fmt.width == _WIDTHS.get(fmt.kind)  # 8: 7.1, the most in use


def describe(fmt: Fmt) -> str:
    """What a WAV file holds: «8-bit u-law»."""
    return f"{8 * fmt.width}-bit {_NAMES.get(fmt.kind, f'sound of format {fmt.kind:#x}')}"


def mono(file: BinaryIO, layout: Layout) -> bool:
    """Whether all channels are the same: one channel, spread over two."""
    return all(bool((block == block[:, :1]).all()) for block in _frames(file, layout, 0))


def samples(file: BinaryIO, layout: Layout) -> Iterator[Linear]:
    """The first channel, as 16-bit samples in blocks."""
    for block in _frames(file, layout, 0):
        yield np.ascontiguousarray(block[:, 0])


def audible(file: BinaryIO, layout: Layout, last: int) -> bool:
    """Whether more than silence lies in the last `last` bytes of the sound."""
    start = max(layout.present - last, 0)
    return any(int(np.abs(block.astype(np.int32)).max()) > _AUDIBLE for block in _frames(file, layout, start))


def _frames(file: BinaryIO, layout: Layout, start: int) -> Iterator[Linear]:
    """Arrays of samples x channels from byte `start` of the sound on; a last sample that is cut short is dropped."""
    fmt = layout.fmt
    assert fmt is not None
    start -= start % fmt.align
    file.seek(layout.offset + start)
    left = (layout.present - start) // fmt.align
    while left > 0:
        data = file.read(min(left, BLOCK) * fmt.align)
        whole = len(data) // fmt.align
        if not whole:
            return
        left -= whole
        yield _decoded(data[: whole * fmt.align], fmt).reshape(whole, fmt.channels)


def _decoded(data: bytes, fmt: Fmt) -> Linear:
    if fmt.kind == PCM:
        return np.frombuffer(data, "<i2").astype(np.int16)
    decoded: Linear = law("ulaw" if fmt.kind == ULAW else "alaw").decode[np.frombuffer(data, np.uint8)]
    return decoded
