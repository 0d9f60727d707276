"""From the words of a prompt to what the engine gets: lists of str -> str steps, one list a language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicekit.text import en, others, ru, steps
from voicekit.text.cutting import pieces, sentences
from voicekit.text.lexicon import Entry, Lexicon
from voicekit.text.steps import Step
from voicekit.text.stress import Stress, stressed

__all__ = [
    "STEPS",
    "Entry",
    "Lexicon",
    "Spoken",
    "Step",
    "Stress",
    "pieces",
    "sentences",
    "spoken",
    "stressed",
    "trace",
]

STEPS: dict[str, Sequence[Step]] = {"en": en.STEPS, "ru": ru.STEPS, **others.STEPS}


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the engine gets, and the lexicon entries that had a part in it.

    `replaced` is what the lexicon made of the words. The steps after it are only taken when `text` is asked for: to
    judge whether a prompt is up to date takes no dictionary.
    """

    language: str
    replaced: str = ""
    touched: tuple[Entry, ...] = ()

    @property
    def text(self) -> str:
        text = self.replaced
        for step in _steps(self.language):
            text = step(text)
        return text


def spoken(words: str, language: str, lexicon: Lexicon) -> Spoken:
    """Turn words (white space folded, nothing in brackets) into what an engine of `language` is to say.

    The lexicon goes first: it knows the words as they are written. Languages without steps pass through. Stress marks
    stay, as a plus before the vowel: which form an engine takes is for `stressed` to make.
    """
    return Spoken(language, *lexicon.apply(words, language))


def trace(words: str, language: str, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """What `spoken` does, step by step: ("words", words), then name and result of all that changed something."""
    yield "words", words
    text, _ = lexicon.apply(words, language)
    if text != words:
        yield "lexicon", text
    yield from steps.trace(_steps(language), text)


def _steps(language: str) -> Sequence[Step]:
    return STEPS.get(language.partition("_")[0], ())
