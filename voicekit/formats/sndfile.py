"""libsndfile between a codec module and its file."""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import soundfile

from voicekit.clip import BLOCK, Samples
from voicekit.errors import InputError
from voicekit.formats import Format


class Wire:
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


def read(row: Format, file: BinaryIO, *, kind: str, subtype: str) -> Iterator[Samples]:
    """The sound of a file with a header, which must be mono, of the row's rate and of that kind.

    Read as floats: made 16 bits by libsndfile, Vorbis's overshoots would wrap instead of being clipped.
    """
    wire = Wire(file)
    try:
        sound = soundfile.SoundFile(wire)
    except soundfile.LibsndfileError as error:
        wire.check()
        raise _other(row, kind, subtype) from error
    with sound:
        if (sound.format, sound.subtype, sound.samplerate, sound.channels) != (kind, subtype, row.rate, 1):
            raise _other(row, kind, subtype)
        while len(samples := sound.read(BLOCK, dtype="float32")):
            wire.check()
            yield np.clip(samples, -1, 1)
    wire.check()


def _other(row: Format, kind: str, subtype: str) -> InputError:
    return InputError(f"format {row.name}: not {subtype} in {kind}, {row.rate} Hz, mono; convert the file first")
