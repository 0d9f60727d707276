"""What is written at the head of a file: is it what the extension promises to Asterisk, which never looks?"""

import struct
from collections.abc import Iterator

from voicekit.formats import Format
from voicekit.formats.magic import magic
from voicekit.pbx.rules import Finding

HEAD = 256  # bytes; enough for each header that is looked at here

_WANTED = {"wav": b"RIFF", "wav16": b"RIFF", "wav49": b"RIFF", "au": b".snd", "ogg": b"OggS",
           "spx": b"OggS", "spx16": b"OggS", "spx32": b"OggS", "opus": b"OggS"}  # fmt: skip
_AU = struct.Struct(">4sIIIII")  # magic, offset and size of the sound, encoding, Hz, channels
_AU_ULAW = 1
_LACING = 26  # where an Ogg page counts the bytes of lengths that follow; then comes the first packet
_WAV49 = struct.Struct("<4xI H H I")  # fmt chunk: its size, tag, channels, Hz


def sniff(head: bytes) -> str:
    """What the first bytes of a file say that it is; "" when they say nothing."""
    if head[4:8] == b"ftyp":
        return "MP4 (M4A)"
    # MPEG audio: 11 bits of sync and layer III. As u-law it would be silence: never ask it of a headerless file.
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return "MP3"
    return magic(head)


def foreign(row: Format, head: bytes) -> Finding | None:
    """A file in another container than Asterisk's reader for `row` takes."""
    wanted = _WANTED.get(row.name)
    if wanted is None or head.startswith(wanted):
        return None
    found = sniff(head)
    detail = f"begins with {found}" if found else "its header is that of no sound"
    return Finding("wrong-container", f"{detail}; Asterisk wants {wanted.decode().strip()} in a .{row.extensions[0]}")


def au(row: Format, head: bytes) -> Iterator[Finding]:
    """Asterisk's reader of .au takes u-law, 8000 Hz, mono."""
    if len(head) < _AU.size:
        yield Finding("empty", "no more than a header")
        return
    _, _, _, encoding, rate, channels = _AU.unpack_from(head)
    if encoding != _AU_ULAW:
        yield Finding("wrong-encoding", f"encoding {encoding} of Sun audio; Asterisk takes {_AU_ULAW}, u-law")
    yield from shape(row, rate, channels)


def ogg(row: Format, head: bytes) -> Iterator[Finding]:
    """Asterisk takes Vorbis at 8000 Hz in .ogg, Speex at the extension's rate in .spx*, mono each; Opus in .opus."""
    lengths = head[_LACING] if len(head) > _LACING else 0
    packet = head[_LACING + 1 + lengths :]
    if row.name == "ogg" and packet.startswith(b"\x01vorbis"):
        channels, rate = struct.unpack_from("<BI", packet.ljust(16, b"\0"), 11)
        yield from shape(row, rate, channels)
    elif row.codec.startswith("speex") and packet.startswith(b"Speex   "):
        rate, channels, frames = struct.unpack_from("<I8xI12xI", packet.ljust(68, b"\0"), 36)
        yield from shape(row, rate, channels)
        if frames != 1:
            yield Finding("wrong-encoding", f"{frames} frames a packet; Asterisk takes one")
    elif not (row.name == "opus" and packet.startswith(b"OpusHead")):
        yield Finding("wrong-encoding", f"no {_OGG.get(row.codec, 'Speex')} in this Ogg file")


_OGG = {"slin": "Vorbis", "slin48": "Opus"}


def wav49(row: Format, head: bytes) -> Iterator[Finding]:
    """Asterisk's reader wants a fmt chunk of 20 bytes, `fact`, and `data` at byte 52, and spoils what it reads."""
    size, tag, channels, rate = _WAV49.unpack_from(head.ljust(60, b"\0"), 12)
    if size == 20 and tag == 49 and head[40:44] == b"fact" and head[52:56] == b"data":
        yield Finding("wav49", f"Asterisk {row.asterisk}")
        yield from shape(row, rate, channels)
    elif tag == 49:
        yield Finding("wav49-layout", "GSM, but with other chunks than Asterisk takes: it refuses the file")
    else:
        detail = f"holds no GSM (format {tag:#x}), which is what Asterisk takes a .{row.extensions[0]} for"
        yield Finding("wav49-layout", detail)


def shape(row: Format, rate: int, channels: int) -> Iterator[Finding]:
    """Asterisk plays mono at the one rate that the extension says, and refuses the rest."""
    if channels != 1:
        yield Finding("stereo", f"{channels} channels; Asterisk plays mono only")
    if rate != row.rate:
        yield Finding("wrong-rate", f"{rate} Hz; Asterisk takes only {row.rate} Hz in a .{row.extensions[0]}")
