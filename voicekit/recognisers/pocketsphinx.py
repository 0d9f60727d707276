"""PocketSphinx: small and old; its package carries a model of English, so that nothing else is needed for it.

It hears half of all words wrong when anything may be said, and 18 % when it knows the texts of the catalogue (8 kHz, a
person; docs/voice-gate.md): so it is guided by them.
"""

import re
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicekit import extras
from voicekit.errors import EngineError

if TYPE_CHECKING:
    from voicekit.clip import Samples


class PocketSphinx:
    """A model is a folder with one dictionary, `*.dict`, and one folder of an acoustic model, with `mdef` in it."""

    name = "pocketsphinx"
    about = "PocketSphinx with its own model of English; or a model (pocketsphinx:DIR)"
    how_to_get = extras.brings("pocketsphinx")
    bound = 0.7
    guided = True

    def version(self) -> str:
        try:
            return version("pocketsphinx")
        except PackageNotFoundError as error:
            raise EngineError(f"pocketsphinx is not installed; {self.how_to_get}") from error

    def refusal(self, model: str, language: str) -> str:
        if not model:
            return "" if language.partition("_")[0] == "en" else "its own model knows English only: pocketsphinx:DIR"
        if not _parts(Path(model)):
            return f"{model}: no model; there must be one *.dict in it, and one folder with a file mdef"
        return ""

    def load(self, model: str, _language: str, texts: Sequence[str]) -> "Callable[[Samples], str]":
        from pocketsphinx import Decoder, get_model_path

        parts = _parts(Path(model or get_model_path("en-us")))
        assert parts
        dictionary, acoustic = parts
        entries = [line for line in dictionary.read_text("utf-8", "replace").splitlines() if line.strip()]
        said = _said(texts, {line.split()[0] for line in entries})
        with tempfile.TemporaryDirectory() as folder:
            grammar, words = _language_model(Path(folder), said), _dictionary(Path(folder), entries, said)
            try:
                decoder = Decoder(hmm=str(acoustic), dict=str(words), lm=str(grammar), loglevel="FATAL")
            except (RuntimeError, ValueError) as error:
                raise EngineError(f"{model}: not a model that pocketsphinx loads ({error})") from error
        return lambda samples: _heard(decoder, samples)


def _heard(decoder: Any, samples: "Samples") -> str:
    import numpy as np

    decoder.start_utt()
    decoder.process_raw((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    guess = decoder.hyp()
    return str(guess.hypstr) if guess else ""


def _said(texts: Sequence[str], known: set[str]) -> list[str]:
    """What may be said: words of the texts in the order that they have there. Unknown words it can't hear."""
    lines = (" ".join(word for word in re.findall(r"[\w']+", text.lower()) if word in known) for text in texts)
    if not (said := list(filter(None, lines))):
        raise EngineError("pocketsphinx knows no word of the texts that may be said")
    return said


def _language_model(folder: Path, said: Sequence[str]) -> Path:
    from pocketsphinx.lm import ArpaBoLM

    model = ArpaBoLM(text="\n".join(said), add_start=True)
    model.compute()
    path = folder / "texts.lm"
    model.write_file(str(path))
    return path


def _dictionary(folder: Path, entries: Sequence[str], said: Sequence[str]) -> Path:
    """How the words that may be said sound, each way: `a`, `a(2)`. All words take 15 s to load where few are said."""
    words = {word for line in said for word in line.split()}
    path = folder / "texts.dict"
    chosen = (line for line in entries if re.sub(r"\(\d+\)$", "", line.split()[0]) in words)
    path.write_text("".join(f"{line}\n" for line in chosen), "utf-8")
    return path


def _parts(model: Path) -> tuple[Path, Path] | None:
    """Dictionary and acoustic model."""
    dictionaries, acoustic = list(model.glob("*.dict")), [path.parent for path in model.glob("*/mdef")]
    return (dictionaries[0], acoustic[0]) if len(dictionaries) == len(acoustic) == 1 else None


RECOGNISER = PocketSphinx()
