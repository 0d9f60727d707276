"""THE TABLE of Asterisk's sound formats. A format fact stands here or in a codec module beside this file,
nowhere else.

Importing this package imports no numpy: a workspace is validated with it. The codec modules are imported
when a format is first written or read.

Where the numbers come from, and what Asterisk does with each row: docs/formats.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import combinations
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from voicekit.errors import InputError
from voicekit.toml import unknown

if TYPE_CHECKING:
    from voicekit.clip import Samples


class Codec(Protocol):
    """What a codec module offers; one module may serve several rows.

    `write` is missing where all of them are refused.
    """

    def write(self, row: "Format", blocks: "Iterable[Samples]", file: BinaryIO) -> None: ...

    def read(self, row: "Format", file: BinaryIO) -> "Iterator[Samples]": ...


@dataclass(frozen=True, slots=True)
class Format:
    """One of Asterisk's sound file formats: what it is, what Asterisk does with it, what voicekit does.

    `extensions` are without dot and case-sensitive (`WAV` is not `wav`); the first is the one to write.
    `codec` is Asterisk's name of what the file holds. `frame_bytes` and `frame_samples` are what Asterisk's
    reader takes at once (of the decoded sound for ogg and mp3); 0 where packets vary.
    """

    name: str
    extensions: tuple[str, ...]
    codec: str
    rate: int  # Hz
    frame_bytes: int
    frame_samples: int
    asterisk: str  # what it does with such a file
    module: str = ""  # the codec, a module of this package; empty: neither written nor read
    refusal: str = ""  # why voicekit does not write it; empty if it does
    headerless: bool = True
    addon: str = ""  # the module that plays it, where that is not part of Asterisk

    @property
    def readable(self) -> bool:
        return bool(self.module)

    @property
    def writable(self) -> bool:
        return self.readable and not self.refusal

    def write(self, blocks: "Iterable[Samples]", file: BinaryIO) -> None:
        """Encode mono float32 blocks at `self.rate` into `file`: seekable, empty, left at its end.

        What lies beyond [-1, 1] is clipped. Raises InputError for a format that is not writable, or a sound
        that is too long for it.
        """
        if self.refusal:
            raise InputError(f"format {self.name}: can't be written: {self.refusal}")
        self.load().write(self, blocks, file)

    def read(self, file: BinaryIO) -> "Iterator[Samples]":
        """Decode `file` (seekable, at its beginning) into mono float32 blocks of 1 to `clip.BLOCK` samples.

        A last frame that is cut short is dropped, as Asterisk does. Raises InputError for a format that is not
        readable, at the first block for a file that is not of this format.
        """
        return self.load().read(self, file)

    def load(self) -> Codec:
        """Import the codec: before workers are forked, or else each of them does it anew."""
        if not self.readable:
            raise InputError(f"format {self.name}: can't be read: {self.refusal}")
        return cast("Codec", import_module(f"{__name__}.{self.module}"))


_PASSED = "passes it through to channels of this very codec"
_NOISE = "it would be heard as noise, and what Asterisk records under this name is of 32 kbit/s; use g726-32"
_NO_ENCODER = "there is no free encoder of it; use g722 or sln16"
_SPEEX = "voicekit has no encoder of it; use sln, sln16 or sln32"
_KHZ = (12, 16, 24, 32, 48, 96, 192)


def _linear(rate: int, name: str, refusal: str = "", asterisk: str = "as sln") -> Format:
    samples = rate // 50  # the reader takes 20 ms
    return Format(name, (name,), name.replace("sln", "slin"), rate, 2 * samples, samples, asterisk, "pcm", refusal)


_ROWS = (
    Format("wav", ("wav",), "slin", 8000, 320, 160, headerless=False, module="pcm",
           asterisk="plays; PCM, mono, 16 bit, 8000 Hz only; never plays the last 44 bytes (below)"),
    Format("wav16", ("wav16",), "slin16", 16000, 640, 320, headerless=False, module="pcm",
           asterisk="the same reader, 16000 Hz only"),
    Format("ulaw", ("ulaw", "pcm", "ul", "mu", "ulw"), "ulaw", 8000, 160, 160, module="g711",
           asterisk="plays; no header. `.pcm` is u-law, not linear"),
    Format("alaw", ("alaw", "al", "alw"), "alaw", 8000, 160, 160, module="g711", asterisk="plays; no header"),
    Format("gsm", ("gsm",), "gsm", 8000, 33, 160, module="gsm",
           asterisk="plays; drops a last frame that is cut short, with a warning at every play"),
    Format("g722", ("g722",), "g722", 16000, 160, 320, module="ffmpeg",
           asterisk="plays; 64 kbit/s, any number of bytes"),
    Format("sln", ("sln", "slin", "raw"), "slin", 8000, 320, 160, module="pcm",
           asterisk="plays; no header, little-endian on x86; ignores an odd last byte"),
    *(_linear(k * 1000, f"sln{k}") for k in _KHZ),
    _linear(44100, "sln44", "it would be heard 6 dB too quiet; use sln48", "loses 6.0 dB in each conversion"),
    Format("wav49", ("WAV", "wav49"), "gsm", 8000, 65, 320, headerless=False, module="gsm",
           refusal="every second frame of it would be spoiled; use gsm",
           asterisk="plays, and spoils every second frame as it reads"),
    *(Format(f"g726-{kbps}", (f"g726-{kbps}",), "g726", 8000, size, 80, "takes it for 32 kbit/s: noise",
             refusal=_NOISE) for kbps, size in ((16, 20), (24, 30), (40, 50))),
    Format("g726-32", ("g726-32",), "g726", 8000, 40, 80, module="ffmpeg",
           asterisk="plays; RFC 3551 packing, first sample in the low nibble; drops a last frame that is cut short"),
    Format("vox", ("vox",), "adpcm", 8000, 80, 160, module="vox",
           asterisk="plays with an arithmetic of its own: files made by sox or ffmpeg drift"),
    Format("ilbc", ("ilbc",), "ilbc", 8000, 50, 240, module="ffmpeg",
           refusal="no encoder here: libilbc is missing, and FFmpeg only decodes it; use gsm or ulaw",
           asterisk="plays; 30 ms frames only, no `#!iLBC30` line"),
    Format("au", ("au",), "ulaw", 8000, 160, 160, headerless=False, module="au",
           asterisk="plays; u-law, 8000 Hz, mono only; ignores the size of the data in the header"),
    Format("g729", ("g729",), "g729", 8000, 20, 160, module="g729",
           asterisk=f"{_PASSED}; drops an odd last frame of 10 bytes"),
    Format("g723", ("g723", "g723sf"), "g723", 8000, 0, 240, module="ffmpeg",
           refusal="voicekit has no encoder of it that is proved; use ulaw or gsm", asterisk=_PASSED),
    Format("siren7", ("siren7",), "siren7", 16000, 80, 320, module="ffmpeg", refusal=_NO_ENCODER,
           asterisk=f"{_PASSED}; 32 kbit/s"),
    Format("siren14", ("siren14",), "siren14", 32000, 120, 640, refusal=_NO_ENCODER,
           asterisk=f"{_PASSED}; 48 kbit/s"),
    Format("g719", ("g719",), "g719", 48000, 160, 960, refusal=_NO_ENCODER, asterisk=_PASSED),
    Format("ogg", ("ogg",), "slin", 8000, 1024, 512, headerless=False, module="ogg",
           asterisk="plays Vorbis, 8000 Hz mono only"),
    Format("spx", ("spx",), "speex", 8000, 0, 0, headerless=False, module="container", refusal=_SPEEX,
           asterisk="plays Ogg Speex, one frame a packet, the rate that the extension says"),
    *(Format(f"spx{k}", (f"spx{k}",), f"speex{k}", k * 1000, 0, 0, "as spx", "container", _SPEEX, headerless=False)
      for k in (16, 32)),
    Format("mp3", ("mp3",), "slin", 8000, 320, 160, headerless=False, module="container",
           refusal="it would be lossy, late by the encoder's delay, and 8000 Hz all the same; use wav",
           asterisk="plays with the add-on format_mp3, at 8000 Hz", addon="format_mp3"),
    Format("opus", ("opus",), "slin48", 48000, 0, 0, headerless=False, module="container",
           refusal="few machines have the module, which decodes it to slin48; use sln48",
           asterisk="plays with a third-party module", addon="format_ogg_opus"),
)  # fmt: skip

TABLE: Mapping[str, Format] = MappingProxyType({row.name: row for row in _ROWS})
_BY_EXTENSION = {extension: row for row in _ROWS for extension in row.extensions}


def by_extension(extension: str) -> Format | None:
    """The format that Asterisk takes a file for: by its extension (without dot) alone, case-sensitive."""
    return _BY_EXTENSION.get(extension)


def pick(name: str) -> Format:
    """The format of that name; InputError with the nearest right name when there is none."""
    if row := TABLE.get(name):
        return row
    if row := by_extension(name):
        raise InputError(f'unknown format "{name}"; did you mean "{row.name}"?')
    raise InputError(unknown("format", name, set(TABLE)))


def same_codec(formats: Iterable[Format]) -> list[tuple[Format, Format]]:
    """Pairs that must not lie beside each other under one name.

    Of two files of one codec Asterisk plays that of the module it loaded first, which is the order of a
    directory and differs from machine to machine (docs/formats.md).
    """
    distinct = dict.fromkeys(formats)
    return [(one, other) for one, other in combinations(distinct, 2) if one.codec == other.codec]
