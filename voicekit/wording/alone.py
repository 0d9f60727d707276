"""What is odd about the words of one prompt."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from voicekit.catalogue import Prompt
from voicekit.text.lexicon import Lexicon
from voicekit.wording import Finding, letters
from voicekit.wording.numbers import is_number

LONGEST = 20.0  # s: what callers still remember the beginning of
_PACE = {"ru": 14.0, "en": 15.0}  # characters a second, as people read prompts
_USUAL_PACE = 14.5

# Control, invisible, no characters; keycaps; pictures, boxes, U+FFFD. Arrows are mathematics to Unicode (Sm).
_UNSPOKEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Me", "So"}
_ARROWS = "←↑→↓↔"
_SPOKEN = "№°©®™"  # of the signs (So), those that have a name in every language
_JOINERS = "\u200c\u200d"  # Persian and the languages of India are not written without
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("«", "»"))


def findings(prompt: Prompt, lexicon: Lexicon) -> Iterator[Finding]:
    """All but the spelling and the length. What the lexicon touches is meant so."""
    yield from _unspeakable(prompt)
    known = known_words(prompt, lexicon)
    yield from _alphabets([w for w in letters.words(prompt.speech) if w.casefold() not in known], prompt.language)
    yield from _doubled(prompt)
    yield from _unbalanced(prompt.text or "")


def known_words(prompt: Prompt, lexicon: Lexicon) -> set[str]:
    """The words of a prompt that the lexicon says otherwise, folded."""
    _, touched = lexicon.apply(prompt.speech, prompt.language)
    return {word.casefold() for entry in touched for word in letters.words(entry.word)}


def seconds(words: str, language: str) -> float:
    """About how long it takes to say them."""
    return len(words) / _PACE.get(language.partition("_")[0], _USUAL_PACE)


def _unspeakable(prompt: Prompt) -> Iterator[Finding]:
    meant = _SPOKEN if letters.expected(prompt.language) else _SPOKEN + _JOINERS
    for sign in dict.fromkeys(prompt.speech):
        if sign in _ARROWS or (unicodedata.category(sign) in _UNSPOKEN and sign not in meant):
            name = unicodedata.name(sign, "no character").lower()
            yield Finding("unspeakable", f"U+{ord(sign):04X} ({name}) can't be spoken")


def _alphabets(words: Sequence[str], language: str) -> Iterator[Finding]:
    """A single letter of another alphabet is one that every engine can name."""
    own = letters.expected(language)
    foreign = []
    for word in dict.fromkeys(words):
        if strange := letters.strangers(word, language):
            yield _mixed(word, strange, letters.mended(word, language))
        elif own and len(word) > 1 and {letters.alphabet(letter) for letter in word} - {None, own}:
            foreign.append(f'"{word}"')
    if foreign:
        yield Finding("other-alphabet", f"not in {own} letters: {', '.join(foreign)}")


def _mixed(word: str, strange: Mapping[str, str], meant: str) -> Finding:
    named = ", ".join(f'"{letter}" is {other}' for letter, other in strange.items())
    return Finding("mixed-alphabet", f'in "{word}", {named}', f'type "{meant}" in one alphabet' if meant else "")


def _doubled(prompt: Prompt) -> Iterator[Finding]:
    for match in re.finditer(r"(?<![\w-])([^\W\d_]+)\s+\1(?![\w-])", prompt.speech, re.IGNORECASE):
        if not is_number(match[1], prompt.language):  # "one one two" is a telephone number
            yield Finding("doubled-word", f'"{match[0]}"')


def _unbalanced(text: str) -> Iterator[Finding]:
    for opening, closing in _PAIRS:
        if text.count(opening) != text.count(closing):
            more = opening if text.count(opening) > text.count(closing) else closing
            yield Finding("unbalanced", f"a {more} stands alone")
    if text.count('"') % 2:
        yield Finding("unbalanced", 'a " stands alone')
