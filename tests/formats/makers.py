"""Files of every format that voicekit reads, those of other programs included."""

import io
import shutil
import struct
import subprocess

import av
import numpy as np
import pytest
import soundfile

from voicekit.errors import InputError
from voicekit.formats import TABLE
from voicekit.formats.linear import quantise

WRITABLE = [row for row in TABLE.values() if row.writable]
READABLE = [row for row in TABLE.values() if row.readable]


def lacking():
    """Why G.729 can't be encoded here; empty if it can."""
    try:
        TABLE["g729"].write([np.zeros(1, np.float32)], io.BytesIO())
    except InputError as error:
        return str(error)
    return ""


needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs apt-get install ffmpeg")
MARKS = {
    "g729": pytest.mark.skipif(bool(lacking()), reason=lacking() or "-"),
    **dict.fromkeys(("spx", "spx16", "spx32"), needs_ffmpeg),
}


def parameters(rows):
    return [pytest.param(row, id=row.name, marks=MARKS.get(row.name, ())) for row in rows]


def speech_like(rate, seconds=1.0):
    """Harmonics of 120 Hz up to 3.4 kHz falling by 6 dB an octave, three syllables a second."""
    t = np.arange(int(rate * seconds)) / rate
    voiced = sum(np.sin(2 * np.pi * 120 * k * t + k * k) / k for k in range(1, 29))
    return (0.15 * voiced * (0.5 + 0.5 * np.sin(2 * np.pi * 3 * t))).astype(np.float32)


def encode(row, *blocks):
    file = io.BytesIO()
    row.write([np.asarray(block, np.float32) for block in blocks], file)
    assert file.tell() == len(file.getvalue())
    return file.getvalue()


def decode(row, data):
    return np.concatenate([np.zeros(0, np.float32), *row.read(io.BytesIO(data))])


def through(command, data):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def linear(samples):
    return quantise(np.asarray(samples)).astype("<i2").tobytes()


def ffmpeg_encode(name, samples, rate, frame, **options):
    """The packets of FFmpeg's encoder `name`."""
    encoder = av.AudioCodecContext.create(name, "w")
    encoder.sample_rate, encoder.layout, encoder.format = rate, "mono", "s16"
    for option, value in options.items():
        setattr(encoder, option, value)
    packets = []
    for start in range(0, len(samples), frame):
        part = av.AudioFrame.from_ndarray(quantise(samples[None, start : start + frame]), format="s16", layout="mono")
        part.sample_rate = rate
        packets += [bytes(packet) for packet in encoder.encode(part)]
    return packets + [bytes(packet) for packet in encoder.encode(None)]


def _soundfile(samples, rate, kind, subtype):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


def _speex(samples, rate):
    raw = ["-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", "-"]
    return through(["ffmpeg", "-v", "error", *raw, "-c:a", "libspeex", "-f", "ogg", "-"], linear(samples))


def g723(samples):
    """Asterisk's layout: a delay of 32 bits, a size of 16, the frame."""
    packets = ffmpeg_encode("g723_1", samples, 8000, 240, bit_rate=6300)
    return b"".join(struct.pack(">IH", 30, len(packet)) + packet for packet in packets)


def siren7(level, frames=25):
    """Frames of Siren 7 whose first five bits are `level`: noise, for there is no encoder."""
    rng = np.random.default_rng(7)
    tails = [rng.integers(0, 256, 9, np.uint8).tobytes() + b"\xff" * 70 for _ in range(frames)]
    return b"".join(bytes([level << 3 | 5]) + tail for tail in tails)


def sample(row, samples):
    """A file of that format that holds about `samples`, at the row's rate; ilbc and siren7 hold noise."""
    match row.name:
        case "sln44":
            return linear(samples)
        case "wav49":
            return _soundfile(samples, row.rate, "WAV", "GSM610")
        case "spx" | "spx16" | "spx32":
            return _speex(samples, row.rate)
        case "mp3":
            return _soundfile(samples, row.rate, "MP3", "MPEG_LAYER_III")
        case "opus":
            return _soundfile(samples, row.rate, "OGG", "OPUS")
        case "g723":
            return g723(samples)
        case "siren7":
            return siren7(12, len(samples) // 320)
        case "ilbc":
            return np.random.default_rng(30).integers(0, 256, len(samples) // 240 * 50, np.uint8).tobytes()
        case _:
            return encode(row, samples)
