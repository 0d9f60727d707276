"""Any sound file as a Source. What decodes it is imported when it is needed."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from voicekit.audio.steps import regrouped
from voicekit.clip import BLOCK, Samples, Source
from voicekit.errors import InputError
from voicekit.formats import TABLE, Format, by_extension
from voicekit.formats.linear import floats
from voicekit.formats.magic import magic

T = TypeVar("T")

_RATES = range(1000, 768_001)  # Hz: under it lies no speech, over it no converter; only a broken header
_LOUDEST = 1e6  # of full scale 1.0, 120 dB over it: what some write for "no number", and no level can be made of


def open_bytes(data: bytes, name: str) -> Source:
    """The sound in `data`, which libsndfile must know (WAV, FLAC, Ogg, MP3); errors call it `name`."""
    from soundfile import SoundFile

    if sound := _libsndfile(name, lambda: _hushed(lambda: SoundFile(BytesIO(data))), None):
        return sound
    raise InputError(f"{name}: not a sound that can be decoded")


def open_sound(path: Path, channel: int | None = None) -> Source:
    """The sound in `path` at its own rate: one channel of it (the first is 0), or all of them averaged.

    Files without a header are what their extension says to Asterisk (docs/formats.md); of all others, and of those
    that have a header against their extension, the content decides. Raises InputError, naming the file, for what is no
    readable sound or has no such channel; damage that lies further in is found when its block is read.
    """
    head = _checked(path)
    row = by_extension(path.suffix[1:])
    if row is not None and row.headerless and not magic(head):
        _check_channel(str(path), 1, channel)
        return as_asterisk(path, row)
    sound = _libsndfile(str(path), lambda: _opened(path), channel)
    if sound is None:  # FFmpeg believes the 0 that Asterisk leaves in each .au
        sound = as_asterisk(path, row) if row is TABLE["au"] else _ffmpeg(path, channel)
    if sound.rate not in _RATES:
        raise InputError(f"{path}: says that it has {sound.rate} samples a second; make the file again")
    return sound


_HEAD = 16  # bytes
# What FFmpeg may take a file for: containers of sound, not the lists (concat, HLS, DASH, SDP ...) that name other
# files, which would be opened in their stead.
_ALONE = {
    "format_whitelist": "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,g722,g726,gsm,"
    "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpc,mpc8,mpeg,mpegts,nut,ogg,rm,shn,tak,tta,voc,w64,wav,wv,xwma"
}


@dataclass(frozen=True, slots=True)
class _File:
    """What is encoded in a file, and what decodes it anew."""

    name: str
    rate: int
    decode: Callable[[], Iterator[Samples]]

    def blocks(self) -> Iterator[Samples]:
        at = 0
        try:
            for block in regrouped(self.decode(), BLOCK):
                self._check(block, at)
                yield block
                at += len(block)
        except OSError as error:  # gone since it was opened, or a bad disk
            raise _unreadable(self.name, error) from error
        if at == 0:
            raise InputError(f"{self.name}: holds no sound; record or export it again")

    def _check(self, block: Samples, at: int) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            if np.dot(block, block) < _LOUDEST**2:  # then each is quieter; false where one is NaN
                return
        sound = np.abs(block) < _LOUDEST
        if not sound.all():
            seconds = (at + int(np.argmin(sound))) / self.rate
            raise InputError(f"{self.name}: a sample is no number, {seconds:.3f} s in; export it again")


def _checked(path: Path) -> bytes:
    """The first bytes. Refuses what is no file, empty or unreadable, before a decoder says so in its own words."""
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: a folder or a device, not a sound file; name a file")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not head:
        raise InputError(f"{path}: empty (0 bytes); record or export it again")
    return head


def as_asterisk(path: Path, row: Format) -> _File:
    """By the codec that Asterisk takes the extension for."""
    if not row.readable:
        raise InputError(f"{path}: voicekit can't read format {row.name}: {row.refusal}; convert it to WAV first")

    def decode() -> Iterator[Samples]:
        try:
            with path.open("rb") as file:
                yield from row.read(file)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error

    return _File(str(path), row.rate, decode)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """`path` opened by libsndfile, which sees no name: a file called .RAW is not guessed at."""
    from soundfile import SoundFile

    with path.open("rb") as file, _hushed(lambda: SoundFile(file.fileno(), closefd=False)) as sound:
        yield sound


def _hushed(call: Callable[[], T]) -> T:
    """What `call` gives, with no word on stdout and stderr: there libsndfile comments on some ALAC and on much MP3."""
    kept = {number: os.dup(number) for number in (1, 2)}
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for number in kept:
            os.dup2(nowhere, number)
        return call()
    finally:
        for number, descriptor in kept.items():
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.close(nowhere)


def _libsndfile(name: str, opened: Callable[[], AbstractContextManager[Any]], channel: int | None) -> _File | None:
    """WAV, FLAC, Ogg, MP3, AU and others; None when libsndfile doesn't know it.

    None also where the header says that there is nothing: Asterisk writes 0 into each .au, and into a .wav until
    the recording ends; others read on to the end of the file.
    """
    from soundfile import LibsndfileError

    def decode() -> Iterator[Samples]:
        try:
            with opened() as sound:
                some = max(BLOCK // sound.channels, 1)  # a header may say 1024 channels
                while len(frames := _frames(sound, some)):
                    yield _mono(frames.T, channel)
        except LibsndfileError as error:
            raise _damaged(name, error.error_string.removeprefix("Error : ")) from error

    try:
        with opened() as sound:
            _check_channel(name, sound.channels, channel)
            return _File(name, int(sound.samplerate), decode) if sound.frames else None
    except LibsndfileError:
        return None


def _frames(sound: Any, some: int) -> NDArray[np.float32]:
    """The next frames. Without its comments, and of 16 bits made floats here: in its wheel libsndfile takes thrice as
    long.
    """
    if sound.subtype == "PCM_16":
        return floats(sound.read(some, dtype="int16", always_2d=True))
    frames: NDArray[np.float32] = _hushed(lambda: sound.read(some, dtype="float32", always_2d=True))
    return frames


def _ffmpeg(path: Path, channel: int | None) -> _File:
    """M4A, AMR, Speex, WMA, WebM and what else FFmpeg decodes. From a file it follows no address elsewhere."""
    import av

    def opened() -> Any:
        return av.open(
            str(path.absolute()), options=_ALONE, metadata_errors="replace"
        )  # a title may be in any encoding

    def decode() -> Iterator[Samples]:
        try:
            with opened() as container:
                stream = container.streams.audio[0]
                # Packed: PyAV reads past the end of more than 8 planes (measured: 33 channels end the process).
                packed = av.AudioResampler(format="flt", rate=stream.codec_context.sample_rate)
                for frame in chain(container.decode(stream), [None]):  # None: what is left in the resampler
                    for part in packed.resample(frame):
                        yield _mono(part.to_ndarray().reshape(-1, part.layout.nb_channels).T, channel)
        except av.FFmpegError as error:
            raise _damaged(str(path), error.strerror or str(error)) from error
        except ValueError as error:  # the number of channels changes on the way
            raise _damaged(str(path), str(error)) from error

    try:
        with opened() as container:
            if not container.streams.audio:
                raise InputError(f"{path}: no sound in it; name a file with an audio track")
            context = container.streams.audio[0].codec_context
            if context is None:
                raise InputError(f"{path}: of a codec that can't be decoded; convert it to WAV or FLAC first")
            _check_channel(str(path), context.channels, channel)
            return _File(str(path), int(context.sample_rate), decode)
    except av.FFmpegError as error:
        raise InputError(f"{path}: not a sound file; convert it to WAV or FLAC first") from error


def _mono(channels: NDArray[Any], channel: int | None) -> Samples:
    """Of samples in rows, one a channel: that one, or their mean."""
    if len(channels) == 1:
        channel = 0
    with np.errstate(over="ignore", invalid="ignore"):  # what is no number is told where it is read
        sound: Samples = channels.mean(axis=0) if channel is None else channels[channel]
    return sound


def _check_channel(name: str, channels: int, channel: int | None) -> None:
    if channel is not None and not 0 <= channel < channels:
        raise InputError(f"{name}: has no channel {channel + 1}; it has {channels}, counted from 1")


def _unreadable(name: object, error: OSError) -> InputError:
    return InputError(f"{name}: {error.strerror or error}; name a sound file that can be read")


def _damaged(name: str, reason: str) -> InputError:
    return InputError(f"{name}: damaged ({reason.strip('. ')}); record or export it again")
