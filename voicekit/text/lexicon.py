"""Words that an engine says wrong, and how to spell them so that it says them right: `lexicon.toml`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from voicekit import toml


@dataclass(frozen=True, slots=True)
class Entry:
    """One word (or phrase), what to say in its place, and the language it counts in ("" for all)."""

    word: str
    say: str
    language: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All entries of a voice, matched as whole words without regard to case."""

    entries: tuple[Entry, ...] = ()
    _patterns: dict[str, re.Pattern[str]] = field(default_factory=dict, compare=False, repr=False)

    def apply(self, text: str, language: str) -> tuple[str, tuple[Entry, ...]]:
        """`text` with its words replaced, and the entries that touched it, sorted by word."""
        known = {entry.word.casefold(): entry for entry in self.entries if entry.language in ("", language)}
        if not known:
            return text, ()
        touched: dict[str, Entry] = {}

        def replace(match: re.Match[str]) -> str:
            entry = known.get(match.group().casefold())
            if entry is None:  # re takes U+0131 for "i", casefold does not
                return match.group()
            touched[entry.word] = entry
            return entry.say

        said = self._pattern(language, [entry.word for entry in known.values()]).sub(replace, text)
        return said, tuple(touched[word] for word in sorted(touched))

    def _pattern(self, language: str, words: Sequence[str]) -> re.Pattern[str]:
        if language not in self._patterns:
            longest_first = sorted(words, key=len, reverse=True)
            either = "|".join(re.escape(word) for word in longest_first)
            self._patterns[language] = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)
        return self._patterns[language]


def load(path: Path) -> Lexicon:
    """Read `lexicon.toml`; an absent file is an empty lexicon. Errors name file and line."""
    if not path.exists():
        return Lexicon()
    document = toml.read(path)
    document.only(document.data, {"version", "word"})
    version = document.data.get("version", 1)
    if version != 1:
        raise document.wrong(f"version {version} is not known to this voicekit; update it", "version")
    words = document.take(document.data, "word", dict) or {}
    return Lexicon(tuple(_entry(document, word) for word in words))


def _entry(document: toml.Document, word: str) -> Entry:
    table = document.data["word"][word]
    place = ("word", word)
    if isinstance(table, str):
        table = {"say": table}
    if not isinstance(table, dict):
        raise document.wrong(f"{word} must be text in quotes or a table", *place)
    document.only(table, {"say", "language", "note"}, *place)
    say = document.take(table, "say", str, *place)
    if not say:
        raise document.wrong(f'{word}: "say" is missing: what is to be said in its place?', *place)
    language = document.take(table, "language", str, *place) or ""
    return Entry(word, say, language, document.take(table, "note", str, *place) or "")
