"""What a speech service sent, as a Clip: whole, or an error."""

import struct
from typing import TYPE_CHECKING

from voicekit.errors import EngineError, InputError

if TYPE_CHECKING:
    from voicekit.clip import Clip

_HEAD = 12  # bytes: RIFF, size, WAVE
_UNTOLD = 0x7FFF0000  # a size from here on, or 0, is what servers write that send while they speak


def decoded(data: bytes, engine: str, who: str) -> "Clip":
    """A sound file (WAV, FLAC, Ogg, MP3) that `who` sent. Raises `EngineError`, in the name of `engine`."""
    from voicekit.audio.read import open_bytes
    from voicekit.clip import gather

    try:
        return gather(open_bytes(_whole(data), f"the answer of {who}"))
    except InputError as error:
        raise EngineError(f"{engine}: {error}; try again later") from error


def pcm(data: bytes, rate: int, engine: str, who: str) -> "Clip":
    """Signed 16-bit little-endian samples without a header, at `rate` Hz."""
    import numpy as np

    from voicekit.clip import Clip

    if len(data) < 2 or len(data) % 2:
        raise EngineError(
            f"{engine}: the answer of {who} is no 16-bit sound of {rate} Hz, or not all of it; try again later"
        )
    return Clip(np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768), rate)


def _whole(data: bytes) -> bytes:
    """`data`; of a WAV, with the true length in its header, where libsndfile takes 0 for silence.

    A WAV that is shorter than it says is an error: libsndfile gives what there is of it, without a word.
    """
    if data[:4] != b"RIFF" or data[8:_HEAD] != b"WAVE":
        return data
    at = _HEAD
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        there = len(data) - at - 8
        if name == b"data":
            if size == 0 or size >= _UNTOLD:
                return b"".join((data[: at + 4], struct.pack("<I", there), data[at + 8 :]))
            if size > there:
                raise InputError(f"a WAV broke off: {there} of {size} bytes are there")
            return data
        at += 8 + size + size % 2
    return data
