"""Whisper models in a folder, by the package faster-whisper: about a hundred languages, Russian and English well."""

import json
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from voicekit import extras, fs
from voicekit.errors import EngineError

if TYPE_CHECKING:
    from voicekit.clip import Samples

_FILES = ("model.bin", "config.json", "tokenizer.json")  # without the last, the package would look for it in the net
_MULTILINGUAL = 51865  # words of the vocabulary; models with fewer know English
_VOCABULARY_LIMIT = 16 << 20  # bytes


class Whisper:
    """The same sound gives the same words: no temperature, nothing is carried from one sound to the next."""

    name = "whisper"
    about = "Whisper, a folder converted for CTranslate2; needs a model (whisper:DIR)"
    how_to_get = f"{extras.brings('whisper')}, and a model: docs/voice-gate.md"
    bound = 0.5
    guided = False

    def version(self) -> str:
        try:
            return version("faster-whisper")
        except PackageNotFoundError as error:
            raise EngineError(f"faster-whisper is not installed; {self.how_to_get}") from error

    def refusal(self, model: str, language: str) -> str:
        if not model:
            return "it needs a model: whisper:DIR"
        missing = next((name for name in _FILES if not (Path(model) / name).is_file()), "")
        if missing:
            return f"{Path(model) / missing} is missing; the folder must hold {', '.join(_FILES)}"
        return (
            "" if language.partition("_")[0] == "en" or _multilingual(Path(model)) else "this model knows English only"
        )

    def load(self, model: str, language: str, _texts: Sequence[str]) -> "Callable[[Samples], str]":
        try:
            from faster_whisper import WhisperModel

            loaded = WhisperModel(model, device="cpu", cpu_threads=1, local_files_only=True)
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            raise EngineError(f"{model}: not a model that faster-whisper loads ({error})") from error

        def hear(samples: "Samples") -> str:
            said, _ = loaded.transcribe(
                samples,
                language=language.partition("_")[0],
                temperature=0,
                condition_on_previous_text=False,
                without_timestamps=True,
            )
            return " ".join(segment.text.strip() for segment in said)

        return hear


def _multilingual(model: Path) -> bool:
    """By the length of its vocabulary, as the library tells it; where there is none beside it, the library decides."""
    path = model / "vocabulary.json"
    if not path.is_file():
        return True
    try:
        return len(json.loads(fs.read_bounded(path, _VOCABULARY_LIMIT))) >= _MULTILINGUAL
    except ValueError:
        return True  # the library says what is wrong with it


RECOGNISER = Whisper()
