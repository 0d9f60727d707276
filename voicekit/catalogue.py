"""All prompts of a workspace: `prompts/<lang>/<set>.toml`, a table for each prompt.

["custom/main-menu"]
text = "Press one for sales."    # the words; what stands in [brackets] is not spoken
adopted = true                   # an existing sound, never spoken over; its words may be unknown
note = "For people; changes no sound."
parts = ["custom/greeting"]      # in place of a text: composed of others, maybe with `music`; see `pieces`
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import Any

from voicekit import fs, pieces, toml
from voicekit.errors import InputError
from voicekit.pieces import Music, Pause, Piece
from voicekit.wordlists import Entry, spoken
from voicekit.wordlists.ids import check_id, check_language

FOLDER = "prompts"
VERSION = 1
KEYS = {"text", "note", "adopted"} | pieces.KEYS
_SHOWN = 20  # problems named in one error


@dataclass(frozen=True, slots=True)
class Prompt:
    """A sound that the dialplan plays by `id`, in one language.

    `text` None: it is composed of `parts`, or nobody knows its words, then it is adopted; "": nothing is to be
    spoken. `pieces` is what the parts come to: prompts that are not composed themselves, and pauses.
    """

    id: str
    language: str
    text: str | None
    adopted: bool
    note: str
    set: str  # stem of its file
    path: Path  # of the set file
    parts: tuple[Piece, ...] = ()
    music: Music | None = None
    pieces: "tuple[Prompt | Pause, ...]" = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.language, self.id

    @property
    def words(self) -> str | None:
        """The text, or that of all pieces; the id of one whose words nobody knows stands in [brackets]."""
        if not self.parts:
            return self.text
        return " ".join(one.text or f"[{one.id}]" for one in self.pieces if isinstance(one, Prompt))

    @property
    def speech(self) -> str:
        """The words to be spoken, NFC, white space folded, without `[...]`; "" when there are none."""
        return spoken(self.text or "")

    @property
    def not_speech(self) -> bool:
        """Whether the text only describes a sound: `[ascending tones]`."""
        return bool(self.text and self.text.strip()) and not self.speech


class Catalogue(Mapping[tuple[str, str], Prompt]):
    """The prompts by (language, id), sorted, immutable."""

    def __init__(self, prompts: Iterable[Prompt]) -> None:
        ordered = sorted(prompts, key=lambda prompt: prompt.key)
        self._prompts = MappingProxyType({prompt.key: prompt for prompt in ordered})

    def __getitem__(self, key: tuple[str, str]) -> Prompt:
        return self._prompts[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._prompts)

    def __len__(self) -> int:
        return len(self._prompts)

    def find(self, ids: Sequence[str] = (), language: str | None = None) -> tuple[Prompt, ...]:
        """The prompts whose id is one of `ids` or matches it as a glob (`custom/*`); all for no `ids`.

        `language` None: in every language, but `ru/custom/menu` is the Russian one. In the catalogue's order, each
        once. Raises InputError for one of `ids` that is nowhere.
        """
        there = [prompt for prompt in self._prompts.values() if language in (None, prompt.language)]
        wanted = {key for pattern in ids for key in _matching(pattern, there, language)}
        return tuple(prompt for prompt in there if not ids or prompt.key in wanted)


def _matching(pattern: str, prompts: Sequence[Prompt], language: str | None) -> Iterator[tuple[str, str]]:
    """Keys of the prompts that a pattern means."""
    names = {prompt.id for prompt in prompts}
    head, _, rest = pattern.partition("/")
    if pattern not in names and rest and head in {prompt.language for prompt in prompts}:
        yield from _matching(rest, [prompt for prompt in prompts if prompt.language == head], head)
        return
    found = {pattern} & names or {name for name in names if fnmatchcase(name, pattern)}
    if not found:
        where = "in the catalogue" if language is None else f'in "{language}"'
        hint = pieces.nearest(pattern, names) or f"see the files in {FOLDER}/"
        raise InputError(f'no prompt "{pattern}" {where}; {hint}')
    yield from (prompt.key for prompt in prompts if prompt.id in found)


_Found = tuple[toml.Document, Prompt]


def load(root: Path, languages: Sequence[str]) -> Catalogue:
    """Read all set files of the workspace `root`.

    Raises one InputError for all that is wrong in them, a line each, the first 20 in full.
    """
    prompts: dict[tuple[str, str], Prompt] = {}
    documents: dict[Path, toml.Document] = {}
    problems: list[str] = []
    for found in _everything(root / FOLDER, languages):
        if isinstance(found, InputError):
            problems.append(str(found))
            continue
        document, prompt = found
        documents[prompt.path] = document
        twin = prompts.setdefault((prompt.language, prompt.id.lower()), prompt)
        if twin is not prompt:
            problems.append(_clash(document, prompt, documents[twin.path], twin))
    problems += _compose(prompts, documents)
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise InputError("\n".join(problems[:_SHOWN] + more))
    return Catalogue(prompts.values())


def _clash(document: toml.Document, prompt: Prompt, other: toml.Document, twin: Prompt) -> str:
    case = "" if twin.id == prompt.id else f' as "{twin.id}", and ids differ by more than case'
    message = f'"{prompt.id}" stands in {other.at(twin.id)} too{case}; keep one of the two'
    return str(document.wrong(message, prompt.id))


def _compose(prompts: dict[tuple[str, str], Prompt], documents: Mapping[Path, toml.Document]) -> Iterator[str]:
    """Give those that have parts the pieces that these come to; yields what is wrong with them."""
    for language in sorted({prompt.language for prompt in prompts.values() if prompt.parts}):
        beside = {prompt.id: prompt for prompt in prompts.values() if prompt.language == language}
        for name, prompt in beside.items():
            try:
                if prompt.parts:
                    prompts[language, name.lower()] = replace(prompt, pieces=pieces.flat(name, beside))
            except InputError as error:
                yield str(documents[prompt.path].wrong(str(error), name, "parts"))


def _everything(folder: Path, languages: Sequence[str]) -> Iterator[_Found | InputError]:
    """Every prompt and every problem, file by file."""
    for path in sorted(path for depth in ("", "*/", "*/*/") for path in folder.glob(f"{depth}*.[Tt][Oo][Mm][Ll]*")):
        language = path.parent.name
        if path.name.startswith("."):  # what editors leave
            continue
        if path.suffix != ".toml":
            yield InputError(f"{path}: not read; rename it to {path.name[: path.name.lower().index('.toml')]}.toml")
        elif path.parent.parent != folder:
            yield InputError(f"{path}: not read here; move it to {folder}/<language>/{path.name}")
        elif language not in languages:
            unknown = toml.unknown("language", language, set(languages))
            yield InputError(f"{path}: {unknown}; rename the folder or add it to the languages in voicekit.toml")
        else:
            yield from _prompts(path, language)


def _prompts(path: Path, language: str) -> Iterator[_Found | InputError]:
    try:
        document = toml.read(path)
        tables = _tables(document)
    except InputError as error:
        yield _explained(path, error)
        return
    for name, table in tables.items():
        try:
            yield document, _prompt(document, language, name, table)
        except InputError as error:
            yield error


def _tables(document: toml.Document) -> dict[str, Any]:
    """What stands at the top of a set file, without its version."""
    tables = dict(document.data)
    if not isinstance(tables.get("version", {}), dict):
        version = document.take(tables, "version", int)
        if version != VERSION:
            raise document.wrong(f"version {version} is not known; this voicekit reads version {VERSION}", "version")
        del tables["version"]
    return tables


def _prompt(document: toml.Document, language: str, name: str, table: Any) -> Prompt:
    if not isinstance(table, dict):
        raise document.wrong(f'"{name}" belongs to no prompt; put it below an ["id"]', name)
    if reason := check_id(name):
        raise document.wrong(f'id "{name}" {reason}', name)
    document.only(table, KEYS, name)
    text = document.take(table, "text", str, name)
    adopted = document.take(table, "adopted", bool, name) or False
    note = document.take(table, "note", str, name) or ""
    parts, music = pieces.read(document, table, name)
    if text is None and not (adopted or parts):
        raise document.wrong(f'"{name}" has no words: give it a text, or adopted = true for an existing sound', name)
    return Prompt(name, language, text, adopted, note, document.path.stem, document.path, parts, music)


def _explained(path: Path, error: InputError) -> InputError:
    """The error of a file that is not TOML, in terms of prompts when it is one of the two usual slips."""
    place = re.match(rf"{re.escape(str(path))}:(\d+): not valid TOML: (Cannot declare)?", str(error))
    if not place:
        return error
    text = fs.read_bounded(path, toml.LIMIT).decode("utf-8-sig")
    header = text.split("\n")[int(place.group(1)) - 1].strip()
    if place.group(2) and (name := _name_in(header)):
        first = toml.Document(path, {}, text).at(name)
        return InputError(f'{path}:{place.group(1)}: "{name}" stands in {first} too; keep one of the two')
    if "/" in header and re.fullmatch(r"\[[^\"'\[\]]*\]", header):
        return InputError(f'{path}:{place.group(1)}: an id with / stands in quotes: ["{header[1:-1]}"]')
    return error


def _name_in(header: str) -> str:
    """The one name in a table's header, "" when there is no such."""
    try:
        return next(iter(tomllib.loads(header)), "")
    except tomllib.TOMLDecodeError:
        return ""


