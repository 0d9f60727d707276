"""What can hear words. One recogniser is one module and one entry point (group `voicekit.recognisers`).

Which of them listens, and by which model, is the machine's affair: models are too large for a workspace, and run as
code does. `VOICEKIT_RECOGNISER=whisper:/srv/models/small` names one for all languages, `VOICEKIT_RECOGNISER_EN` one
for English.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from voicekit import toml
from voicekit.errors import EngineError, InputError

if TYPE_CHECKING:
    from voicekit.clip import Samples, Source

GROUP = "voicekit.recognisers"
VARIABLE = "VOICEKIT_RECOGNISER"
RATE = 16000  # Hz, which all of them take
LONGEST = 600  # s of a sound that are listened to


@runtime_checkable
class Recogniser(Protocol):
    """Sound in, words out. `bound` is the share of wrong words from which on a sound is another text.

    `guided`: it is to know beforehand what may be said. The module imports no library of weight.
    """

    name: str
    about: str
    how_to_get: str
    bound: float
    guided: bool

    def version(self) -> str:
        """Version of the library here; raises `EngineError` when there is none."""
        ...

    def refusal(self, model: str, language: str) -> str:
        """Why `model`, a path or "" for none, can't be used for a language; "" when it can."""
        ...

    def load(self, model: str, language: str, texts: Sequence[str]) -> "Callable[[Samples], str]":
        """What hears the words in samples at 16 kHz; `texts` are all that may be said, where `guided`. It is called in
        the process that listens: threads do not survive a fork. Raises `EngineError`.
        """
        ...


@dataclass(frozen=True)
class Ear:
    """A recogniser with a model, for one language. The model is loaded by the first sound, once in a process."""

    recogniser: Recogniser
    model: str
    language: str
    texts: Callable[[], Sequence[str]]

    def words(self, sound: "Source") -> str:
        """What is said in `sound`. Raises `EngineError`."""
        from voicekit.audio.resample import Resampled
        from voicekit.audio.steps import Cut
        from voicekit.clip import gather

        return self._hear(gather(Cut(Resampled(sound, RATE), 0, LONGEST * RATE)).samples)

    @cached_property
    def _hear(self) -> "Callable[[Samples], str]":
        return self.recogniser.load(self.model, self.language, self.texts() if self.recogniser.guided else ())


def names() -> list[str]:
    """All recognisers that are installed, by name."""
    return sorted(point.name for point in entry_points(group=GROUP))


def get(name: str) -> Recogniser:
    """The recogniser of this name; `InputError` names the nearest when there is none."""
    points = {point.name: point for point in entry_points(group=GROUP)}
    if name not in points:
        raise InputError(toml.unknown("recogniser", name, set(points)))
    recogniser = points[name].load()
    if not isinstance(recogniser, Recogniser):
        raise EngineError(f"{points[name].value}: not a recogniser (see voicekit.recognisers); remove its package")
    return recogniser


def ear(language: str, texts: Callable[[], Sequence[str]]) -> Ear | None:
    """What listens to a language on this machine; None where nothing is named for it.

    Raises `InputError` for what is named and can't be: nothing is passed over that somebody asked for.
    """
    variable, named = _named(language)
    if not named:
        return None
    kind, _, path = named.partition(":")
    try:
        recogniser = get(kind)
        recogniser.version()
    except (InputError, EngineError) as error:
        raise InputError(f"{variable}={named}: {error}") from error
    model = str(Path(path).expanduser()) if path else ""
    if refusal := recogniser.refusal(model, language):
        raise InputError(f"{variable}={named}: {refusal}")
    return Ear(recogniser, model, language, texts)


def _named(language: str) -> tuple[str, str]:
    """The variable that counts for a language, and what it says: `en_GB` falls back to `en`, and that to all."""
    parts = language.upper().split("_")
    variables = ["_".join([VARIABLE, *parts[:length]]) for length in range(len(parts), -1, -1)]
    return next(((name, os.environ[name]) for name in variables if os.environ.get(name)), (VARIABLE, ""))
