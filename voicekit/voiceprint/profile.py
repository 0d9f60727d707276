"""A voice's profile, and the verdict on a sound: is it this voice?

No fixed cosine tells: the best threshold moves from 0.65 to 0.91 with the length of the sound and the kind of voice.
The rule takes out what the length does, and compares with how the voice's own sounds score against the rest of them:
docs/voice-gate.md has how often it errs.
"""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicekit.errors import InputError
from voicekit.voiceprint import Voiceprint

_SLOPE = 0.065  # of the cosine, by the natural logarithm of the seconds: a regression over people's own sounds
_RANGE = (0.5, 6.0)  # s, beyond which the length changes nothing
_ALLOWED = 0.08  # under the mean of the voice's own sounds
SHORTEST = 1.0  # s of speech: of shorter sounds every fourth would be called different
FEWEST = 5  # sounds that make a profile


class Verdict(StrEnum):
    """What the gate says of a sound."""

    SAME = "same"
    DIFFERENT = "different"
    TOO_SHORT = "too-short"
    NOT_SPEECH = "not-speech"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`margin` is how far the score lies above the line, in cosine; negative: below. None where there is no score."""

    verdict: Verdict
    margin: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One speaker in one language: the mean of its sounds' vectors, and their own mean score (leave one out)."""

    encoder: str
    vector: NDArray[np.float32]
    own: float
    sounds: int
    seconds: float

    @classmethod
    def of(cls, encoder: str, prints: Sequence[Voiceprint]) -> "Profile":
        """From sounds of one speaker, `FEWEST` of at least `SHORTEST` seconds; `InputError` when there are not."""
        usable = [(p.vector, p.seconds) for p in prints if p.vector is not None and p.seconds >= SHORTEST]
        if len(usable) < FEWEST:
            raise InputError(
                f"{len(usable)} sounds with {SHORTEST:g} s of speech or more are too few to know a voice by; "
                f"give {FEWEST}, and half a minute in all"
            )
        vectors = np.stack([vector for vector, _ in usable])
        total = vectors.sum(axis=0)
        own = [_score(_unit(total - vector), vector, seconds) for vector, seconds in usable]
        lengths = sum(seconds for _, seconds in usable)
        return cls(encoder, _unit(total), float(np.mean(own)), len(usable), round(lengths, 1))

    def judge(self, heard: Voiceprint) -> Judgement:
        """Whether `heard` is this voice."""
        if heard.vector is None:
            return Judgement(Verdict.NOT_SPEECH, None, "no voice in it: silence or a tone")
        margin = round(_score(self.vector, heard.vector, heard.seconds) - self.own + _ALLOWED, 3)
        if heard.seconds < SHORTEST:
            return Judgement(Verdict.TOO_SHORT, margin, f"{heard.seconds:.1f} s of speech are too short to tell")
        return Judgement(Verdict.SAME if margin >= 0 else Verdict.DIFFERENT, margin)

    def likeness(self, other: "Profile") -> float:
        """The cosine of two profiles: 0.95 and more for one voice, 0.87 and less for two people."""
        if self.encoder != other.encoder:
            raise InputError(
                f"profiles of {self.encoder} and {other.encoder} can't be compared; calibrate the voice anew"
            )
        return float(self.vector @ other.vector)

    def to_dict(self) -> dict[str, Any]:
        return {
            "encoder": self.encoder,
            "vector": base64.b64encode(self.vector.astype("<f4").tobytes()).decode(),
            "own": round(self.own, 6),
            "sounds": self.sounds,
            "seconds": self.seconds,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Profile":
        """Raises `KeyError`, `TypeError` or `ValueError` for what `to_dict` did not write."""
        vector = np.frombuffer(base64.b64decode(data["vector"], validate=True), "<f4")
        if not math.isclose(float(vector @ vector), 1.0, abs_tol=1e-3):
            raise ValueError("not a unit vector")
        return cls(str(data["encoder"]), vector, float(data["own"]), int(data["sounds"]), float(data["seconds"]))


def _score(profile: NDArray[np.float32], vector: NDArray[np.float32], seconds: float) -> float:
    return float(profile @ vector) - float(length_share(np.array(seconds)))


def length_share(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """What of the cosine of a sound and its own voice comes from the sound's length."""
    share: NDArray[np.float64] = _SLOPE * np.log(np.clip(seconds, *_RANGE))
    return share


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
