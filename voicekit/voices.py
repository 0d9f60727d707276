"""A Voice: `voices/<name>/voice.toml` and the lexicon beside it."""

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
KEYS = {"version", "engine", "description", "licence", "languages", "settings", "finish"}
FINISH_KEYS = {field.name for field in fields(Finish)}
MATCH = "match:"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Which of the engine's voices speaks a language, and who that is to the ear."""

    voice: str
    name: str


@dataclass(frozen=True, slots=True)
class Voice:
    """A profile. `finish` is what the file says; where `match` names a folder, its level is still to be measured."""

    name: str
    engine: str
    description: str
    licence: str
    speakers: Mapping[str, Speaker]
    settings: Mapping[str, Any]
    finish: Finish
    match: Path | None
    lexicon: Lexicon
    document: toml.Document

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
        return digest(self.engine, speaker.voice if speaker else "")

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
    return Voice(
        name=folder.name,
        engine=_text(document, "engine"),
        description=document.take(data, "description", str) or "",
        licence=_text(document, "licence"),
        speakers=_speakers(document),
        settings=document.take(data, "settings", dict) or {},
        finish=finish,
        match=match,
        lexicon=lexicon.load(folder / "lexicon.toml"),
        document=document,
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
        document.only(table, {"voice", "speaker"}, *place)
        voice = document.take(table, "voice", str, *place)
        if not voice:
            raise document.wrong(f"languages.{language}: voice is missing", *place, "voice")
        speakers[language] = Speaker(voice, document.take(table, "speaker", str, *place) or voice)
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
