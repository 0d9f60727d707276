"""Stress marks: in the words, a plus before the stressed vowel («з+амок»), as Russian speech engines have it."""

import re
from enum import StrEnum

_VOWELS = "аеёиоуыэюяіїє"
_PLUS = re.compile(rf"(?<![\d+])\+([{_VOWELS}])", re.IGNORECASE)
_ACUTE = re.compile(rf"([{_VOWELS}])\u0301", re.IGNORECASE)


class Stress(StrEnum):
    """What an engine makes of stress marks.

    Measured: espeak-ng 1.52 reads the plus aloud and ignores U+0301 («за́мок» and «замо́к» sound the same), so it
    wants DROP; RHVoice and Yandex SpeechKit take the plus.
    """

    KEEP = "keep"  # з+амок
    ACUTE = "acute"  # за́мок: U+0301 after the vowel
    DROP = "drop"  # замок


def stressed(text: str, stress: Stress) -> str:
    """The end of every list of steps: `text` with its stress marks in the form that an engine takes."""
    if stress is Stress.KEEP or "+" not in text:
        return text
    return _PLUS.sub(r"\1" if stress is Stress.DROP else "\\1\u0301", text)


def stress_marks(text: str) -> str:
    """«за́мок» (U+0301) is «з+амок» until the engine is known."""
    return _ACUTE.sub(r"+\1", text)
