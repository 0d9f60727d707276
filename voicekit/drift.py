"""Is the voice still the one that was calibrated? An engine, or a provider, may have changed it under its name."""

import datetime as dt
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from voicekit import calibration, engines, fs, parallel, reading, text, voiceprint
from voicekit.calibration import Measured
from voicekit.engines import Engine, Speech
from voicekit.errors import EngineError, InputError
from voicekit.lock import digest
from voicekit.voiceprint import EncoderMissingError
from voicekit.voices import Voice

if TYPE_CHECKING:
    from voicekit.clip import Clip

EVERY = dt.timedelta(days=30)  # a provider changes a voice without saying so
LIMIT = 300.0  # seconds a sentence

# The same words, spoken by the same voice, come out alike even where an engine draws lots.
_LIKENESS = 0.96  # cosine of the two profiles; two speakers of one engine were measured at up to 0.95
_LEVEL = 1.5  # dB
_SEMITONES = 1.0
_TEMPO = 0.08  # share of the time
_SPECTRUM = 3.0  # dB, mean over the bands


def spoken(engine: Engine, voice: Voice, language: str) -> "list[Clip]":
    """The calibration text, a Clip a sentence. Raises `EngineError`, and `InputError` where there is no text."""
    lines = calibration.sentences(voice.folder, language)
    if not lines:
        raise InputError(
            f"{voice.folder}: no calibration text for {language}; write calibration.{language}.txt there, a sentence a "
            "line, half a minute in all"
        )
    said = [text.spoken(line, language, voice.lexicon) for line in lines]
    speeches = [engines.speech(engine, voice, one.text, language, one.touched) for one in said]
    asked = [speech for speech in speeches if speech is not None]
    if refusal := next(filter(None, map(engine.refusal, asked)), ""):
        raise EngineError(refusal)
    engine.version()
    if not engine.fresh:
        return _in_order(engine, asked)
    with parallel.fresh(engine.speak, limit=LIMIT) as speak:
        return [speak(speech) for speech in asked]


def _in_order(engine: Engine, asked: Sequence[Speech]) -> "list[Clip]":
    workers = min(engine.parallel or parallel.processors(), parallel.processors())
    clips = {}
    for (number, _), clip in parallel.each(
        lambda task: engine.speak(task[1]), list(enumerate(asked)), workers=workers, limit=LIMIT
    ):
        if isinstance(clip, parallel.Crash):
            raise EngineError(f"{engine.name} failed on the calibration text: {clip.detail}")
        clips[number] = clip
    return [clips[number] for number in range(len(asked))]


def measured(
    voice: Voice, language: str, clips: "Sequence[Clip]", version: str, today: dt.date, lines: Sequence[str] = ()
) -> Measured:
    """Measure what is spoken; `lines` are its words, where they are known. Raises `InputError` for no speech.

    In a process of its own: it has the embedded engine read the lines, which must not be this process's first word
    where that engine is to speak (engines/espeak.py).
    """
    tasks = [(voice, language, clips, version, today, lines)]
    (result,) = [result for _, result in parallel.each(_try, tasks, workers=1, limit=LIMIT)]
    if isinstance(result, parallel.Crash):
        raise EngineError(f"the calibration of voices/{voice.name} could not be measured: {result.detail}")
    if isinstance(result, InputError):
        raise result
    return result


def _try(task: tuple[Any, ...]) -> Measured | InputError:
    try:
        return _measured(*task)
    except InputError as error:
        return error


def _measured(
    voice: Voice, language: str, clips: "Sequence[Clip]", version: str, today: dt.date, lines: Sequence[str]
) -> Measured:
    from voicekit.audio.traits import traits

    heard = [(number, one) for number, clip in enumerate(clips) if (one := traits(clip))]
    if not heard:
        raise InputError(f"voices/{voice.name}: no speech in the calibration of {language}")
    every = [one for _, one in heard]
    paces = [
        one.seconds / expected
        for number, one in heard
        if lines and (expected := reading.seconds(lines[number], language))
    ]
    pitches = [one.pitch for one in every if one.pitch]
    return Measured(
        version=version,
        voice=identity(voice, language),
        text=calibration.text_digest(tuple(lines)),
        date=today.isoformat(),
        seconds=round(sum(one.seconds for one in every), 2),
        level=round(fmean(one.level for one in every), 2),
        pitch=round(median(pitches), 1) if pitches else 0.0,
        spectrum=tuple(round(fmean(bands), 2) for bands in zip(*(one.spectrum for one in every), strict=True)),
        pace=round(median(paces), 3) if paces else None,
        profile=_profile(clips),
    )


