"""Piper: neural voices in files of 60 MB and less, offline, by the package piper-tts.

The same words give the same bytes while both noises are 0 (docs/engines.md). piper-tts is imported by the process
that speaks, never by its parent: the threads of onnxruntime do not survive a fork.
"""

import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from voicekit import extras, fs
from voicekit.engines import Key, Setting, Speech, wordless
from voicekit.errors import EngineError, InputError
from voicekit.text.stress import Stress

if TYPE_CHECKING:
    from voicekit.clip import Clip

_CONFIG_LIMIT = 1 << 20  # bytes; 5 KB are usual


class Piper:
    """A speaker's `voice` is a file beside `voice.toml`, with the speaker after a hash: `ru.onnx`, `many.onnx#anna`.

    `sha256` of the profile pins the file: another model under the same name is another voice.
    """

    name = "piper"
    about = "Piper: neural voices in a file each, offline"
    how_to_get = f"{extras.brings('piper')}; voices: voicekit voice fetch piper:ru_RU-irina-medium"
    parallel = None
    fresh = False
    stress = Stress.DROP
    longest = 5000
    price = None
    service: ClassVar[dict[str, Key]] = {}
    settings: ClassVar[dict[str, Key]] = {
        "length": Setting(0.5, 2.0, 1.0, "times the model's own length: more is slower"),
        "noise": Setting(0.0, 1.5, 0.0, "how much the tone varies; above 0 nothing is ever said twice the same"),
        "noise_w": Setting(0.0, 1.5, 0.0, "how much the lengths of sounds vary; above 0 the same holds"),
    }

    def version(self) -> str:
        try:
            return f"{version('piper-tts')} (onnxruntime {version('onnxruntime')})"
        except PackageNotFoundError as error:
            raise EngineError(f"the package {error.name} is not here; {self.how_to_get}") from error

    def refusal(self, speech: Speech) -> str:
        if reason := wordless(speech.text):
            return reason
        model = _model(speech)
        if not model.is_file():
            return f"Piper has no voice {model}: no such file; voicekit voice fetch gets one, docs/voice-fetch.md"
        try:
            return _unpinned(speech, model) or _no_speaker(speech, model)
        except InputError as error:
            return str(error)

    def speak(self, speech: Speech) -> "Clip":
        """One utterance at the rate of the model; its sentences are joined as they come.

        They are not normalised: Piper's own way is each sentence by itself, which makes steps between them.
        """
        import numpy as np
        from piper.config import SynthesisConfig

        from voicekit.clip import Clip

        if refusal := self.refusal(speech):
            raise EngineError(refusal)
        voice = _loaded(_model(speech))
        settings = speech.settings
        manner = SynthesisConfig(
            speaker_id=_speaker(speech, _config(_model(speech))),
            length_scale=settings["length"],
            noise_scale=settings["noise"],
            noise_w_scale=settings["noise_w"],
            normalize_audio=False,
        )
        sentences = [chunk.audio_float_array for chunk in voice.synthesize(speech.text, manner)]
        if not any(map(np.any, sentences)):
            raise EngineError("Piper gave no sound for this text")
        return Clip(np.concatenate(sentences), voice.config.sample_rate)


def _model(speech: Speech) -> Path:
    return speech.folder / speech.speaker.voice.partition("#")[0]


def _unpinned(speech: Speech, model: Path) -> str:
    """Why this file is not the one that the profile means; "" when it is."""
    status = model.stat()
    digest = _digest(model, status.st_size, status.st_mtime_ns)
    pinned = speech.speaker.sha256
    if not pinned:
        return f'{model} is not pinned; add to the language in voice.toml: sha256 = "{digest}"'
    if pinned.lower() != digest:
        return (
            f"the model changed: {model} has SHA-256 {digest}, the profile wants {pinned}; "
            "bring the old file back, or make it a new voice"
        )
    return ""


@cache
def _digest(model: Path, _size: int, _modified: int) -> str:
    """SHA-256 of a model, read once while its size and time stay."""
    return fs.sha256(model)


def _no_speaker(speech: Speech, model: Path) -> str:
    config = _config(model)
    if _speaker(speech, config) is not None or (config["num_speakers"] == 1 and "#" not in speech.speaker.voice):
        return ""
    names = list(config.get("speaker_id_map") or range(config["num_speakers"]))
    if config["num_speakers"] == 1:
        return f"{model.name} has no voice but one; leave out what follows the #"
    some = ", ".join(map(str, names[:10])) + (" ..." if len(names) > 10 else "")
    return f'{model.name} has no voice of that name: write voice = "{model.name}#NAME", one of {some}'


def _speaker(speech: Speech, config: dict[str, Any]) -> int | None:
    """Number of the speaker; None when the voice names none that there is. A wrong one ends onnxruntime."""
    name = speech.speaker.voice.partition("#")[2]
    number = (config.get("speaker_id_map") or {}).get(name)
    if number is None and name.isdecimal() and 1 < config["num_speakers"] > int(name):
        number = int(name)
    return number if config["num_speakers"] > 1 else None


@cache
def _config(model: Path) -> dict[str, Any]:
    """What stands in MODEL.onnx.json; `InputError` for what can't be a voice's."""
    path = Path(f"{model}.json")
    if not path.exists():
        raise InputError(f"{path} is missing: the file that says how to speak with the model lies beside it")
    try:
        config = json.loads(fs.read_bounded(path, _CONFIG_LIMIT))
        if config["num_speakers"] >= 1 and config["audio"]["sample_rate"] >= 8000 and config["phoneme_id_map"]:
            return dict(config)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not of a Piper voice ({type(error).__name__}: {error}); fetch it again") from error
    raise InputError(f"{path}: not of a Piper voice; fetch it again")


@cache
def _loaded(model: Path) -> Any:
    """A `PiperVoice` on one thread: each worker is a process and has one processor."""
    import onnxruntime
    from piper import PiperVoice
    from piper.config import PiperConfig

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what is fatal is raised
    try:
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no common class of their own
        reason = str(error).splitlines()[0]
        raise EngineError(f"{model}: not a model that onnxruntime loads ({reason}); fetch it again") from error
    return PiperVoice(session, PiperConfig.from_dict(_config(model)))


ENGINE = Piper()
