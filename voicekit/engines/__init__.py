"""What can speak. One engine is one module and one entry point (group `voicekit.engines`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from voicekit import toml
from voicekit.errors import EngineError, InputError
from voicekit.voices import HUMAN, Speaker, Voice

if TYPE_CHECKING:
    from voicekit.clip import Clip

GROUP = "voicekit.engines"


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a profile's [settings]: a whole number in low..high, or a number when these are floats."""

    low: float
    high: float
    default: float
    meaning: str


@dataclass(frozen=True, slots=True)
class Speech:
    """What is to be said: text as the steps left it, its language, the engine voice, all settings with defaults."""

    text: str
    language: str
    speaker: Speaker
    settings: Mapping[str, float]


@runtime_checkable
class Engine(Protocol):
    """Text in, sound out, or a clear refusal; never another voice than the one asked for.

    `parallel` is how many prompts it may be asked for at once (None: one a processor), `price` what a million
    characters cost in words ("" when nothing). `speak` runs in a process of its own, forked after `version` was
    called, and raises `EngineError`. The module imports no numpy: to find nothing to say must not wait for it.
    """

    name: str
    about: str
    how_to_get: str
    settings: Mapping[str, Setting]
    parallel: int | None
    price: str

    def version(self) -> str:
        """Version of the engine here; raises `EngineError` when it can't run on this machine."""
        ...

    def refusal(self, speech: Speech) -> str:
        """Why this can't be spoken, told before any work starts; "" when it can."""
        ...

    def speak(self, speech: Speech) -> "Clip":
        """Speak. The sound as the engine gives it: not trimmed, not levelled."""
        ...


def names() -> list[str]:
    """All engines that are installed, by name."""
    return sorted(_points())


@cache
def get(name: str) -> Engine:
    """The engine of this name; `InputError` names the nearest when there is none."""
    points = _points()
    if name not in points:
        raise InputError(toml.unknown("engine", name, set(points)))
    engine = points[name].load()
    if not isinstance(engine, Engine):
        raise EngineError(f"{points[name].value}: not an engine (see voicekit.engines.Engine); remove its package")
    return engine


def of(voice: Voice) -> Engine | None:
    """The engine of a voice, its settings checked; None for a human voice. Errors name the line of the profile."""
    if voice.human:
        return None
    try:
        engine = get(voice.engine)
    except InputError as error:
        raise voice.document.wrong(str(error), "engine") from error
    for key in voice.settings:
        if key not in engine.settings:
            unknown = toml.unknown(f"setting of {engine.name}", key, set(engine.settings))
            raise voice.document.wrong(unknown, "settings", key)
        _check(voice, key, engine.settings[key])
    return engine


def speech(engine: Engine, voice: Voice, text: str, language: str) -> Speech | None:
    """What to ask of the engine; None when the voice has no speaker for the language."""
    speaker = voice.speaker(language)
    if speaker is None:
        return None
    defaults = {key: setting.default for key, setting in engine.settings.items()}
    return Speech(text, language, speaker, defaults | dict(voice.settings))


def _check(voice: Voice, key: str, setting: Setting) -> None:
    kinds: Any = int if isinstance(setting.default, int) else (int, float)
    value = voice.document.take(voice.settings, key, kinds, "settings")
    if not setting.low <= value <= setting.high:
        raise voice.document.wrong(
            f"{key} must be {setting.low:g} to {setting.high:g} ({setting.meaning}), not {value}",
            "settings",
            key,
        )


def _points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


__all__ = ["GROUP", "HUMAN", "Engine", "Setting", "Speech", "get", "names", "of", "speech"]
