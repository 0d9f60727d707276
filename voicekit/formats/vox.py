"""Dialogic (OKI) ADPCM, 4 bits a sample, with the arithmetic of Asterisk's codecs/codec_adpcm.c.

It differs from the one of sox and FFmpeg in a single term of the difference (`_difference`), and there is nothing
that would ever pull the two together again: files of the one drift away in the other (docs/formats.md).

Length law: two samples are one byte, the first in the upper nibble; silence follows an odd last sample.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from voicekit.clip import BLOCK, Samples
from voicekit.formats import Format
from voicekit.formats.linear import Linear, chunks, floats, quantised

STEPS = (16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130, 143, 157, 173,
         190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282,
         1411, 1552)  # fmt: skip
SHIFTS = (-1, -1, -1, -1, 2, 4, 6, 8)  # of the step, by the magnitude of the code
SIGN = 8  # bit of the code; the other three are its magnitude
PEAK = 2047  # the signal has 12 bits, and -2048 does not occur
SPARE = 4  # bits of a 16-bit sample that the signal lacks
PAIR = 2  # samples a byte


def write(_row: Format, blocks: Iterable[Samples], file: BinaryIO) -> None:
    coder = _Coder()
    for linear in quantised(blocks, PAIR):
        codes = coder.encode(linear)
        file.write((codes[0::2] << 4 | codes[1::2]).tobytes())


def read(_row: Format, file: BinaryIO) -> Iterator[Samples]:
    coder = _Coder()
    for data in chunks(file, BLOCK // PAIR):
        pairs = np.frombuffer(data, np.uint8)
        yield floats(coder.decode(np.stack([pairs >> 4, pairs & 0xF], axis=1).ravel()))


def _difference(step: int, code: int) -> int:
    """What `code` adds to the signal at that size of step.

    Asterisk's last term is neither in the Dialogic paper nor in sox and FFmpeg: where the half step was cut to
    a whole number, one is added.
    """
    size = step >> 3
    size += step if code & 4 else 0
    size += step >> 1 if code & 2 else 0
    size += step >> 2 if code & 1 else 0
    size += code >> 1 & step & 1
    return -size if code & SIGN else size


def _nearest(step: int) -> NDArray[np.uint8]:
    """The code for each difference between sample and signal: [difference], negative ones from the end."""
    difference = np.arange(-2 * (PEAK + 1), 2 * (PEAK + 1))
    code = np.where(difference < 0, SIGN, 0)
    left = np.abs(difference)
    for bit, size in ((4, step), (2, step >> 1), (1, step >> 2)):
        takes = left >= size
        code |= np.where(takes, bit, 0)
        left -= np.where(takes, size, 0)
    return np.roll(code, len(code) // 2).astype(np.uint8)


CODES = [_nearest(step).tobytes() for step in STEPS]  # [step][difference]
DIFFERENCES = [[_difference(step, code) for code in range(16)] for step in STEPS]  # [step][code]
NEXT = [[min(max(at + SHIFTS[code & 7], 0), len(STEPS) - 1) for code in range(16)] for at in range(len(STEPS))]


class _Coder:
    """The state that encoder and decoder share: the signal (12 bits) and the number of its step.

    Each sample hangs on the one before, so there is a loop a sample; bound to locals and tables it does 4
    (encoding) to 6 (decoding) million samples a second.
    """

    def __init__(self) -> None:
        self._signal = 0
        self._step = 0

    def encode(self, linear: Linear) -> NDArray[np.uint8]:
        signal, step = self._signal, self._step
        codes = bytearray()
        for sample in (linear >> SPARE).tolist():
            code = CODES[step][sample - signal]
            codes.append(code)
            signal += DIFFERENCES[step][code]
            if not -PEAK <= signal <= PEAK:
                signal = PEAK if signal > 0 else -PEAK
            step = NEXT[step][code]
        self._signal, self._step = signal, step
        return np.frombuffer(codes, np.uint8)

    def decode(self, codes: NDArray[np.uint8]) -> Linear:
        signal, step = self._signal, self._step
        signals: list[int] = []
        for code in codes.tolist():
            signal += DIFFERENCES[step][code]
            if not -PEAK <= signal <= PEAK:
                signal = PEAK if signal > 0 else -PEAK
            signals.append(signal)
            step = NEXT[step][code]
        self._signal, self._step = signal, step
        return np.array(signals, np.int16) << SPARE
