"""What can speak. One engine is one module and one entry point (group `voicekit.engines`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from voicekit import toml
from voicekit.errors import EngineError, InputError
from voicekit.text.lexicon import Entry
from voicekit.text.stress import Stress, stressed
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
class Text:
    """One key that is text; `options` are all that there are, or none where anything goes."""

    default: str
    meaning: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """One key that is a list of texts."""

    default: tuple[str, ...]
    meaning: str


Key = Setting | Text | Words


@dataclass(frozen=True, slots=True)
class Price:
    """What a million characters cost, by the provider's list of the day `as_of`.

    Where that depends on a setting, `setting` names it, and `per_million` has a price for each of its values on the
    list. Engines that bill take `price` and `currency` in a profile's [service]: the customer's contract knows better.
    """

    per_million: float | Mapping[str, float]
    currency: str
    as_of: str
    setting: str = ""

    def rate(self, settings: Mapping[str, Any]) -> float | None:
        """For all settings with defaults; None where the list has no price for them."""
        if isinstance(self.per_million, Mapping):
            return self.per_million.get(settings[self.setting])
        return self.per_million


@dataclass(frozen=True, slots=True)
class Speech:
    """What is to be said: text as the steps left it, its language, the engine voice, all settings with defaults.

    `service` is how the engine is reached, with defaults; `folder` that of the voice, for files that the profile
    names; `lexicon` the entries that touched the text.
    """

    text: str
    language: str
    speaker: Speaker
    settings: Mapping[str, Any]
    service: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = Path()
    lexicon: tuple[Entry, ...] = ()


@runtime_checkable
class Engine(Protocol):
    """Text in, sound out, or a clear refusal; never another voice than the one asked for.

    `settings` are the keys of a profile's [settings], `service` those of its [service]. `parallel` is how many
    prompts it may be asked for at once (None: one a processor). `fresh`: each call of `speak` needs a process of its
    own, forked after `version` was called; else a process, forked as well, serves one call after the other, and may
    keep what is costly to load. `stress` is how it takes stress marks. `longest` is how many characters it takes at
    once; longer texts are cut at sentences. `price` is None where nothing is billed. `speak` raises `EngineError`. The
    module imports no numpy and no library of weight: to find nothing to say must not wait for them.
    """

    name: str
    about: str
    how_to_get: str
    settings: Mapping[str, Key]
    service: Mapping[str, Key]
    parallel: int | None
    fresh: bool
    stress: Stress
    longest: int
    price: Price | None

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
    for name, values, known in (
        ("settings", voice.settings, engine.settings),
        ("service", voice.service, engine.service),
    ):
        for key in values:
            if key not in known:
                unknown = toml.unknown(f"{name.removesuffix('s')} of {engine.name}", key, set(known))
                raise voice.document.wrong(unknown, name, key)
            _check(voice, values, known[key], name, key)
    return engine


def speech(engine: Engine, voice: Voice, text: str, language: str, lexicon: tuple[Entry, ...] = ()) -> Speech | None:
    """What to ask of the engine; None when the voice has no speaker for the language."""
    speaker = voice.speaker(language)
    if speaker is None:
        return None
    return Speech(
        text=stressed(text, engine.stress),
        language=language,
        speaker=speaker,
        settings=defaults(engine.settings) | dict(voice.settings),
        service=defaults(engine.service) | dict(voice.service),
        folder=voice.folder,
        lexicon=lexicon,
    )


def defaults(keys: Mapping[str, Key]) -> dict[str, Any]:
    """What a profile that says nothing of these keys has."""
    return {name: key.default for name, key in keys.items()}


def cost(engine: Engine, voice: Voice, characters: int) -> str:
    """«about 0.32 USD» for so many characters; "" where nothing is billed."""
    if engine.price is None:
        return ""
    listed = engine.price.rate(defaults(engine.settings) | dict(voice.settings))
    rate = voice.service.get("price", listed)
    if rate is None:
        return "at a price that voicekit does not know (price in [service])"
    return f"about {characters * rate / 1e6:.2f} {voice.service.get('currency', engine.price.currency)}"


def wordless(text: str) -> str:
    """Why a text has nothing to speak (no engine says so itself, and services bill for silence); "" when it has."""
    return "" if any(map(str.isalnum, text)) else "nothing in it can be spoken: no letter and no digit"


def _check(voice: Voice, values: Mapping[str, Any], setting: Key, *place: str) -> None:
    key = place[-1]
    if isinstance(setting, Words):
        words = voice.document.take(values, key, list, *place[:-1])
        if not words or not all(isinstance(word, str) for word in words):
            raise voice.document.wrong(f"{key} must be a list of texts in quotes ({setting.meaning})", *place)
    elif isinstance(setting, Text):
        text = voice.document.take(values, key, str, *place[:-1])
        if setting.options and text not in setting.options:
            known = toml.unknown(key, text, set(setting.options))
            raise voice.document.wrong(f"{known} ({setting.meaning})", *place)
    else:
        kinds: Any = int if isinstance(setting.default, int) else (int, float)
        value = voice.document.take(values, key, kinds, *place[:-1])
        if not setting.low <= value <= setting.high:
            bounds = f"{setting.low:g} to {setting.high:g} ({setting.meaning})"
            raise voice.document.wrong(f"{key} must be {bounds}, not {value}", *place)


def _points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


__all__ = [
    "GROUP",
    "HUMAN",
    "Engine",
    "Key",
    "Price",
    "Setting",
    "Speech",
    "Text",
    "Words",
    "cost",
    "defaults",
    "get",
    "names",
    "of",
    "speech",
    "wordless",
]
