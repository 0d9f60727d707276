"""What CSV and XLSX share: rows of cells below a header, in any order of columns, English or Russian."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicekit.errors import InputError
from voicekit.wordlists import Entry, Oddity, WordList, survey

Row = tuple[int, Sequence[str]]  # its line or row from 1, its cells

HEADER = ("id", "language", "text", "note", "adopted")
_NAMES = {
    "id": {"id", "name", "file", "prompt", "идентификатор", "имя", "файл", "имя файла"},
    "language": {"language", "lang", "язык"},
    "text": {"text", "words", "текст", "слова", "фраза"},
    "note": {"note", "notes", "comment", "примечание", "заметка", "комментарий"},
    "adopted": {"adopted", "готовый", "готовая запись"},
}
_YES = {"yes", "true", "1", "x", "+", "да"}
_NO = {"", "no", "false", "0", "-", "нет"}


def known(header: Iterable[str]) -> int:
    """How many cells of a would-be header name a column."""
    return sum(_column(name) != "" for name in header)


def read(path: Path, rows: Iterable[Row], found: Iterable[Oddity] = ()) -> WordList:
    """The entries below the header, which is the first row that is not empty.

    Raises InputError when no column holds ids. Ids and languages lose the white space around them; words
    and notes are kept as they are.
    """
    filled = (row for row in rows if any(cell.strip() for cell in row[1]))
    line, header = next(filled, (1, ()))
    oddities = [*found, *_odd_header(line, header)]
    columns = {name: place for place, name in reversed([*enumerate(map(_column, header))]) if name}
    if "id" not in columns:
        raise InputError(f"{path}:{line}: no column for ids; name the columns in the first row: {', '.join(HEADER)}")
    entries: list[Entry] = []
    for row in filled:
        oddities += _add(entries, _Row(*row, columns), len(header))
    return survey(entries, oddities)


def rows(entries: Sequence[Entry]) -> Iterator[tuple[str, ...]]:
    """The header, and a row for each entry. Unknown words are no text and `adopted`."""
    yield HEADER
    for entry in entries:
        adopted = "yes" if entry.adopted or entry.text is None else ""
        yield entry.id, entry.language, entry.text or "", entry.note, adopted


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: Sequence[str]
    columns: dict[str, int]

    def __getitem__(self, column: str) -> str:
        place = self.columns.get(column, len(self.cells))
        return self.cells[place] if place < len(self.cells) else ""


def _add(entries: list[Entry], row: _Row, width: int) -> Iterator[Oddity]:
    if any(cell.strip() for cell in row.cells[width:]):
        yield Oddity(row.line, "extra-cells", "more cells than the header: words with a delimiter need quotes")
    adopted = row["adopted"].strip().lower()
    if adopted not in _YES | _NO:
        yield Oddity(row.line, "unknown-value", f'adopted is yes or empty, not "{adopted}"; taken as empty')
    name = row["id"].strip()
    if not name:
        yield Oddity(row.line, "no-id", f"no id in a row with {' | '.join(filter(None, row.cells))}")
        return
    text = row["text"] or (None if adopted in _YES else "")
    entries.append(Entry(name, text, row["language"].strip(), row["note"], adopted in _YES, row.line))


def _odd_header(line: int, header: Sequence[str]) -> Iterator[Oddity]:
    seen = set()
    for cell in filter(str.strip, header):
        name = _column(cell)
        if not name:
            yield Oddity(line, "unknown-column", f'"{cell.strip()}" is none of {", ".join(HEADER)}; not read')
        elif name in seen:
            yield Oddity(line, "duplicate-column", f'"{cell.strip()}" is a second {name}; not read')
        seen.add(name)


def _column(cell: str) -> str:
    """The column that a cell of the header names; "" for none."""
    wanted = " ".join(cell.lower().split())
    return next((column for column, names in _NAMES.items() if wanted in names), "")
