"""CSV: RFC 4180 written, and what Excel saves read (`;` or tab, Windows-1251)."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from voicekit import fs
from voicekit.errors import InputError
from voicekit.wordlists import Entry, WordList, table
from voicekit.wordlists.decoding import BOM, text_of


def read(path: Path) -> WordList:
    """The entries of a CSV file with a header; the delimiter is the one that makes the most sense of it."""
    text, oddities = text_of(path)
    return table.read(path, _rows(path, text.removeprefix(BOM)), oddities)


def write(path: Path, entries: Sequence[Entry]) -> None:
    """Write UTF-8 with a BOM, without which Excel takes it for the local code page. No cell is altered."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(table.rows(entries))
    fs.write(path, codecs.BOM_UTF8 + buffer.getvalue().encode())


def _rows(path: Path, text: str) -> Iterator[table.Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:  # an open quote would swallow the rest of the file
        raise InputError(f"{path}:{line}: not valid CSV: {error}; see the quotes in this row") from error


def _delimiter(text: str) -> str:
    header = io.StringIO(text.lstrip(), newline=None).readline()
    return max(",;\t", key=lambda sign: table.known(_cells(header, sign)))


def _cells(header: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:  # said of the whole file when its rows are read
        return []