def set_path(root: Path, language: str, name: str) -> Path:
    """Where the set `name` of a language is kept. Raises InputError for a name that is no file's name."""
    if "/" in name or check_id(name):
        raise InputError(f'"{name}" can\'t name a set; use A-Z, a-z, 0-9, _ and -')
    return root / FOLDER / language / f"{name}.toml"


def dump(prompts: Iterable[Prompt]) -> str:
    """A set file with these prompts in their order; `load` gives them back."""
    return "\n".join(map(_table, prompts))


def _table(prompt: Prompt) -> str:
    lines = [f"[{toml.quote(prompt.id)}]"]
    if prompt.text is not None:
        lines.append(f"text = {toml.quote(prompt.text)}")
    if prompt.adopted:
        lines.append("adopted = true")
    lines += pieces.lines(prompt.parts, prompt.music)
    if prompt.note:
        lines.append(f"note = {toml.quote(prompt.note)}")
    return "\n".join(lines) + "\n"


def append(path: Path, prompts: Sequence[Prompt]) -> None:
    """Add prompts at the end of a set file, or begin it; what is there stays byte for byte.

    Raises InputError when the file is not TOML or has one of the ids, also in other capitals.
    """
    data = b""
    if path.exists():
        document = toml.read(path)
        taken = {name.lower(): name for name in document.data}
        if clash := next((taken[p.id.lower()] for p in prompts if p.id.lower() in taken), None):
            raise document.wrong(f'"{clash}" is here already; change it by hand', clash)
        data = fs.read_bounded(path, toml.LIMIT)
    end = b"\r\n" if b"\r\n" in data else b"\n"
    gap = b"" if not data else end if data.endswith(b"\n") else end * 2
    fs.write(path, data + gap + dump(prompts).encode().replace(b"\n", end))


