"""What a voice was measured to be: `voices/<name>/calibration.json`, with `reference.<language>.flac` beside it."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from voicekit import fs
from voicekit.errors import InputError
from voicekit.lock import digest

FILE = "calibration.json"
VERSION = 1
LIMIT = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Measured:
    """One language of a voice, over all sentences of its calibration text.

    `level` is the mean active speech level of the engine's own sound (ITU-T P.56, dBov), `pitch` the median
    fundamental frequency in Hz, `spectrum` as in `audio.traits`, `seconds` the time from first to last sound, summed.
    `pace` is how long the voice takes, relative to the embedded engine; None for people, whose words are not known.
    `profile` is who that is (`voiceprint.profile.Profile.to_dict`), None where no encoder was here.
    """

    version: str  # of the engine
    voice: str  # digest of what the profile says of it: engine, engine voice or model, settings
    text: str  # digest of the sentences
    date: str  # UTC day
    seconds: float
    level: float
    pitch: float
    spectrum: tuple[float, ...]
    pace: float | None
    profile: Mapping[str, Any] | None

    @property
    def day(self) -> dt.date:
        return dt.date.fromisoformat(self.date)


Calibration = Mapping[str, Measured]  # by language


def load(folder: Path) -> Calibration:
    """What a voice's folder says; empty where it was never calibrated. Errors name the file."""
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        data = json.loads(fs.read_bounded(path, LIMIT))
        if data["version"] != VERSION:
            raise InputError(f"{path}: version {data['version']!r} is not known to this voicekit; update it")
        return {language: _measured(record) for language, record in data["languages"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: damaged ({error!r}); take it back from git, or remove it and calibrate the voice"
        ) from error


def save(folder: Path, calibration: Calibration) -> None:
    languages = {language: asdict(calibration[language]) for language in sorted(calibration)}
    text = json.dumps({"version": VERSION, "languages": languages}, indent=1, ensure_ascii=False)
    fs.write(folder / FILE, text.encode() + b"\n")


def _measured(record: Mapping[str, Any]) -> Measured:
    measured = Measured(**{**record, "spectrum": tuple(float(band) for band in record["spectrum"])})
    dt.date.fromisoformat(measured.date)
    return measured


def reference(folder: Path, language: str) -> Path:
    """The recording that a voice was calibrated by."""
    return folder / f"reference.{language}.flac"


def sentences(folder: Path, language: str) -> tuple[str, ...]:
    """What the voice is to read: `calibration.<language>.txt` in its folder, else ours; none for other languages."""
    own = folder / f"calibration.{language}.txt"
    ours = files("voicekit") / "calibration_texts" / f"{language.partition('_')[0]}.txt"
    if own.exists():
        text = fs.read_bounded(own, LIMIT).decode("utf-8-sig")
    elif ours.is_file():
        text = ours.read_text("utf-8")
    else:
        return ()
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def text_digest(lines: tuple[str, ...]) -> str:
    return digest(*lines)