def _profile(clips: "Sequence[Clip]") -> dict[str, object] | None:
    from voicekit.voiceprint.profile import Profile

    try:
        encoder = voiceprint.encoder()
    except EncoderMissingError:
        return None
    return Profile.of(encoder.identity, encoder.prints(clips)).to_dict()


def identity(voice: Voice, language: str) -> str:
    """Digest of all that the profile says of who is to speak, and how."""
    return digest(voice.identity(language), voice.settings_digest())


def due(then: Measured, version: str, checked: dt.date | None, today: dt.date) -> str:
    """Why the voice has to be heard again before it speaks, "" when it has not."""
    if then.version != version:
        return f"the engine is {version} now, and was {then.version}"
    if today - max(filter(None, (then.day, checked))) >= EVERY:
        return f"it was last heard more than {EVERY.days} days ago"
    return ""


def differences(then: Measured, now: Measured) -> Iterator[str]:
    """What is no longer the same, in words; nothing where the voice is what it was."""
    if then.profile and now.profile and then.profile["encoder"] == now.profile["encoder"]:
        from voicekit.voiceprint.profile import Profile

        likeness = Profile.from_dict(then.profile).likeness(Profile.from_dict(now.profile))
        if likeness < _LIKENESS:
            yield f"another speaker (likeness {likeness:.2f}, the same voice has {_LIKENESS} or more)"
    if abs(now.level - then.level) > _LEVEL:
        yield f"level {now.level:.1f} dBov, was {then.level:.1f}"
    if bool(now.pitch) != bool(then.pitch) or (now.pitch and abs(12 * math.log2(now.pitch / then.pitch)) > _SEMITONES):
        yield f"pitch {now.pitch:.0f} Hz, was {then.pitch:.0f}"
    if now.text == then.text and abs(now.seconds / then.seconds - 1) > _TEMPO:
        yield f"{now.seconds:.1f} s for the same words, were {then.seconds:.1f}"
    apart = fmean(abs(one - other) for one, other in zip(now.spectrum, then.spectrum, strict=True))
    if apart > _SPECTRUM:
        yield f"another timbre ({apart:.1f} dB apart)"


def check(engine: Engine, voice: Voice, languages: Iterable[str], cache: Path, today: dt.date) -> None:
    """Hear the voice again where that is due. Raises `EngineError` when it has drifted: nothing is to be spoken then.

    A profile that was edited since counts as drifted. A language that was never calibrated is not checked; `cache`
    remembers when this machine checked.
    """
    then = calibration.load(voice.folder)
    memory = _remembered(cache)
    version = engine.version()
    for language in languages:
        if language not in then:
            continue
        key = f"{voice.name}/{language}/{version}"
        if then[language].voice != identity(voice, language):
            raise EngineError(
                f"{voice.document.path}: changed since the voice was calibrated in {language}: another engine voice, "
                "model or setting. Nothing was spoken. Take that back, or take the new voice: "
                f"voicekit voice calibrate {voice.name}"
            )
        if not due(then[language], version, memory.get(key), today):
            continue
        if found := compared(engine, voice, language, then[language], today):
            raise EngineError(_explained(voice, language, found))
        memory[key] = today
        _remember(cache, memory)


def compared(engine: Engine, voice: Voice, language: str, then: Measured, today: dt.date) -> list[str]:
    """Speak the calibration text and say what differs."""
    lines = calibration.sentences(voice.folder, language)
    clips = spoken(engine, voice, language)
    return list(differences(then, measured(voice, language, clips, engine.version(), today, lines)))


def _explained(voice: Voice, language: str, found: list[str]) -> str:
    return (
        f'the voice "{voice.name}" no longer sounds in {language} as it was calibrated: {"; ".join(found)}. '
        "Nothing was spoken. Bring the old engine or model back, or take the new voice for all prompts: "
        f"voicekit voice calibrate {voice.name}, then voicekit revoice --all"
    )


def _remembered(cache: Path) -> dict[str, dt.date]:
    try:
        return {key: dt.date.fromisoformat(day) for key, day in json.loads(cache.read_bytes()).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _remember(cache: Path, memory: dict[str, dt.date]) -> None:
    text_ = json.dumps({key: day.isoformat() for key, day in memory.items()})
    fs.write(cache, text_.encode(), durable=False)
