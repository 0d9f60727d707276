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
    """What a codec module offers; one module may serve several rows."""

    def write(self, row: "Format", blocks: "Iterable[Samples]", file: BinaryIO) -> None: ...

    def read(self, row: "Format", file: BinaryIO) -> "Iterator[Samples]": ...


@dataclass(frozen=True, slots=True)
class Format:
    """One of Asterisk's sound file formats: what its reader expects, and whether voicekit writes it.

    `extensions` are without dot and case-sensitive (`WAV` is not `wav`); the first is the one to write.
    `codec` is Asterisk's name of what the file holds. `frame_bytes` and `frame_samples` are what Asterisk's
    reader takes at once (of the decoded sound for ogg and mp3); 0 where packets vary. `refusal` says why
    the format is not written, and is empty if it is.
    """

    name: str
    extensions: tuple[str, ...]
    codec: str
    rate: int  # Hz
    frame_bytes: int
    frame_samples: int
    headerless: bool = True
    refusal: str = ""
    module: str = ""  # of this package; empty while there is none

    @property
    def writable(self) -> bool:
        return bool(self.module)

    def write(self, blocks: "Iterable[Samples]", file: BinaryIO) -> None:
        """Encode mono float32 blocks at `self.rate` into `file`: seekable, empty, left at its end.

        What lies beyond [-1, 1] is clipped. Raises InputError for a format that is refused, or a sound that
        is too long for it.
        """
        self.load().write(self, blocks, file)

    def read(self, file: BinaryIO) -> "Iterator[Samples]":
        """Decode `file` (seekable, at its beginning) into mono float32 blocks of 1 to `clip.BLOCK` samples.

        A last frame that is cut short is dropped, as Asterisk does. Raises InputError for a format that is
        refused, at the first block for a file that is not of this format.
        """
        return self.load().read(self, file)

    def load(self) -> Codec:
        """Import the codec: before workers are forked, or else each of them does it anew."""
        if not self.module:
            raise InputError(f"format {self.name}: {self.refusal}")
        return cast("Codec", import_module(f"{__name__}.{self.module}"))


_YET = "voicekit does not write it yet"
_PASSED = f"Asterisk passes it through without a codec of its own; {_YET}"
_NOISE = "Asterisk decodes it as 32 kbit/s, which gives noise; use ulaw or alaw"
_KHZ = (12, 16, 24, 32, 48, 96, 192)

_ROWS = (
    Format("wav", ("wav",), "slin", 8000, 320, 160, headerless=False, module="pcm"),
    Format("wav16", ("wav16",), "slin16", 16000, 640, 320, headerless=False, module="pcm"),
    Format("ulaw", ("ulaw", "pcm", "ul", "mu", "ulw"), "ulaw", 8000, 160, 160, module="g711"),
    Format("alaw", ("alaw", "al", "alw"), "alaw", 8000, 160, 160, module="g711"),
    Format("gsm", ("gsm",), "gsm", 8000, 33, 160, module="gsm"),
    Format("g722", ("g722",), "g722", 16000, 160, 320, module="g722"),
    Format("sln", ("sln", "slin", "raw"), "slin", 8000, 320, 160, module="pcm"),
    *(Format(f"sln{k}", (f"sln{k}",), f"slin{k}", k * 1000, k * 40, k * 20, module="pcm") for k in _KHZ),
    Format("sln44", ("sln44",), "slin44", 44100, 1764, 882,
           refusal="Asterisk plays it 6 dB too quiet; use sln48"),
    Format("wav49", ("WAV", "wav49"), "gsm", 8000, 65, 320, headerless=False,
           refusal="Asterisk's own reader spoils every second frame of it; use gsm"),
    Format("g726-16", ("g726-16",), "g726", 8000, 20, 80, refusal=_NOISE),
    Format("g726-24", ("g726-24",), "g726", 8000, 30, 80, refusal=_NOISE),
    Format("g726-32", ("g726-32",), "g726", 8000, 40, 80, refusal=_YET),
    Format("g726-40", ("g726-40",), "g726", 8000, 50, 80, refusal=_NOISE),
    Format("vox", ("vox",), "adpcm", 8000, 80, 160, refusal=_YET),
    Format("ilbc", ("ilbc",), "ilbc", 8000, 50, 240, refusal=_YET),
    Format("au", ("au",), "ulaw", 8000, 160, 160, headerless=False,
           refusal=f"{_YET}; ulaw is the same sound"),
    Format("g729", ("g729",), "g729", 8000, 20, 160, refusal=_PASSED),
    Format("g723", ("g723", "g723sf"), "g723", 8000, 0, 240, refusal=_PASSED),
    Format("siren7", ("siren7",), "siren7", 16000, 80, 320, refusal=_PASSED),
    Format("siren14", ("siren14",), "siren14", 32000, 120, 640, refusal=_PASSED),
    Format("g719", ("g719",), "g719", 48000, 160, 960, refusal=_PASSED),
    Format("ogg", ("ogg",), "slin", 8000, 1024, 512, headerless=False, refusal=_YET),
    Format("spx", ("spx",), "speex", 8000, 0, 0, headerless=False, refusal=_YET),
    Format("spx16", ("spx16",), "speex16", 16000, 0, 0, headerless=False, refusal=_YET),
    Format("spx32", ("spx32",), "speex32", 32000, 0, 0, headerless=False, refusal=_YET),
    Format("mp3", ("mp3",), "slin", 8000, 320, 160, headerless=False, refusal=_YET),
    Format("opus", ("opus",), "slin48", 48000, 0, 0, headerless=False, refusal=_YET),
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
