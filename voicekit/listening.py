"""Did it say the words? What a recogniser heard, compared with what was to be said.

Recognisers err: 82 % of a person's words came out right at 8 kHz, and 91 of 100 prompts had at most half of them
wrong, but only 2 of 100 other texts did (docs/voice-gate.md). So the share of wrong words tells another text, not a
lost word; for that, how long it takes tells more (reading.py).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voicekit import parallel, recognisers, text
from voicekit.errors import EngineError
from voicekit.recognisers import Ear
from voicekit.state import State
from voicekit.text import Lexicon

if TYPE_CHECKING:
    from voicekit.clip import Source

FEWEST = 2  # words of a text that can be judged: one is heard right or not at all

_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"\b(?:[^\W\d_] )+[^\W\d_]\b")  # s m s
_YO = {ord("ё"): "е"}  # noqa: RUF001  few write the dots, and no recogniser must
_SHOWN, _KEPT = 200, 2000  # characters of what was heard: a model that loses the thread says a thing for ever
_LIMIT = 300.0  # s, to load a model


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard, the share of words that are wrong, missing or too many, and why that is doubtful, or ""."""

    words: str
    wrong: float
    doubt: str


def heard(ear: Ear, sound: "Source", written: str) -> Heard | None:
    """Listen to a sound that is to say `written`; None for a text too short to judge. Raises `EngineError`."""
    wanted = words(written, ear.language)
    if len(wanted) < FEWEST:
        return None
    said = ear.words(sound)[:_KEPT]
    share = distance(wanted, words(said, ear.language)) / len(wanted)
    doubt = ""
    if share > ear.recogniser.bound:
        doubt = f'heard "{said[:_SHOWN]}": {share:.0%} of the words are others'
    return Heard(said, round(share, 2), doubt)


def words(written: str, language: str) -> list[str]:
    """Words to compare by: «7» and «seven», «SMS» and «s m s», «ещё» and «еще» are the same."""
    spoken = text.spoken(written, language, Lexicon()).text.replace("+", "")
    plain = unicodedata.normalize("NFC", spoken.casefold().replace("\u0301", "").replace("'", "")).translate(_YO)
    line = " ".join(_WORD.findall(plain))
    return _LETTERS.sub(lambda letters: letters[0].replace(" ", ""), line).split()


def distance(wanted: Sequence[str], said: Sequence[str]) -> int:
    """How many words must be put in, taken out or replaced (Levenshtein)."""
    before = list(range(len(said) + 1))
    for count, word in enumerate(wanted, 1):
        row = [count]
        for index, other in enumerate(said):
            row.append(min(before[index + 1] + 1, row[index] + 1, before[index] + (word != other)))
        before = row
    return before[-1]


def ears(languages: Iterable[str], states: Iterable[State]) -> Mapping[str, Ear]:
    """What listens here, by language, each tried once: better now than after an engine has been paid.

    Raises `InputError` for a recogniser that is named and can't be, `EngineError` for one that fails.
    """
    known = list(states)
    found = {language: recognisers.ear(language, _texts(known, language)) for language in languages}
    able = {language: ear for language, ear in found.items() if ear}
    for ear, failure in parallel.each(_tried, list(able.values()), workers=1, limit=_LIMIT):
        why = failure.detail if isinstance(failure, parallel.Crash) else failure
        if why:
            raise EngineError(f"the recogniser {ear.recogniser.name} can't listen to {ear.language}: {why}")
    return able


def _tried(ear: Ear) -> str:
    """Why it can't listen; in a process of its own, as a model that is loaded does not survive a fork."""
    import numpy as np

    from voicekit.clip import Clip

    try:
        ear.words(Clip(np.zeros(recognisers.RATE, np.float32), recognisers.RATE))
    except EngineError as error:
        return str(error)
    return ""


def _texts(states: Sequence[State], language: str) -> Callable[[], list[str]]:
    return lambda: [state.said.text for state in states if state.key[0] == language and state.said]
