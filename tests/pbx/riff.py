"""WAV files built byte by byte."""

import struct

import numpy as np

RATE = 8000


def fmt(tag=1, channels=1, rate=RATE, align=2, bits=16, *, extra=b"", size=None, byte_rate=None):
    body = struct.pack("<HHIIHH", tag, channels, rate, rate * align if byte_rate is None else byte_rate, align, bits)
    return chunk(b"fmt ", (body + extra)[: size or None])


GUID = bytes.fromhex("0000 0000 1000 8000 00AA 0038 9B71")  # what follows a tag in KSDATAFORMAT_SUBTYPE_...


def extensible(sub=1, **given):
    return fmt(0xFFFE, extra=struct.pack("<HHIH", 22, 16, 4, sub) + GUID, **given)


def chunk(name, body, *, size=None, pad=False):
    return name + struct.pack("<I", len(body) if size is None else size) + body + b"\0" * (pad and len(body) % 2)


def data(sound, size=None):
    return chunk(b"data", sound, size=size)


def riff(*chunks, form=b"RIFF", size=None):
    body = b"".join(chunks)
    return form + struct.pack("<I", 4 + len(body) if size is None else size) + b"WAVE" + body


def voice(seconds=1.0, rate=RATE, peak=0.3, seed=1):
    """Something like speech as int16: syllables of harmonics, with silence around them."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    sound = sum(np.sin(2 * np.pi * 130 * k * time + k * k) / k for k in range(1, 20))
    sound = sound * np.sin(np.pi * time / seconds) ** 0.5 * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time))
    sound = peak * sound / np.abs(sound).max() + rng.uniform(-1e-4, 1e-4, len(time))
    sound[: rate // 50] = 0
    sound[-rate // 50 :] = 0
    return np.round(sound * 32767).astype("<i2")


def plain(sound, rate=RATE):
    """As voicekit and sox write it."""
    return riff(fmt(rate=rate), data(sound.tobytes()))
