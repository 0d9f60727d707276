"""Words that an engine says wrong, and how to say them right: `lexicon.toml`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from voicekit import toml

_TOKEN = re.compile(r"\w+|\W")
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLS = """<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="ipa" xml:lang="{language}">
{lexemes}</lexicon>
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One word (or phrase), what to say in its place, and the language it counts in ("" for all).

    `ipa` is for engines that take a pronunciation; with `ipa` alone the word stands as it is for all others.
    """

    word: str
    say: str
    language: str = ""
    note: str = ""
    ipa: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        """What of it is heard: that is what a speech hash holds of it."""
        return (self.word.casefold(), self.say, *filter(None, [self.ipa]))


_Index = Mapping[str, Sequence[tuple[tuple[str, ...], Entry]]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All entries of a voice, matched as whole words without regard to case; of several that fit, the longest."""

    entries: tuple[Entry, ...] = ()
    _indexes: dict[str, _Index] = field(default_factory=dict, compare=False, repr=False)

    def apply(self, text: str, language: str) -> tuple[str, tuple[Entry, ...]]:
        """`text` with its words replaced, and the entries that touched it, sorted by word."""
        index = self._index(language)
        if not index:
            return text, ()
        tokens = _TOKEN.findall(text)
        if index.keys().isdisjoint(map(str.casefold, tokens)):
            return text, ()
        return _replaced(tokens, index)

    def _index(self, language: str) -> _Index:
        """The entries of a language by their first token, each as its tokens: longest first."""
        if language not in self._indexes:
            known = {_folded(entry.word): entry for entry in self.entries if entry.language in ("", language)}
            index: dict[str, list[tuple[tuple[str, ...], Entry]]] = {}
            for tokens in sorted(known, key=len, reverse=True):
                index.setdefault(tokens[0], []).append((tokens, known[tokens]))
            self._indexes[language] = index
        return self._indexes[language]


def _folded(text: str) -> tuple[str, ...]:
    return tuple(map(str.casefold, _TOKEN.findall(text)))


def _replaced(tokens: Sequence[str], index: _Index) -> tuple[str, tuple[Entry, ...]]:
    folded = tuple(map(str.casefold, tokens))
    said: list[str] = []
    touched: dict[str, Entry] = {}
    at = 0
    while at < len(tokens):
        found = next((one for one in index.get(folded[at], ()) if _stands(one[0], folded, at)), None)
        if found is None:
            said.append(tokens[at])
            at += 1
            continue
        length, entry = len(found[0]), found[1]
        touched[entry.word] = entry
        said += [entry.say] if entry.say else tokens[at : at + length]
        at += length
    return "".join(said), tuple(touched[word] for word in sorted(touched))


def _stands(word: tuple[str, ...], folded: tuple[str, ...], at: int) -> bool:
    """Whether `word` stands at `at`, with no letter or digit right before or after it."""
    end = at + len(word)
    if folded[at:end] != word:
        return False
    before = at > 0 and _is_word(word[0]) is False and _is_word(folded[at - 1])
    after = end < len(folded) and _is_word(word[-1]) is False and _is_word(folded[end])
    return not before and not after


def _is_word(token: str) -> bool:
    return token[0] == "_" or token[0].isalnum()


def pls(entries: Iterable[Entry], language: str) -> str:
    """The entries of a language as a W3C Pronunciation Lexicon 1.0 (sections 4.4 to 4.7), for engines that take one.

    Where an entry has `ipa`, what stands in the text is `word` or, once applied, `say`: both are pronounced so.
    """
    lexemes = "".join(_lexeme(entry) for entry in entries if entry.language in ("", language))
    return _PLS.format(language=language.replace("_", "-"), lexemes=lexemes)


def _lexeme(entry: Entry) -> str:
    written = [entry.word, *filter(None, [entry.say if entry.ipa else ""])]
    graphemes = "".join(_element("grapheme", word) for word in written)
    sound = _element("phoneme", entry.ipa) if entry.ipa else _element("alias", entry.say)
    return f"  <lexeme>{graphemes}{sound}</lexeme>\n"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escaped(text)}</{name}>"


def escaped(text: str) -> str:
    """`text` inside an XML element or a quoted attribute, without the characters that no XML may hold."""
    return escape(_NO_XML.sub(" ", text), {'"': "&quot;", "'": "&apos;"})


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
    document.only(table, {"say", "ipa", "language", "note"}, *place)
    if not word.strip():
        raise document.wrong("a word of the lexicon can't be empty", *place)
    texts = {key: document.take(table, key, str, *place) or "" for key in ("say", "ipa", "language", "note")}
    if not texts["say"] and not texts["ipa"]:
        raise document.wrong(f'{word}: "say" is missing (or "ipa"): what is to be said in its place?', *place)
    return Entry(word, **texts)
