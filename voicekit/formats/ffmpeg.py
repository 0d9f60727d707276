"""Codecs of FFmpeg, fed with bare frames: G.722 and G.726 both ways; iLBC, G.729, G.723.1 and Siren 7 are read.

- G.722 at 64 kbit/s (mode 1): the same bytes as Asterisk. Two samples are one byte; silence follows an odd last one.
  The band-splitting filters (QMF) of ITU-T G.722 hold the sound back, so that it is decoded 22 samples (1.4 ms) late
  and as many are missing at its end (measured), in Asterisk as here; a finished prompt ends with more silence.
- G.726 at 32 kbit/s in the packing of RFC 3551, first sample in the low nibble: FFmpeg's `g726le` (its `g726` packs
  for AAL2). n samples become whole frames of 80 samples in 40 bytes, the last one filled with silence.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Literal, cast

import av
import numpy as np

from voicekit.clip import BLOCK, Samples
from voicekit.errors import InputError
from voicekit.formats import Format
from voicekit.formats.linear import Linear, chunks, floats, quantised

NAMES = {"g722": "g722", "g726": "g726le", "ilbc": "ilbc", "g729": "g729", "g723": "g723_1", "siren7": "siren"}
UNIT = {"g722": 2, "g726": 80}  # samples; left with less, FFmpeg's encoder of G.722 would repeat the odd one
OPTIONS = {
    "g722": {"frame_size": str(1 << 15)},  # the encoder's largest; the default of 320 samples is 30 times slower
    "g726": {"bits_per_coded_sample": "4"},  # its decoder does not conclude it from the bit rate
}
# What overshoots full scale is not clipped by the decoders of FFmpeg and Asterisk (`sr << 2` in codec_g726.c): it
# wraps and clicks. Below this, speech and tones never did (measured); finished prompts are below it (-1 dBov).
PEAK = {"g726": 0.9}
G723_HEADER = struct.Struct(">IH")  # before each frame: a delay, which Asterisk ignores, and the frame's size
G723_LONGEST = 1024  # bytes that Asterisk's reader takes for one frame


def write(row: Format, blocks: Iterable[Samples], file: BinaryIO) -> None:
    encoder = _context(row, "w")
    encoder.format = "s16"
    peak = PEAK.get(row.codec, 1)
    for linear in quantised((np.clip(block, -peak, peak) for block in blocks), UNIT[row.codec]):
        _drain(encoder, _frame(linear, row.rate), file)
    _drain(encoder, None, file)


def read(row: Format, file: BinaryIO) -> Iterator[Samples]:
    decoder = _context(row, "r")
    try:
        for packet in _packets(row, file):
            for frame in decoder.decode(av.Packet(packet)):
                sound: Any = frame.to_ndarray().ravel()
                yield floats(sound) if sound.dtype == np.int16 else sound
    except av.FFmpegError as error:
        raise InputError(f"format {row.name}: not {row.codec}, or damaged; get the file again") from error


def _context(row: Format, mode: Literal["r", "w"]) -> av.AudioCodecContext:
    context = cast("av.AudioCodecContext", av.CodecContext.create(NAMES[row.codec], mode))
    context.sample_rate, context.layout = row.rate, "mono"
    context.options = OPTIONS.get(row.codec, {})
    if row.frame_bytes:  # of iLBC's two modes it tells 30 ms
        context.bit_rate = row.frame_bytes * 8 * row.rate // row.frame_samples
    return context


def _packets(row: Format, file: BinaryIO) -> Iterator[bytes]:
    """What the decoder takes at once; a last frame that is cut short is dropped, as Asterisk does."""
    if row.codec == "g723":
        yield from _g723_packets(file)
    elif row.codec == "g722":  # any number of bytes is whole
        yield from chunks(file, BLOCK // UNIT["g722"])
    else:
        yield from (data for data in chunks(file, row.frame_bytes) if len(data) == row.frame_bytes)


def _g723_packets(file: BinaryIO) -> Iterator[bytes]:
    while len(header := file.read(G723_HEADER.size)) == G723_HEADER.size:
        _, size = G723_HEADER.unpack(header)
        data = file.read(size)
        if not 0 < len(data) == size <= G723_LONGEST:
            return
        yield data


def _frame(linear: Linear, rate: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(linear[np.newaxis], format="s16", layout="mono")
    frame.sample_rate = rate
    return frame


def _drain(encoder: av.AudioCodecContext, frame: av.AudioFrame | None, file: BinaryIO) -> None:
    file.writelines(bytes(packet) for packet in encoder.encode(frame))
