"""u-law and A-law by table, from the decision values of ITU-T G.711. Length law: n samples are n bytes.

Both laws are given by their positive decision values in units of a uniform PCM code (clause 3.6) of 14 bits
(u-law, Table 2a/G.711) or 13 bits (A-law, Table 1a/G.711): steps in column 2, decision values in column 5.
What lies between two of them is decoded to their middle (column 7). What lies exactly on one is left to the
equipment by clause 3.6; here every interval contains its lower end and not its upper, on both sides of zero,
as in the reference software of ITU-T G.191.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from voicekit.clip import BLOCK, Samples
from voicekit.formats import Format
from voicekit.formats.linear import Linear, chunks, floats, quantised

CODES = 128  # for each sign

Integers = NDArray[np.int_]


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """`encode`: the code of each 16-bit sample, taken as unsigned; `decode`: the sample of each code."""

    encode: NDArray[np.uint8]
    decode: Linear


def write(row: Format, blocks: Iterable[Samples], file: BinaryIO) -> None:
    encode = law(row.codec).encode
    file.writelines(encode[linear.view(np.uint16)].tobytes() for linear in quantised(blocks))


def read(row: Format, file: BinaryIO) -> Iterator[Samples]:
    decode = law(row.codec).decode
    for data in chunks(file, BLOCK):
        yield floats(decode[np.frombuffer(data, np.uint8)])


@cache
def law(codec: str) -> Law:
    """The tables of `ulaw` or `alaw`."""
    return _ulaw() if codec == "ulaw" else _alaw()


def _ulaw() -> Law:
    # Table 2a/G.711: one step of 1, 15 of 2, then seven segments of 16 steps, each twice as wide: to 8159.
    # Character signals (notes to the table): all bits inverted, so that +0 is 0xFF and -0 is 0x7F.
    steps = np.concatenate([[1], np.full(15, 2), *(np.full(16, 4 << n) for n in range(7))])
    middles = _middles(steps)
    middles[0] = 0  # the first step is half of the one around zero
    codes = 0x7F - np.arange(CODES)
    return _law(steps * 4, middles * 4, positive=codes | 0x80, negative=codes)


def _alaw() -> Law:
    # Table 1a/G.711: 32 steps of 2, then six segments of 16 steps, each twice as wide: to 4096.
    # Character signals (notes to the table): even bits inverted, so that +0 is 0xD5 and -0 is 0x55.
    steps = np.concatenate([np.full(32, 2), *(np.full(16, 4 << n) for n in range(6))])
    codes = np.arange(CODES)
    return _law(steps * 8, _middles(steps) * 8, positive=(codes | 0x80) ^ 0x55, negative=codes ^ 0x55)


def _middles(steps: Integers) -> Integers:
    return np.cumsum(steps) - steps // 2


def _law(steps: Integers, middles: Integers, *, positive: Integers, negative: Integers) -> Law:
    """Tables from steps and decoder outputs in 16-bit units, and the character signals of the 128 steps."""
    sample = np.arange(1 << 16).astype(np.uint16).view(np.int16)
    magnitude = np.where(sample < 0, ~sample, sample)  # -1 to 0 as 0 to 1: an interval contains its lower end
    index = np.minimum(np.searchsorted(np.cumsum(steps), magnitude, side="right"), CODES - 1)
    decode = np.zeros(2 * CODES, np.int16)
    decode[positive] = middles
    decode[negative] = -middles
    return Law(np.where(sample < 0, negative[index], positive[index]).astype(np.uint8), decode)
