"""Bytes of a text file to text, without a size, a compression or an encoding that hurts."""

import codecs
import gzip
import io
import zlib
from pathlib import Path

from voicekit import fs
from voicekit.errors import InputError
from voicekit.wordlists import Oddity

LIMIT = 64 << 20  # bytes, also after decompression
BOM = "\ufeff"
_GZIP = b"\x1f\x8b"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # Excel's "Unicode text"


def text_of(path: Path) -> tuple[str, list[Oddity]]:
    """The text of a file (plain or gzip, at most 64 MiB), a BOM and line ends as they are.

    UTF-16 is known by its BOM, which goes. A line that is not UTF-8 is read as Windows-1251, in which a Russian Excel
    saves, and told as an oddity. Raises InputError for a line that is neither.
    """
    data = fs.read_bounded(path, LIMIT)
    if data.startswith(_GZIP):
        data = _gunzip(path, data)
    if data.startswith(_UTF16):
        return _utf16(path, data), []
    try:
        return data.decode(), []
    except UnicodeDecodeError:
        return _line_by_line(path, data)


def _gunzip(path: Path, data: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as file:
            plain = file.read(LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: not a whole gzip file: {error}") from error
    if len(plain) > LIMIT:
        raise InputError(f"{path}: unpacks to more than {LIMIT} bytes; this can't be the right file")
    return plain


def _utf16(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: begins as UTF-16 and is none at byte {error.start}; save it as UTF-8") from error


def _line_by_line(path: Path, data: bytes) -> tuple[str, list[Oddity]]:
    lines, foreign = [], []
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            lines.append(line.decode())
        except UnicodeDecodeError:
            lines.append(_cyrillic(path, number, line))
            foreign.append(number)
    detail = f"{len(foreign)} lines from here on are not UTF-8 and read as Windows-1251; check their words"
    return "\n".join(lines), [Oddity(foreign[0], "bad-encoding", detail)]


def _cyrillic(path: Path, number: int, line: bytes) -> str:
    try:
        return line.decode("cp1251")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}:{number}: neither UTF-8 nor Windows-1251; save the file as UTF-8") from error
