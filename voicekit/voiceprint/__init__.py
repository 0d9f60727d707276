"""Who is speaking: a vector for each sound, and how alike two of them are.

An encoder is what turns speech into such a vector. The usual one runs the GE2E network of Resemblyzer in plain numpy;
where its weights are not installed, every question is answered "not checked", with the reason. `VOICEKIT_SPEAKER_MODEL`
names another: an ONNX file.
"""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from voicekit.errors import VoicekitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from voicekit.clip import Source

    Vector = NDArray[np.float32]

VARIABLE = "VOICEKIT_SPEAKER_MODEL"  # of the environment: a machine has one, whatever the workspace
GET = "voicekit doctor --fix installs it, or: pip install --no-deps resemblyzer==0.1.4"


class EncoderMissingError(VoicekitError):
    """There is no encoder on this machine; the text says how to get one."""


@dataclass(frozen=True, slots=True, eq=False)
class Voiceprint:
    """What an encoder makes of one sound: a unit vector, and how many seconds of speech it is of.

    `vector` is None where there is nothing to hear a voice in: silence, a tone, a beep.
    """

    vector: "Vector | None"
    seconds: float


class Encoder(Protocol):
    """`identity` names the weights: vectors of two encoders can't be compared."""

    identity: str

    def prints(self, sounds: "Sequence[Source]") -> list[Voiceprint]:
        """One voiceprint a sound, in their order; many at once cost less each."""
        ...


def encoder() -> Encoder:
    """The encoder of this machine. Raises `EncoderMissingError`, and `InputError` for a named model that is none."""
    return _encoder(os.environ.get(VARIABLE, ""))


@cache
def _encoder(named: str) -> Encoder:
    if named:
        from voicekit.voiceprint import onnx

        return onnx.load(Path(named))
    from voicekit.voiceprint import ge2e

    return ge2e.load()
