"""A speaker model of yours in place of GE2E: an ONNX file that `VOICEKIT_SPEAKER_MODEL` names.

It takes what wespeaker's and 3D-Speaker's exports take: one input of float32 [1, T, 80] (voiceprint/filterbank.py),
and gives an embedding [1, D].
"""

import math
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicekit import extras, fs
from voicekit.clip import Samples, Source
from voicekit.errors import InputError
from voicekit.voiceprint import VARIABLE, Voiceprint
from voicekit.voiceprint.filterbank import BANDS, features
from voicekit.voiceprint.speech import RATE, speech

# Such models are trained to put two people at a right angle: cosines near 0.05, of one person's sounds near 0.6. GE2E
# has 0.62 and 0.83 (bench/voice.py). A part that all vectors share lifts the one scale to the other, and every rule
# and bound that was found with GE2E stays.
_SHARED = 0.6  # of the squared length

_FEWEST = 50  # frames, 0.5 s, that pooling needs; a shorter word is said again and again


class Onnx:
    """The model in `path`; the SHA-256 of the file is its identity, so that profiles of another one are noticed."""

    def __init__(self, path: Path) -> None:
        self.identity = f"onnx:{fs.sha256(path)[:16]}"
        self._path = path

    def prints(self, sounds: Sequence[Source]) -> list[Voiceprint]:
        return [self._print(speech(sound)) for sound in sounds]

    def _print(self, samples: Samples) -> Voiceprint:
        mels = features(samples)
        enough = np.resize(mels, (max(len(mels), _FEWEST), BANDS))
        return Voiceprint(self.embed(enough) if len(mels) else None, len(samples) / RATE)

    def embed(self, mels: NDArray[np.float32]) -> NDArray[np.float32]:
        """The unit vector of one sound, (frames, 80). Raises `InputError` where the model gives none."""
        session = _session(self._path, os.getpid())
        try:
            raw = np.asarray(session.run(None, {session.get_inputs()[0].name: mels[None]})[0], np.float32)
        except Exception as error:  # onnxruntime's have no common class of their own
            raise _unfit(self._path, f"fails ({str(error).splitlines()[0]})") from error
        length = float(np.linalg.norm(raw))
        if raw.ndim != 2 or len(raw) != 1 or not np.isfinite(length) or not length:
            raise _unfit(self._path, f"gives {list(raw.shape)}, not one embedding [1, D] of numbers")
        return np.append(raw[0] / length * math.sqrt(1 - _SHARED), math.sqrt(_SHARED)).astype(np.float32)


def load(path: Path) -> Onnx:
    """The model in `path`, tried out. Raises `InputError`, which says what is wrong with it."""
    if not path.is_file():
        raise InputError(f"{path}: no such file; {VARIABLE} names it")
    model = Onnx(path)
    model.embed(np.random.default_rng(1).normal(size=(_FEWEST, BANDS)).astype(np.float32))
    return model


@cache
def _session(path: Path, _process: int) -> Any:
    """One for each process, on one thread: onnxruntime's own do not survive a fork."""
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError(f"{path}: speaker models are run by onnxruntime; {extras.brings('piper')}") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what is fatal is raised
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise InputError(f"{path}: not a model that onnxruntime loads ({str(error).splitlines()[0]})") from error
    inputs = [(one.name, one.type, one.shape) for one in session.get_inputs()]
    if len(inputs) != 1 or inputs[0][1] != "tensor(float)" or not _bands_last(inputs[0][2]):
        raise _unfit(path, "takes " + " and ".join(f"{name} {kind} {shape}" for name, kind, shape in inputs))
    return session


def _bands_last(shape: list[int | str | None]) -> bool:
    """Whether it is [1, T, 80]; what a model leaves open is a text or None."""
    batch, time, bands = shape if len(shape) == 3 else (0, 0, 0)
    return (batch == 1 or not isinstance(batch, int)) and not isinstance(time, int) and bands == BANDS


def _unfit(path: Path, detail: str) -> InputError:
    return InputError(
        f"{path}: {detail}; voicekit can use speaker models of one input, float [1, T, {BANDS}] (logarithmic mel "
        "energies, as wespeaker and 3D-Speaker export them), and one output, [1, D]"
    )