def mark_adopted(path: Path, ids: Iterable[str]) -> None:
    """Say of prompts of a set file that their sounds came as they are (`adopted = true`); all else stays.

    Raises `InputError` when one is not there as a table of its own.
    """
    document = toml.read(path)
    lines = fs.read_bounded(path, toml.LIMIT).decode("utf-8").splitlines(keepends=True)
    places = []
    for name in ids:
        place = document.at(name).removeprefix(f"{path}:")
        table = document.data.get(name, {})
        if not place.isdecimal() or "adopted" in table or not lines[int(place) - 1].lstrip().startswith("["):
            raise document.wrong(f'"{name}" is no table that can be added to; write adopted = true by hand', name)
        places.append(int(place))
    for number in sorted(places, reverse=True):
        line = lines[number - 1]
        end = "\r\n" if line.endswith("\r\n") else "\n"
        lines[number - 1] = line.rstrip("\r\n") + end
        lines.insert(number, f"adopted = true{end}")
    fs.write(path, "".join(lines).encode())


def to_entries(prompts: Iterable[Prompt]) -> tuple[Entry, ...]:
    """The prompts as a word list carries them: without their sets, and composed ones by their words."""
    return tuple(Entry(p.id, p.words, p.language, p.note, adopted=p.adopted) for p in prompts)


def from_entries(entries: Iterable[Entry], root: Path, set_name: str, language: str = "") -> tuple[Prompt, ...]:
    """Prompts of one set from a word list; `language` is for entries that name none.

    Raises InputError for an id or a language that is not safe: leave those out before.
    """
    return tuple(_from_entry(entry, root, set_name, entry.language or language) for entry in entries)


def _from_entry(entry: Entry, root: Path, set_name: str, language: str) -> Prompt:
    if reason := check_id(entry.id):
        raise InputError(f'line {entry.line}: id "{entry.id}" {reason}')
    if reason := check_language(language):
        raise InputError(f'line {entry.line}: language "{language}" {reason}')
    adopted = entry.adopted or entry.text is None
    path = set_path(root, language, set_name)
    return Prompt(entry.id, language, entry.text, adopted, entry.note, set_name, path)
