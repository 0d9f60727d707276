"""Turning one recording into sound files, and knowing which recordings have been turned already.

The record lies in the output folder, `.voicekit/converted.jsonl`. A recording is done when its content, the recipe,
and the content of every file that was made of it are still the same: times of files count for nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicekit import fs, jsonl
from voicekit.audio.recipe import Finish
from voicekit.formats import Format

if TYPE_CHECKING:
    from voicekit.audio.render import Rendered

KIND = "converted"
VERSION = 1
FOLDER = ".voicekit"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is done to every recording of a run: `finish` None changes nothing; `channel` None mixes all of them."""

    finish: Finish | None
    channel: int | None = None

    def digest(self) -> str:
        finish = self.finish.digest() if self.finish else "as-it-is"
        return finish if self.channel is None else f"{finish}/{self.channel}"


@dataclass(frozen=True, slots=True)
class Step:
    """One recording, and where its files go: `name` is its path below the output folder, without extension."""

    source: Path
    name: str

    def target(self, to: Path, row: Format) -> Path:
        return to / f"{self.name}.{row.extensions[0]}"


@dataclass(frozen=True, slots=True)
class Record:
    """What was made of one recording: SHA-256 of it and of each file (by extension), and what the run found.

    `levels` are dBov (ITU-T P.56), before and after; None where there is no speech. `repaired` is for people.
    """

    name: str
    source: str
    sha256: str
    recipe: str
    files: Mapping[str, str]
    seconds: float
    levels: tuple[float, float] | None
    repaired: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Converter:
    """Carries out steps; a worker process has a copy."""

    to: Path
    rows: tuple[Format, ...]
    recipe: Recipe
    known: Mapping[str, Record]

    def convert(self, step: Step) -> tuple[Record, bool]:
        """What the recording became, and whether that took any work. Raises `VoicekitError` and `OSError`."""
        from voicekit.audio.read import open_sound
        from voicekit.audio.render import render

        sha256 = fs.sha256(step.source)
        done = self.known.get(step.name)
        if done and self._is_done(step, done, sha256):
            return done, False
        source = open_sound(step.source, self.recipe.channel)
        targets = {step.target(self.to, row): row for row in self.rows}
        rendered = render(source, self.recipe.finish, targets, staging=self.to / FOLDER / "tmp")
        record = Record(
            name=step.name,
            source=str(step.source),
            sha256=sha256,
            recipe=self.recipe.digest(),
            files={row.extensions[0]: rendered.files[path] for path, row in targets.items()},
            seconds=round(rendered.seconds, 3),
            levels=None if rendered.silent else (round(rendered.level_before, 2), round(rendered.level, 2)),
            repaired=_repaired(rendered),
        )
        return record, True

    def _is_done(self, step: Step, done: Record, sha256: str) -> bool:
        wanted = {row.extensions[0]: step.target(self.to, row) for row in self.rows}
        return (
            (done.sha256, done.recipe) == (sha256, self.recipe.digest())
            and wanted.keys() <= done.files.keys()
            and all(path.is_file() and fs.sha256(path) == done.files[name] for name, path in wanted.items())
        )


def load(to: Path) -> dict[str, Record]:
    """The records of an output folder, by name."""
    return {record.name: record for record in jsonl.read(_path(to), KIND, VERSION, _record)}


def save(to: Path, records: Mapping[str, Record]) -> None:
    """Write them whole, sorted."""
    lines = (asdict(records[name]) for name in sorted(records))
    jsonl.write(_path(to), KIND, VERSION, lines, staging=to / FOLDER / "tmp")


def _path(to: Path) -> Path:
    return to / FOLDER / "converted.jsonl"


def _record(record: Mapping[str, Any]) -> Record:
    levels = record["levels"] and (record["levels"][0], record["levels"][1])
    return Record(**{**record, "levels": levels, "repaired": tuple(record["repaired"])})


def _repaired(rendered: "Rendered") -> tuple[str, ...]:
    """What the finish mended, in words: what was cut off, how much louder, whether peaks were limited."""
    measured = rendered.measured
    if measured is None or measured.silent:
        return ()
    before, after = measured.start / measured.rate, (measured.total - measured.stop) / measured.rate
    said = []
    if max(before, after) >= 0.1:
        said.append(f"{before:.1f} s and {after:.1f} s of pause cut off")
    if abs(measured.gain_db) >= 0.5:
        said.append(f"{measured.gain_db:+.1f} dB")
    if measured.limited:
        said.append("peaks limited")
    return tuple(said)
