"""How long a text takes to read: the measure for "were all the words said?".

The embedded engine reads it, and how long that takes follows people closely: 5 to 95 % of a Russian speaker's prompts
take 0.97 to 1.28 times as long, of an English speaker's 0.96 to 1.45 (docs/voice-gate.md).
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from voicekit import engines
from voicekit.engines import Speech, espeak
from voicekit.voices import Speaker

if TYPE_CHECKING:
    from voicekit.clip import Source

USUAL = 1.12  # what a voice takes, relative to this reading, where it was not measured

_AUDIBLE = 0.002  # of full scale
_SHORT = (0.72, 0.15)  # of the expected time, less s: under it, words are missing
_LONG = (1.5, 0.5)  # of the expected time, more s


@lru_cache(maxsize=4096)
def seconds(text: str, language: str) -> float:
    """From the first sound to the last, in s; 0 where the embedded engine does not read the language."""
    import numpy as np

    voice = _voice(language)
    speech = Speech(text, language, Speaker(voice, voice), engines.defaults(espeak.ENGINE.settings))
    if not voice or espeak.ENGINE.refusal(speech):
        return 0.0
    clip = espeak.ENGINE.speak(speech)
    heard = np.flatnonzero(np.abs(clip.samples) > _AUDIBLE)
    return float(heard[-1] - heard[0]) / clip.rate if len(heard) else 0.0


def spoken(sound: "Source") -> float:
    """From the first sound of speech to the last, in s; 0 for silence."""
    from voicekit.audio.finish import extent

    start, stop = extent(sound)
    return (stop - start) / sound.rate


def doubt(taken: float, text: str, language: str, pace: float | None) -> str:
    """Why a sound of `taken` seconds of speech is not these words; "" where it may well be, or nobody can tell."""
    expected = seconds(text, language) * (pace or USUAL)
    if not expected:
        return ""
    if taken < _SHORT[0] * expected - _SHORT[1]:
        return f"{taken:.1f} s are too short for its words, which take about {expected:.1f} s: are some missing?"
    if taken > _LONG[0] * expected + _LONG[1]:
        return f"{taken:.1f} s are too long for its words, which take about {expected:.1f} s: what else is in it?"
    return ""


def _voice(language: str) -> str:
    names = (language.replace("_", "-").lower(), language.partition("_")[0].lower())
    return next((name for name in ("en-us" if names[0] == "en" else names[0], names[1]) if name in espeak.voices()), "")
