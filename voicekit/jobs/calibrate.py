"""Measure a voice: what it is to sound like from now on."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from voicekit import calibration, drift, engines, fs, voices
from voicekit.calibration import Measured
from voicekit.errors import InputError, VoicekitError
from voicekit.outcome import Outcome, Verdict
from voicekit.voices import Voice

if TYPE_CHECKING:
    from voicekit.clip import Clip, Samples, Source

ENOUGH = 30.0  # s of speech that a person's profile needs
_PIECE = 5.0  # s of one sound of a profile that is made from long recordings
_GAP = 0.4  # s between two sentences of reference.<language>.flac


def apply(folder: Path, languages: Iterable[str] = (), *, today: dt.date | None = None) -> Iterator[Outcome]:
    """Have the engine of a voice speak the calibration text, keep and measure it: all languages, or the named ones."""
    voice = voices.load(folder)
    engine = engines.of(voice)
    if engine is None:
        raise InputError(f"{folder}: a human voice is calibrated by recordings: add --from FILE")
    day = today or dt.datetime.now(dt.UTC).date()
    for language in languages or voice.speakers:
        try:
            clips = drift.spoken(engine, voice, language)
            lines = calibration.sentences(folder, language)
            yield _kept(voice, language, clips, drift.measured(voice, language, clips, engine.version(), day, lines))
        except VoicekitError as error:
            yield Outcome(f"{voice.name}/{language}", Verdict.FAILED, "not-calibrated", str(error))


def recorded(recordings: Sequence[Path]) -> "list[Clip]":
    """What a person says in files and folders, in pieces. Raises `InputError` for less than half a minute."""
    from voicekit.audio.read import open_sound

    files = [file for path in recordings for file in (fs.walk(path) if path.is_dir() else (path,))]
    clips = [piece for path in files for piece in _pieces(open_sound(path))]
    spoken = sum(clip.seconds for clip in clips)
    if spoken < ENOUGH:
        raise InputError(f"{spoken:.0f} s of speech are too few to know a person by; give {ENOUGH:.0f} s or more")
    return clips


def from_recordings(
    folder: Path, language: str, clips: "Sequence[Clip]", *, today: dt.date | None = None
) -> Iterator[Outcome]:
    """Measure a person by what was `recorded` of them; nobody else may be in it."""
    voice = voices.load(folder)
    day = today or dt.datetime.now(dt.UTC).date()
    yield _kept(voice, language, clips, drift.measured(voice, language, clips, "", day))


def _pieces(recording: "Source") -> "Iterator[Clip]":
    """A recording in sounds of some seconds, so that a profile knows how much they differ."""
    from voicekit.audio.finish import extent, held
    from voicekit.audio.steps import Cut
    from voicekit.clip import gather

    start, stop = extent(held(recording))
    size = max(round(_PIECE * recording.rate), 1)
    for begin in range(start, stop - size // 5, size):
        yield gather(Cut(recording, begin, min(begin + size, stop)))


def _kept(voice: Voice, language: str, clips: "Sequence[Clip]", measured: Measured) -> Outcome:
    """Write reference and measurement; the sounds first, so that what is measured is there."""
    _write(calibration.reference(voice.folder, language), clips)
    known = dict(calibration.load(voice.folder))
    before = known.get(language)
    changed = list(drift.differences(before, measured)) if before else []
    if before and not changed and replace(before, date="") == replace(measured, date=""):
        return Outcome(f"{voice.name}/{language}", Verdict.KEPT, "unchanged", "sounds as it did when it was calibrated")
    calibration.save(voice.folder, known | {language: measured})
    detail = f"{measured.seconds:.0f} s of speech, {measured.level:.1f} dBov, {measured.pitch:.0f} Hz"
    if not measured.profile:
        detail += "; no voiceprint, the speaker model is not installed"
    if changed:
        detail += f"; was another voice: {'; '.join(changed)}"
    remedy = "voicekit revoice --all speaks every prompt in the new voice" if changed else ""
    return Outcome(f"{voice.name}/{language}", Verdict.DONE, "calibrated", detail, remedy, {"changed": changed})


def _write(path: Path, clips: "Sequence[Clip]") -> None:
    """All sounds in one FLAC, at the rate of the first, a pause between them."""
    import numpy as np
    import soundfile

    from voicekit.audio.resample import Resampled
    from voicekit.clip import gather

    rate = clips[0].rate
    gap: Samples = np.zeros(round(_GAP * rate), np.float32)
    samples = np.concatenate([part for clip in clips for part in (gather(Resampled(clip, rate)).samples, gap)])
    with fs.replacing(path) as file:
        soundfile.write(file, np.clip(samples, -1, 1), rate, format="FLAC", subtype="PCM_16")
