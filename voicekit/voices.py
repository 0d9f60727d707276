"""A Voice: `voices/<name>/voice.toml` and the lexicon beside it."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from voicekit import toml
from voicekit.audio.recipe import Finish
from voicekit.errors import InputError
from voicekit.lock import digest
from voicekit.text import lexicon
from voicekit.text.lexicon import Lexicon
from voicekit.wordlists.ids import check_language

VERSION = 1
HUMAN = "human"  # the "engine" of a voice that only a person can add words to
KEYS = {
    "version", "engine", "description", "licence", "consent", "stand_in", "languages", "settings", "service", "finish",
}  # fmt: skip
FINISH_KEYS = {field.name for field in fields(Finish)}
MATCH = "match:"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Which of the engine's voices speaks a language, and who that is to the ear.

    `sha256` pins the file that `voice` is, for engines whose voices are files; `reference` is the recording that a
    cloning engine imitates. Files lie in the voice's folder.
    """

    voice: str
    name: str
    sha256: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Permission:
    """What one may do with a voice (`licence`), or that a person agreed to be it (`consent`)."""

    name: str  # of the licence, or of the person
    url: str = ""
    date: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """A profile. `finish` is what the file says; where `match` names a folder, its level is still to be measured.

    `settings` are what one hears, and changing one speaks all prompts again; `service` is how the engine is reached.
    """

    folder: Path
    engine: str
    description: str
    licence: Permission
    consent: Permission | None
    stand_in: str
    speakers: Mapping[str, Speaker]
    settings: Mapping[str, Any]
    service: Mapping[str, Any]
    finish: Finish
    match: Path | None
    lexicon: Lexicon
    document: toml.Document

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def human(self) -> bool:
        return self.engine == HUMAN

    @property
    def people(self) -> tuple[str, ...]:
        """The different speakers behind this one name; more than one is said aloud wherever the voice is shown."""
        return tuple(dict.fromkeys(speaker.name for speaker in self.speakers.values()))

    def speaker(self, language: str) -> Speaker | None:
        """Who speaks a language: `en_GB` falls back to `en` as in Asterisk's own search."""
        parts = language.split("_")
        names = ("_".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((self.speakers[name] for name in names if name in self.speakers), None)

    def identity(self, language: str) -> str:
        """Digest of engine and engine voice: the voice part of a speech hash. Versions do not enter."""
        speaker = self.speaker(language)
        if speaker is None:
            return digest(self.engine, "")
        return digest(self.engine, speaker.voice, *filter(None, (speaker.sha256, speaker.reference)))

    def settings_digest(self) -> str:
        return digest(json.dumps(self.settings, sort_keys=True, ensure_ascii=False))


def load(folder: Path) -> Voice:
    """Read `voice.toml` and `lexicon.toml` of a voice; errors name file, line and the nearest right key."""
    document = toml.read(folder / "voice.toml")
    data = document.data
    document.only(data, KEYS)
    if data.get("version") != VERSION:
        raise document.wrong(f"version must be {VERSION}", "version")
    finish, match = _finish(document)
    voice = Voice(
        folder=folder,
        engine=_text(document, "engine"),
        description=document.take(data, "description", str) or "",
        licence=_licence(document),
        consent=_permission(document, "consent"),
        stand_in=document.take(data, "stand_in", str) or "",
        speakers=_speakers(document),
        settings=document.take(data, "settings", dict) or {},
        service=document.take(data, "service", dict) or {},
        finish=finish,
        match=match,
        lexicon=lexicon.load(folder / "lexicon.toml"),
        document=document,
    )
    _agreed(voice)
    return voice


def _agreed(voice: Voice) -> None:
    """Whoever lends a voice must have said yes."""
    if voice.consent is None:
        for language, speaker in voice.speakers.items():
            if speaker.reference:
                place = ("languages", language, "reference")
                raise voice.document.wrong("a cloned voice needs a [consent] table: name, date", *place)
        if voice.human:
            raise voice.document.wrong("a human voice needs a [consent] table: name, date", "engine")
    if voice.stand_in and not voice.human:
        raise voice.document.wrong("only a human voice has a stand-in", "stand_in")


def _licence(document: toml.Document) -> Permission:
    if isinstance(document.data.get("licence"), dict):
        licence = _permission(document, "licence")
        assert licence is not None
        return licence
    return Permission(_text(document, "licence"))


def _permission(document: toml.Document, key: str) -> Permission | None:
    table = document.take(document.data, key, dict)
    if table is None:
        return None
    document.only(table, {field.name for field in fields(Permission)}, key)
    if not document.take(table, "name", str, key):
        raise document.wrong(f"{key}: name is missing: whose, or which?", key)
    date = table.get("date")
    return Permission(
        name=table["name"],
        url=document.take(table, "url", str, key) or "",
        date=str(date) if isinstance(date, dt.date) else document.take(table, "date", str, key) or "",
        note=document.take(table, "note", str, key) or "",
    )


def _text(document: toml.Document, key: str) -> str:
    text = document.take(document.data, key, str)
    if not text:
        raise InputError(f"{document.path}: {key} is missing; see docs/voices.md")
    return str(text)


def _speakers(document: toml.Document) -> dict[str, Speaker]:
    tables = document.take(document.data, "languages", dict) or {}
    if not tables:
        raise InputError(f"{document.path}: no [languages.xx] table: say which engine voice speaks which language")
    speakers = {}
    for language, table in tables.items():
        place = ("languages", language)
        if reason := check_language(language):
            raise document.wrong(f'language "{language}" {reason}', *place)
        if not isinstance(table, dict):
            raise document.wrong(f"languages.{language} must be a table with a voice", *place)
        document.only(table, {"voice", "speaker", "sha256", "reference"}, *place)
        voice = document.take(table, "voice", str, *place)
        if not voice:
            raise document.wrong(f"languages.{language}: voice is missing", *place, "voice")
        others = {key: document.take(table, key, str, *place) or "" for key in ("sha256", "reference")}
        speakers[language] = Speaker(voice, document.take(table, "speaker", str, *place) or voice, **others)
    return speakers


def _finish(document: toml.Document) -> tuple[Finish, Path | None]:
    table = dict(document.take(document.data, "finish", dict) or {})
    document.only(table, FINISH_KEYS, "finish")
    match = None
    level = table.get("level")
    if isinstance(level, str):
        if not level.startswith(MATCH) or not level[len(MATCH) :]:
            raise document.wrong('level must be a number of dBov or "match:DIR"', "finish", "level")
        match = document.path.parents[2] / level[len(MATCH) :]  # from the workspace
        del table["level"]
    for key in table:
        kind = bool if isinstance(getattr(Finish(), key), bool) else (int, float)
        document.take(table, key, kind, "finish")
    try:
        return Finish(**table), match
    except (ValueError, OverflowError) as error:  # the latter: a number of 400 digits
        key = next((key for key in table if key in str(error)), "")
        raise document.wrong(str(error), "finish", key) from error
