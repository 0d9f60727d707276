"""GSM 06.10 full rate by libsndfile (libgsm, as in Asterisk: the same bytes), without header; WAV 49 is only read.

Length law: n samples become whole frames of 160 samples in 33 bytes, the last one filled with silence.
"""

import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import soundfile

from voicekit.clip import BLOCK, Samples
from voicekit.errors import InputError
from voicekit.formats import Format, sndfile
from voicekit.formats.linear import floats, quantised
from voicekit.formats.sndfile import Wire

MAGIC = 0xD  # upper half of each frame's first byte


def write(row: Format, blocks: Iterable[Samples], file: BinaryIO) -> None:
    wire = Wire(file)
    with _opened(row, wire, "w") as sound:
        for linear in quantised(blocks, row.frame_samples):
            sound.write(linear)
            wire.check()


def read(row: Format, file: BinaryIO) -> Iterator[Samples]:
    if row.headerless:
        return _read_frames(row, file)
    return sndfile.read(row, file, kind="WAV", subtype="GSM610")


def _read_frames(row: Format, file: BinaryIO) -> Iterator[Samples]:
    frames = file.seek(0, os.SEEK_END) // row.frame_bytes
    file.seek(0)
    if not frames:
        return
    _check_magic(row, file)
    wire = Wire(file)
    with _opened(row, wire, "r") as sound:
        while frames:
            taken = min(frames, BLOCK // row.frame_samples)
            linear = sound.read(taken * row.frame_samples, dtype="int16")
            wire.check()
            yield floats(linear)
            frames -= taken


def _opened(row: Format, wire: Wire, mode: str) -> soundfile.SoundFile:
    return soundfile.SoundFile(wire, mode, row.rate, 1, "GSM610", format="RAW")


def _check_magic(row: Format, file: BinaryIO) -> None:
    if file.read(1)[0] >> 4 != MAGIC:
        raise InputError(f"format {row.name}: not GSM 06.10 without header; convert the file first")
    file.seek(0)
