"""GSM 06.10 full rate, without header, by libgsm as in Asterisk: the system's, else libsndfile's. WAV 49 is only read.

Length law: n samples become whole frames of 160 samples in 33 bytes, the last one filled with silence.
"""

import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import soundfile

from voicekit.clip import BLOCK, Samples
from voicekit.errors import InputError
from voicekit.formats import Format, libgsm, sndfile
from voicekit.formats.linear import Linear, chunks, floats, quantised
from voicekit.formats.sndfile import Wire

MAGIC = 0xD  # upper half of each frame's first byte


def write(row: Format, blocks: Iterable[Samples], file: BinaryIO) -> None:
    frames = quantised(blocks, row.frame_samples)
    if libgsm.LIBRARY:
        with libgsm.coder(libgsm.LIBRARY) as coder:
            file.writelines(map(coder.encode, frames))
    else:
        _write_by_libsndfile(row, frames, file)


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
    if libgsm.LIBRARY:
        with libgsm.coder(libgsm.LIBRARY) as coder:
            for data in chunks(file, BLOCK // row.frame_samples * row.frame_bytes):
                if len(data) >= row.frame_bytes:
                    yield floats(coder.decode(data))
    else:
        yield from _read_by_libsndfile(row, frames, file)


def _write_by_libsndfile(row: Format, frames: Iterable[Linear], file: BinaryIO) -> None:
    wire = Wire(file)
    with _opened(row, wire, "w") as sound:
        for linear in frames:
            sound.write(linear)
            wire.check()


def _read_by_libsndfile(row: Format, frames: int, file: BinaryIO) -> Iterator[Samples]:
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
