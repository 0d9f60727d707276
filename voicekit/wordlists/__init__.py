"""The kinds of file that carry prompts' words: one module a kind, each with `read` and `write`."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from voicekit.errors import InputError
from voicekit.wordlists.ids import check_id, check_language

_NOT_SPEECH = re.compile(r"\[[^\[\]]*\]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One prompt as a file names it.

    `text` None: a sound whose words nobody knows; "": a file that gives no words. `language` "": the file
    names none. `line` is where it begins (from 1; a row of a sheet); 0: from no file. It makes no difference.
    """

    id: str
    text: str | None
    language: str = ""
    note: str = ""
    adopted: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, order=True)
class Oddity:
    """What a reader should look at, never a reason to refuse the file. `code` is stable."""

    line: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class WordList:
    """What a file holds, in its order, and what is odd about it, by line."""

    entries: tuple[Entry, ...]
    oddities: tuple[Oddity, ...]


class Kind(Protocol):
    """A module that knows one kind of file.

    `read` raises InputError only for a file that can't be read at all; `write` replaces the file in one
    step and raises InputError for an entry that the kind can't carry.
    """

    def read(self, path: Path) -> WordList: ...

    def write(self, path: Path, entries: Sequence[Entry]) -> None: ...


KINDS = {".txt": "asterisk", ".txt.gz": "asterisk", ".csv": "delimited", ".xlsx": "xlsx"}


def kind_of(path: Path) -> Kind:
    """The kind that the extension names."""
    for extension, module in KINDS.items():
        if path.name.lower().endswith(extension):
            return cast("Kind", import_module(f"{__name__}.{module}"))  # openpyxl only when it is needed
    raise InputError(f"{path}: not a kind of word list; use {', '.join(KINDS)}")


def spoken(text: str) -> str:
    """The words that are to be heard: without `[...]`, white space folded, NFC. "" when there are none."""
    if "[" in text:
        text = _NOT_SPEECH.sub(" ", text)
    return unicodedata.normalize("NFC", " ".join(text.split()))


def survey(entries: Sequence[Entry], found: Iterable[Oddity] = ()) -> WordList:
    """The entries with all that is odd about them, beside the oddities `found` in the form of the file."""
    oddities = [*found]
    seen: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        oddities += (Oddity(entry.line, *odd) for odd in _odd(entry))
        first = seen.setdefault((entry.language, entry.id.lower()), entry)
        if first is not entry:
            code = "duplicate" if first.id == entry.id else "duplicate-case"
            oddities.append(Oddity(entry.line, code, f'"{entry.id}": line {first.line} has "{first.id}"'))
    return WordList(tuple(entries), tuple(sorted(oddities)))


def _odd(entry: Entry) -> Iterator[tuple[str, str]]:
    if reason := check_id(entry.id):
        yield "unsafe-id", f'id "{entry.id}" {reason}'
    if entry.language and (reason := check_language(entry.language)):
        yield "unsafe-language", f'language "{entry.language}" {reason}'
    if entry.text is None:
        return
    if not entry.text.strip():
        yield "no-words", f'"{entry.id}" has no words'
    elif not spoken(entry.text):
        yield "not-speech", f'"{entry.id}" is a sound, not speech: {entry.text}'
    if entry.text.lower().startswith(f"{entry.id.lower()}:"):
        yield "repeats-id", f'the words of "{entry.id}" begin with its id'
