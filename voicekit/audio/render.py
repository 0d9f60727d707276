"""From a Source to finished files: measure, apply, then per rate resample, and per format encode and prove."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from voicekit import fs
from voicekit.audio import finish
from voicekit.audio.finish import Measured, held
from voicekit.audio.level import SILENT, prompt_level
from voicekit.audio.prove import extent, prove
from voicekit.audio.recipe import Finish
from voicekit.audio.resample import Resampled
from voicekit.audio.steps import length
from voicekit.clip import Source
from voicekit.formats import Format


@dataclass(frozen=True, slots=True)
class Rendered:
    """The finished sound: seconds, active speech level (dBov) before and after, and what the finish did."""

    seconds: float
    level_before: float
    level: float
    measured: Measured | None  # None: converted as it is

    @property
    def silent(self) -> bool:
        return self.level < SILENT


def prepare(rows: Iterable[Format]) -> None:
    """Import what `render` needs, once, before workers are forked: it takes half a second."""
    import soundfile  # noqa: F401  every Master is read with it

    for row in rows:
        row.load()


def render(
    source: Source, recipe: Finish | None, targets: Mapping[Path, Format], *, staging: Path | None = None
) -> Rendered:
    """Write the finished sound (`recipe` None: as it is) to each path in its format.

    Every file appears whole, by rename, and has been decoded again: `VerificationError` when it is not what it should
    be. Not synced to disk: all of it can be made again.
    """
    measured, finished = finish.finished(source, recipe) if recipe else (None, source)
    finished = held(finished)
    level = measured.level if measured else prompt_level(finished).active
    by_rate = sorted(targets.items(), key=lambda target: target[1].rate)
    with ExitStack() as files:  # renamed together, when all are proved: no format is of another sound than the next
        for rate, group in groupby(by_rate, key=lambda target: target[1].rate):
            sound = held(Resampled(finished, rate))
            wanted = extent(sound)
            for path, row in group:
                file = files.enter_context(fs.replacing(path, staging=staging, durable=False))
                row.write(sound.blocks(), file)
                file.flush()
                prove(Path(file.name), row, wanted, path)
    before = measured.level_before if measured else level
    return Rendered(length(finished) / finished.rate, before, level, measured)
