"""`level = "match:DIR"`: how loud a PBX's own prompts are."""

from pathlib import Path
from statistics import median

from voicekit.audio.level import SILENT, prompt_level
from voicekit.audio.read import open_sound
from voicekit.errors import InputError

SAMPLE = 200  # files; the median of the English pack moves by less than 0.1 dB from there on


def median_level(folder: Path) -> float:
    """The median active speech level (ITU-T P.56, dBov, one decimal) of the sounds below `folder`.

    Files that can't be read, and silence, do not count. Raises `InputError` when nothing is left.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    levels = [level for path in files[:: max(1, len(files) // SAMPLE)] if (level := _level(path)) > SILENT]
    if not levels:
        raise InputError(f"{folder}: holds no sound whose level could be matched")
    return round(median(levels), 1)


def _level(path: Path) -> float:
    try:
        return prompt_level(open_sound(path)).active
    except InputError:
        return float("-inf")
