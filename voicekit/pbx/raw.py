"""What is wrong with a file that Asterisk reads without a header."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from voicekit.formats import Format
from voicekit.formats.magic import magic
from voicekit.pbx.rules import Finding
from voicekit.pbx.wave_reader import ALAW, PCM, ULAW, layout

# Formats of which Asterisk drops a last unit that is cut short (docs/formats.md). Where the unit holds more than
# one frame of the codec (g726-32, g729), what it drops is sound, and may be wanted elsewhere.
_DROPPED = {"gsm", "ilbc", "siren7", "siren14", "g719"}
_HEARD_ELSEWHERE = {"g726-32", "g729"}
_ILBC_LINE = b"#!iLBC30\n"  # FFmpeg's and RTP's file header
_GSM_MAGIC = 0xD0  # upper half of each frame's first byte
_LOOKED_AT = 2000  # frames, 40 s
_KINDS = {"slin": (PCM, 2), "ulaw": (ULAW, 1), "alaw": (ALAW, 1)}  # tag and bytes a sample


def check(row: Format, file: BinaryIO) -> Iterator[Finding]:
    """The findings in `file`, whose extension says a headerless format."""
    file.seek(0)
    head = file.read(16)
    if what := magic(head):
        yield _header(row, file, head, what)
    else:
        yield from _frames(row, file)
    if row.codec == "g726" and row.name != "g726-32":
        yield Finding("g726-rate", f"Asterisk {row.asterisk}")
    if row.name == "sln44":
        yield Finding("sln44", f"Asterisk {row.asterisk}")


def payload(row: Format, file: BinaryIO) -> tuple[int, int] | None:
    """Where (start, stop in bytes) the whole frames lie that the extension promises; None when they can't be found."""
    stop = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(16)
    start = 0
    if head.startswith(b"RIFF"):
        found = layout(file)
        if found is None or found.fmt is None or found.missing:
            return None
        if (found.fmt.kind, found.fmt.width) != _kind(row) or (found.fmt.rate, found.fmt.channels) != (row.rate, 1):
            return None
        start, stop = found.offset, found.offset + found.present
    elif row.name == "ilbc" and head.startswith(_ILBC_LINE):
        start = len(_ILBC_LINE)
    elif magic(head):
        return None
    if row.name in _DROPPED:
        stop -= (stop - start) % row.frame_bytes
    return (start, stop) if stop > start else None


def _kind(row: Format) -> tuple[int, int] | None:
    return _KINDS.get("slin" if row.codec.startswith("slin") else row.codec)


def _header(row: Format, file: BinaryIO, head: bytes, what: str) -> Finding:
    code = "riff-in-raw" if head.startswith(b"RIFF") else "header-in-raw"
    detail = f"begins with {what}, which Asterisk plays as if it were {row.codec}: noise"
    return Finding(code, detail, mends=payload(row, file) is not None)


def _frames(row: Format, file: BinaryIO) -> Iterator[Finding]:
    size = file.seek(0, os.SEEK_END)
    if row.name not in _DROPPED | _HEARD_ELSEWHERE:
        return
    if size < row.frame_bytes:
        yield Finding("empty", f"{size} bytes: less than the {row.frame_bytes} of one frame")
    elif row.name == "gsm" and not _gsm(file):
        yield Finding("not-gsm", "not GSM 06.10 without header: callers hear noise")
    elif rest := size % row.frame_bytes:
        detail = f"the last {rest} bytes are no whole frame of {row.frame_bytes}: Asterisk drops them"
        yield Finding("truncated-frame", detail, mends=row.name in _DROPPED)


def _gsm(file: BinaryIO) -> bool:
    file.seek(0)
    data = file.read(_LOOKED_AT * 33)
    return all(first & 0xF0 == _GSM_MAGIC for first in data[::33])
