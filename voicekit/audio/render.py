"""From a Source to finished files: measure once, apply once, then per rate resample and per format encode."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from voicekit import fs
from voicekit.audio import finish
from voicekit.audio.recipe import Finish
from voicekit.audio.resample import Resampled
from voicekit.audio.steps import length
from voicekit.clip import Source
from voicekit.formats import Format


@dataclass(frozen=True, slots=True)
class Rendered:
    """How long the finished sound is (seconds), and what the measuring pass found."""

    seconds: float
    measured: finish.Measured


def prepare(rows: Iterable[Format]) -> None:
    """Import what `render` needs, once, before workers are forked: it takes half a second."""
    import soundfile  # noqa: F401  every Master is read with it

    for row in rows:
        row.load()


def render(source: Source, recipe: Finish, targets: Mapping[Path, Format], *, staging: Path | None = None) -> Rendered:
    """Write the finished sound to each path in its format; every file appears whole, by rename.

    Not synced to disk: all of it can be made again from the Master.
    """
    measured = finish.measure(source, recipe)
    finished = finish.held(finish.apply(source, measured, recipe))
    by_rate = sorted(targets.items(), key=lambda target: target[1].rate)
    for rate, group in groupby(by_rate, key=lambda target: target[1].rate):
        sound = finish.held(Resampled(finished, rate))
        for path, row in group:
            with fs.replacing(path, staging=staging, durable=False) as file:
                row.write(sound.blocks(), file)
    return Rendered(length(finished) / finished.rate, measured)
