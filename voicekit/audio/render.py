"""From a Source to finished files: measure, apply, then per rate resample, and per format encode and prove."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
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
    """The finished sound: seconds, active speech level (dBov) before and after, and what the finish did.

    `files` is the SHA-256 of each file, as it was when it was decoded again.
    """

    files: Mapping[Path, str]
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

    import voicekit.audio.read  # noqa: F401

    for row in rows:
        row.load()


def render(
    source: Source, recipe: Finish | None, targets: Mapping[Path, Format], *, staging: Path | None = None
) -> Rendered:
    """Write the finished sound (`recipe` None: as it is) to each path in its format.

    Every file appears whole, by rename, and has been decoded again: `VerificationError` when it is not what it should
    be. Not synced to disk: all of it can be made again.
    """
    finishing = finish.finishing(source, recipe) if recipe else None
    at = finishing.at if finishing else partial(Resampled, held(source))
    files = _written(at, targets, staging)
    if finishing is None:
        level = prompt_level(source).active
        return Rendered(files, length(source) / source.rate, level, level, None)
    found = finishing.measured
    return Rendered(files, finishing.seconds, found.level_before, found.level, found)


def _written(at: Callable[[int], Source], targets: Mapping[Path, Format], staging: Path | None) -> dict[Path, str]:
    """The files, written, proved and put in place; the SHA-256 of each."""
    made = {}
    by_rate = sorted(targets.items(), key=lambda target: target[1].rate)
    with ExitStack() as written:  # renamed together, when all are proved: no format is of another sound than the next
        for rate, group in groupby(by_rate, key=lambda target: target[1].rate):
            sound = held(at(rate))
            wanted = extent(sound.blocks())
            for path, row in group:
                file = written.enter_context(fs.replacing(path, staging=staging, durable=False))
                row.write(sound.blocks(), file)
                prove(file, row, wanted, path)
                made[path] = fs.digest(file)
    return made
