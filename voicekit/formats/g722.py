"""G.722 at 64 kbit/s (mode 1) without header, by FFmpeg's codec (as in Asterisk: the same bytes).

Length law: two samples are one byte; an odd last sample is followed by one of silence.

Delay: the band-splitting filters (QMF) of ITU-T G.722 hold the sound back, so that it is decoded 22 samples
(1.4 ms) late and as many are missing at its end (measured), in Asterisk as here; a finished prompt ends with
more silence than that.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

import av
import numpy as np

from voicekit.clip import BLOCK, Samples
from voicekit.formats import Format
from voicekit.formats.linear import Linear, chunks, floats, quantised

PAIR = 2  # samples a byte; left with an odd last sample, FFmpeg's encoder would repeat it
STEP = 1 << 15  # samples that the encoder takes at once: its largest; the default of 320 is 30 times slower


def write(row: Format, blocks: Iterable[Samples], file: BinaryIO) -> None:
    encoder = av.AudioCodecContext.create("g722", "w")
    encoder.sample_rate, encoder.layout, encoder.format = row.rate, "mono", "s16"
    encoder.options = {"frame_size": str(STEP)}
    for linear in quantised(blocks, PAIR):
        _drain(encoder, _frame(linear, row.rate), file)
    _drain(encoder, None, file)


def read(row: Format, file: BinaryIO) -> Iterator[Samples]:
    decoder = av.AudioCodecContext.create("g722", "r")
    decoder.sample_rate, decoder.layout = row.rate, "mono"
    for data in chunks(file, BLOCK // PAIR):
        for frame in decoder.decode(av.Packet(data)):
            yield floats(frame.to_ndarray()[0])


def _frame(linear: Linear, rate: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(linear[np.newaxis], format="s16", layout="mono")
    frame.sample_rate = rate
    return frame


def _drain(encoder: av.AudioCodecContext, frame: av.AudioFrame | None, file: BinaryIO) -> None:
    file.writelines(bytes(packet) for packet in encoder.encode(frame))
