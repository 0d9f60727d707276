"""GSM 06.10 full rate without header, by libsndfile (libgsm, as in Asterisk: the same bytes).

Length law: n samples become whole frames of 160 samples in 33 bytes, the last one filled with silence.
"""

import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import soundfile

from voicekit.clip import BLOCK, Samples
from voicekit.errors import InputError
from voicekit.formats import Format
from voicekit.formats.linear import floats, quantised

MAGIC = 0xD  # upper half of each frame's first byte


class _Wire:
    """A file as libsndfile's callbacks see it.

    An exception within a callback is printed and lost: a full disk would leave a short file, an interrupt
    would be ignored. So it is kept here until `check` is back on our side of libsndfile.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._error: BaseException | None = None
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except BaseException as error:  # noqa: BLE001 - raised again by check()
            self._error = error
            return b""

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except BaseException as error:  # noqa: BLE001 - raised again by check()
            self._error = error
            return 0

    def check(self) -> None:
        if self._error:
            raise self._error


def write(row: Format, blocks: Iterable[Samples], file: BinaryIO) -> None:
    wire = _Wire(file)
    with _opened(row, wire, "w") as sound:
        for linear in quantised(blocks, row.frame_samples):
            sound.write(linear)
            wire.check()


def read(row: Format, file: BinaryIO) -> Iterator[Samples]:
    frames = file.seek(0, os.SEEK_END) // row.frame_bytes
    file.seek(0)
    if not frames:
        return
    _check_magic(row, file)
    wire = _Wire(file)
    with _opened(row, wire, "r") as sound:
        while frames:
            taken = min(frames, BLOCK // row.frame_samples)
            linear = sound.read(taken * row.frame_samples, dtype="int16")
            wire.check()
            yield floats(linear)
            frames -= taken


def _opened(row: Format, wire: _Wire, mode: str) -> soundfile.SoundFile:
    return soundfile.SoundFile(wire, mode, row.rate, 1, "GSM610", format="RAW")


def _check_magic(row: Format, file: BinaryIO) -> None:
    if file.read(1)[0] >> 4 != MAGIC:
        raise InputError(f"format {row.name}: not GSM 06.10 without header; convert the file first")
    file.seek(0)
