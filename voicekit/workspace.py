"""A workspace: `voicekit.toml` and the folders around it. One a customer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from voicekit import catalogue, formats, fs, stores, targets, toml
from voicekit.errors import InputError
from voicekit.formats import Format
from voicekit.masters import Masters
from voicekit.stores import Store, address, verdicts
from voicekit.targets import Target
from voicekit.wordlists.ids import check_language

FILE = "voicekit.toml"
VERSION = 1
KEYS = {"version", "name", "reference_voice", "languages", "formats", "stores", "targets", "require_approval", "calls"}
PROMPTS = {"name", "reference_voice", "languages", "formats"}  # what a workspace has, and an archive has not


@dataclass(frozen=True, slots=True)
class Storage:
    """The stores that a `voicekit.toml` names, of a workspace or of an archive of recordings, which has no prompts."""

    root: Path
    stores: Mapping[str, str]

    @property
    def cache(self) -> Path:
        return self.root / ".voicekit"

    @property
    def verdicts(self) -> Path:
        return self.cache / "stores.json"

    def address(self, name: str) -> str:
        """Of the store that `voicekit.toml` gives this name; any address is its own. `InputError` for neither."""
        if name in self.stores:
            return self.stores[name]
        if ":" in name:
            return name
        known = toml.unknown("store", name, set(self.stores)) if self.stores else f'there is no store "{name}"'
        raise InputError(f"{self.root / FILE}: {known}; name one in [stores], or give its address: {address.FORM}")

    def reach(self, name: str) -> Store:
        """The store of this name or address, trusted as far as `voicekit store check` saw."""
        where = self.address(name)
        return stores.reach(where, self.root, verdicts.caps(self.verdicts, where))


@dataclass(frozen=True, slots=True)
class Workspace(Storage):
    """Where everything lies, and what `voicekit.toml` says."""

    name: str
    reference_voice: str
    languages: tuple[str, ...]
    formats: tuple[Format, ...]
    targets: Mapping[str, Target]
    require_approval: bool

    @property
    def masters(self) -> Masters:
        return Masters(self.root / "masters", self.staging)

    @property
    def sounds(self) -> Path:
        return self.root / "build" / "sounds"

    @property
    def manifest(self) -> Path:
        return self.root / "build" / "manifest.jsonl"

    @property
    def lock(self) -> Path:
        return self.root / "voicekit.lock"

    @property
    def approvals(self) -> Path:
        return self.root / "approvals.jsonl"

    @property
    def voice(self) -> Path:
        return self.root / "voices" / self.reference_voice

    @property
    def staging(self) -> Path:
        return self.cache / "tmp"

    @property
    def pushed(self) -> Path:
        return self.cache / "pushed.json"

    def elsewhere(self, name: str) -> Store:
        """The store that is meant when one away from here is: the one named, else the only one of [stores]."""
        if not name and len(self.stores) != 1:
            known = f"of {', '.join(self.stores)}" if self.stores else f"in [stores] of {self.root / FILE}"
            raise InputError(f"which store? Say --store, one {known}, or an address: {address.FORM}")
        return self.reach(name or next(iter(self.stores)))

    def aims(self, names: Sequence[str]) -> list[Target]:
        """The targets of these names, in their order; all that there are when none is named."""
        if not self.targets:
            raise InputError(f"{self.root / FILE}: there is no target yet; add [targets.NAME], see docs/deploy.md")
        for name in names:
            if name not in self.targets:
                raise InputError(f"{self.root / FILE}: {toml.unknown('target', name, set(self.targets))}")
        return [self.targets[name] for name in dict.fromkeys(names or self.targets)]

    def shelf(self) -> Store:
        """The workspace's own store, in the folder `store`: releases lie there as in any other."""
        folder = self.root / "store"
        folder.mkdir(exist_ok=True)
        return stores.reach(f"file:{quote(str(folder))}")

    def catalogue(self) -> catalogue.Catalogue:
        """All prompts; raises `InputError` with a line for each thing wrong."""
        return catalogue.load(self.root, self.languages)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the run lock of this workspace and sweep what a killed run left; `LockedError` when it is held."""
        with fs.exclusive(self.cache / "lock", f"the workspace {self.root}"):
            fs.sweep(self.staging)
            yield


def find(start: Path) -> Workspace:
    """The workspace that `start` is in: the nearest folder upwards with a `voicekit.toml`."""
    return load(toml.folder(start, FILE))


def storage(start: Path) -> Storage:
    """The workspace that `start` is in, or the stores of the archive."""
    root = toml.folder(start, FILE)
    document = toml.read(root / FILE)
    if "calls" not in document.data or PROMPTS & document.data.keys():
        return load(root)
    document.only(document.data, KEYS)
    return Storage(root, _stores(document))


def load(root: Path) -> Workspace:
    """Read and check `voicekit.toml`; an unknown key or a wrong value is refused with file and line."""
    document = toml.read(root / FILE)
    data = document.data
    document.only(data, KEYS)
    if _needed(document, "version", int) != VERSION:
        raise document.wrong(f"version {data['version']} is not known to this voicekit (it knows {VERSION})", "version")
    languages = _names(document, "languages")
    for language in languages:
        if reason := check_language(language):
            raise document.wrong(f'"{language}" {reason}', "languages")
    reference = _needed(document, "reference_voice", str)
    voices = {path.parent.name for path in root.glob("voices/*/voice.toml")}
    if reference not in voices:
        raise document.wrong(toml.unknown("voice", reference, voices) + " (folders in voices/)", "reference_voice")
    name = _needed(document, "name", str)
    return Workspace(
        root,
        _stores(document),
        name,
        reference,
        languages,
        _formats(document),
        targets.read(document),
        bool(document.take(document.data, "require_approval", bool)),
    )


def _stores(document: toml.Document) -> Mapping[str, str]:
    found = document.take(document.data, "stores", dict) or {}
    for name in found:
        text = document.take(found, name, str, "stores")
        try:
            address.parse(text)
        except InputError as error:
            raise document.wrong(str(error), "stores", name) from error
    return found


def _formats(document: toml.Document) -> tuple[Format, ...]:
    chosen = []
    for name in _names(document, "formats"):
        try:
            row = formats.pick(name)
        except InputError as error:
            raise document.wrong(str(error), "formats") from error
        if row.refusal:
            raise document.wrong(f"{name} can't be written: {row.refusal}", "formats")
        chosen.append(row)
    for one, other in formats.same_codec(chosen):
        raise document.wrong(
            f"{one.name} and {other.name} hold the same codec, and which of two such files Asterisk plays depends "
            f"on the machine; keep one of them",
            "formats",
        )
    return tuple(chosen)


def _names(document: toml.Document, key: str) -> tuple[str, ...]:
    names = _needed(document, key, list)
    if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        raise document.wrong(f"{key} must be a list of different names in quotes", key)
    return tuple(names)


def _needed(document: toml.Document, key: str, kind: type) -> Any:
    value = document.take(document.data, key, kind)
    if not value:
        raise InputError(f"{document.path}: {key} is missing; see docs/workspace.md")
    return value


def template(name: str, languages: tuple[str, ...], format_names: tuple[str, ...], voice: str) -> str:
    """The text of a new `voicekit.toml`."""
    values: Mapping[str, Any] = {"languages": languages, "formats": format_names}
    lists = {key: f"[{', '.join(toml.quote(item) for item in items)}]" for key, items in values.items()}
    return f"""\
version = {VERSION}
name = {toml.quote(name)}

# The one voice that speaks here: a folder in voices/.
reference_voice = {toml.quote(voice)}

# Folders in prompts/, and Asterisk's language folders.
languages = {lists["languages"]}

# One file a codec and prompt; `voicekit formats` explains each.
formats = {lists["formats"]}
"""
