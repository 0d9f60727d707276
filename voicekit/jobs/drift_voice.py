"""Is an engine's voice still what it was when it was calibrated?"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from voicekit import calibration, drift, engines, voices
from voicekit.errors import InputError, VoicekitError
from voicekit.outcome import Outcome, Verdict


def apply(folder: Path) -> Iterator[Outcome]:
    """One outcome a language: it speaks the calibration text, and that is compared. Changes nothing."""
    voice = voices.load(folder)
    engine = engines.of(voice)
    if engine is None:
        raise InputError(f"{folder}: a human voice does not drift; voicekit voice check scores its recordings")
    known = calibration.load(folder)
    for language in voice.speakers:
        subject = f"{voice.name}/{language}"
        if language not in known:
            yield Outcome(subject, Verdict.SKIPPED, "not-calibrated", "", f"run voicekit voice calibrate {voice.name}")
            continue
        try:
            today = dt.datetime.now(dt.UTC).date()
            found = drift.compared(engine, voice, language, known[language], today)
        except VoicekitError as error:
            yield Outcome(subject, Verdict.FAILED, "not-heard", str(error))
            continue
        if found:
            remedy = "bring the old engine or model back, or calibrate the voice and revoice --all"
            yield Outcome(subject, Verdict.FAILED, "drifted", "; ".join(found), remedy, {"differences": found})
        else:
            yield Outcome(subject, Verdict.KEPT, "same", f"sounds as on {known[language].date}")
