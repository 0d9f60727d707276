"""Speex, MP3 and Opus in their containers, read by FFmpeg as Asterisk plays them: at the row's rate, in one channel."""

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

import av

from voicekit.clip import Samples
from voicekit.errors import InputError
from voicekit.formats import Format


def read(row: Format, file: BinaryIO) -> Iterator[Samples]:
    """The container is named to FFmpeg, so that a file never makes it open another (a playlist would)."""
    try:
        kind = "mp3" if row.name == "mp3" else "ogg"
        with av.open(file, "r", format=kind, metadata_errors="replace") as container:
            mono = av.AudioResampler(format="fltp", layout="mono", rate=row.rate)
            for frame in chain(container.decode(audio=0), [None]):  # None: what is left in the resampler
                yield from (part.to_ndarray()[0] for part in mono.resample(frame))
    except (av.FFmpegError, IndexError) as error:  # IndexError: no sound in it
        raise InputError(f"format {row.name}: not what the extension says, or damaged; get the file again") from error
