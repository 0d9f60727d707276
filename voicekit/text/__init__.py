"""From the words of a prompt to what the engine gets: lists of str -> str steps, one list a language."""

from collections.abc import Callable
from dataclasses import dataclass

from voicekit.text import en, ru
from voicekit.text.lexicon import Entry, Lexicon

Step = Callable[[str], str]

STEPS: dict[str, list[Step]] = {"en": en.STEPS, "ru": ru.STEPS}


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the engine gets, and the lexicon entries that had a part in it."""

    text: str
    touched: tuple[Entry, ...] = ()


def spoken(words: str, language: str, lexicon: Lexicon) -> Spoken:
    """Turn words (white space folded, nothing in brackets) into what an engine of `language` is to say.

    The lexicon goes first: it knows the words as they are written. Languages without steps of their own pass through.
    """
    text, touched = lexicon.apply(words, language)
    for step in STEPS.get(language.partition("_")[0], []):
        text = step(text)
    return Spoken(text, touched)
