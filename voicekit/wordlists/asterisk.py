"""Asterisk's own list beside its sounds: `name: text` (docs/formats.md, Asterisk's main/media_index.c).

It carries one language, ids and words; no notes, and no difference between no words and unknown words.
"""

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path

from voicekit import fs
from voicekit.errors import InputError
from voicekit.wordlists import Entry, Oddity, WordList, survey
from voicekit.wordlists.decoding import BOM, text_of
from voicekit.wordlists.ids import check_id

_BUFFER = 2048  # bytes that Asterisk gives a line with its end and a NUL; it skips a longer one
_Draft = tuple[int, str, list[str]]  # line, id, words line by line


def read(path: Path) -> WordList:
    """The entries of a `core-sounds-xx.txt` or `.txt.gz`; `[...]` stays in the text."""
    text, oddities = text_of(path)
    if text.startswith(BOM):
        oddities.append(Oddity(1, "bom", "begins with a BOM, which Asterisk takes for a part of the first line"))
    drafts: list[_Draft] = []
    for number, line in enumerate(_lines(text.removeprefix(BOM)), 1):
        oddities += _add(drafts, number, line)
    entries = [Entry(name, " ".join(filter(None, words)), line=number) for number, name, words in drafts]
    return survey(entries, oddities)


def _add(drafts: list[_Draft], number: int, line: str) -> Iterator[Oddity]:
    """Add what one line says to the drafts."""
    if line.startswith(";") or not line.strip():
        return
    if len(line.encode()) >= _BUFFER - 1:
        yield Oddity(number, "long-line", f"longer than {_BUFFER - 2} bytes: Asterisk skips it")
    name, colon, text = (part.strip() for part in line.partition(":"))
    if colon and name:
        drafts.append((number, name, [text]))
    elif colon:
        yield Oddity(number, "no-id", f"nothing before the colon: {line.strip()}")
    elif drafts:
        drafts[-1][2].append(name)
    else:
        yield Oddity(number, "orphan-line", f"continues nothing: {name}")


def write(path: Path, entries: Sequence[Entry]) -> None:
    """Write the entries of one language, one a line, as UTF-8 without BOM; gzip when the path ends in .gz.

    White space around the words goes, and a line end within them becomes a space.
    """
    languages = sorted({entry.language for entry in entries})
    if len(languages) > 1:
        raise InputError(f"{path}: holds one language, not {', '.join(languages)}; write one file for each")
    data = "".join(_line(path, entry) for entry in entries).encode()
    fs.write(path, gzip.compress(data, mtime=0) if path.name.lower().endswith(".gz") else data)


def _line(path: Path, entry: Entry) -> str:
    if reason := check_id(entry.id):
        raise InputError(f'{path}: id "{entry.id}" {reason}')
    words = " ".join(line.strip() for line in _lines(entry.text or "")).strip()
    return f"{entry.id}: {words}".rstrip() + "\n"


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
