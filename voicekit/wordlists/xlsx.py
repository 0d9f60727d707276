"""XLSX: the first sheet, every cell as text."""

import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula

from voicekit import fs
from voicekit.errors import InputError
from voicekit.wordlists import Entry, Oddity, WordList, table
from voicekit.wordlists.decoding import LIMIT

_ROWS, _COLUMNS = 1_048_576, 26  # Excel's most rows; a cell that claims to stand further off costs nothing
_MOST_CELLS = 500_000
_CELL = re.compile(rb"<c[ />]")
_LONGEST = 32_767  # characters of a cell; openpyxl would cut without a word
_WIDTHS = {"id": 32, "language": 10, "text": 80, "note": 32, "adopted": 10}  # in characters
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML 1.0, production 2 Char


def read(path: Path) -> WordList:
    """The entries of the first sheet. A formula is an oddity, and what it came to when the file was saved; nothing is
    ever evaluated here.
    """
    with _readable(path):
        size = _unpacked(path)
    if size > LIMIT:
        raise InputError(f"{path}: unpacks to more than {LIMIT} bytes; this can't be the right file")
    with _readable(path):
        cells = _cells(path)
    if cells > _MOST_CELLS:
        raise InputError(f"{path}: has {cells} cells; {_MOST_CELLS} are the most that a list of prompts can have")
    with _readable(path), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # openpyxl's, of styles and validations it drops
        rows, oddities = _rows(path)
    return table.read(path, rows, oddities)


def write(path: Path, entries: Sequence[Entry]) -> None:
    """Write one sheet of text cells, also those that begin with `=`. A line end within becomes LF."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("prompts")
    sheet.freeze_panes = "A2"
    for place, column in enumerate(table.HEADER, 1):
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS[column]
    rows = [[_carried(path, cell) for cell in row] for row in table.rows(entries)]
    for number, row in enumerate(rows):
        sheet.append([_cell(sheet, text, bold=number == 0) for text in row])
    with fs.replacing(path) as file:
        book.save(file)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Any failure within is the file's: openpyxl answers a broken one with a KeyError, a TypeError ..."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except Exception as error:
        raise InputError(f"{path}: not a workbook that can be read ({error}); save it as .xlsx again") from error


def _unpacked(path: Path) -> int:
    """Bytes that the parts declare to unpack to; zipfile reads no more of a part than it declares."""
    with zipfile.ZipFile(path) as parts:
        return sum(part.file_size for part in parts.infolist())


def _cells(path: Path) -> int:
    """How many cells the sheets have: openpyxl makes some 300 bytes of each, a row at a time, however long it is."""
    with zipfile.ZipFile(path) as parts:
        sheets = [part for part in parts.namelist() if part.startswith("xl/worksheets/") and part.endswith(".xml")]
        return sum(_count(parts, name) for name in sheets)


def _count(parts: zipfile.ZipFile, name: str) -> int:
    found, tail = 0, b""
    with parts.open(name) as sheet:
        while block := sheet.read(fs.CHUNK):
            found += len(_CELL.findall(tail + block))
            tail = (tail + block)[-2:]
    return found


def _rows(path: Path) -> tuple[list[table.Row], list[Oddity]]:
    rows: list[table.Row] = []
    oddities: list[Oddity] = []
    # openpyxl gives formulas or what they came to, and leaves a broken file open that it has opened itself.
    with path.open("rb") as file, path.open("rb") as again:
        written, saved = _sheet(file, values=False), _sheet(again, values=True)
        for number, (cells, values) in enumerate(zip(written, saved, strict=True), 1):
            if any(cell.value is not None for cell in cells):
                rows.append((number, [_text(cell.value) for cell in values]))
                formulas = [(cell, value) for cell, value in zip(cells, values, strict=True) if cell.data_type == "f"]
                oddities += [_formula(number, *formula) for formula in formulas]
    return rows, oddities


def _sheet(file: BinaryIO, *, values: bool) -> Iterator[Sequence[Any]]:
    book = openpyxl.load_workbook(file, read_only=True, data_only=values)
    # With the bounds given, a wrong <dimension> (some programs write "A1") hides no cells.
    return iter(book.worksheets[0].iter_rows(max_row=_ROWS, max_col=_COLUMNS))


def _text(value: Any) -> str:
    # Excel writes a CR as _x000D_ and openpyxl leaves it so.
    return "" if value is None else str(value).replace("_x000D_", "")


def _formula(number: int, cell: Any, saved: Any) -> Oddity:
    formula = _text(cell.value.text if isinstance(cell.value, ArrayFormula) else cell.value)
    if saved.value is None:
        detail = f"{formula} has no value in the file and counts as empty; open it in a spreadsheet and save it"
    else:
        detail = f"{formula} is taken as what it came to when the file was saved: {_text(saved.value)}"
    return Oddity(number, "formula", detail)


def _carried(path: Path, text: str) -> str:
    if len(text) > _LONGEST:
        raise InputError(f"{path}: a cell holds {_LONGEST} characters at the most, not {len(text)}: {text[:40]} ...")
    if illegal := _ILLEGAL.search(text):
        raise InputError(f"{path}: a cell can't hold the character {illegal.group()!r}: {text[:40]!r}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cell(sheet: Any, text: str, *, bold: bool) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # openpyxl has taken a leading = for a formula, #N/A for an error
    cell.number_format = "@"  # text, so that Excel takes it for text too when it is edited
    if bold:
        cell.font = Font(bold=True)
    return cell
