"""Any recordings in, evenly loud Asterisk sound files out; a tree in, the same tree out."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicekit import conversion, formats, fs, parallel
from voicekit.checkpoint import Checkpoint
from voicekit.conversion import Converter, Recipe, Record, Step
from voicekit.errors import InputError, VoicekitError
from voicekit.formats import Format
from voicekit.outcome import Outcome, Verdict

LIMIT = 3600.0  # seconds a file: a recording of a whole day, in all formats
# fmt: off
_NOT_SOUND = {
    ".csv", ".db", ".gz", ".html", ".ini", ".jpg", ".json", ".jsonl", ".md", ".pdf", ".png", ".py", ".toml", ".txt",
    ".xlsx", ".zip",
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be converted into `to`; `decided` are files that are not."""

    steps: Sequence[Step]
    decided: Sequence[Outcome]
    to: Path
    rows: tuple[Format, ...]
    recipe: Recipe

    @property
    def total(self) -> int:
        return len(self.steps) + len(self.decided)


def plan(sources: Sequence[Path], to: Path, rows: Sequence[Format], recipe: Recipe, *, flat: bool = False) -> Plan:
    """Pair every file below `sources` with its outputs below `to`: the same tree, or one folder when `flat`.

    Raises `InputError` for a source that is not there and for formats that can't be written or must not lie beside
    each other. Of two recordings that would make one output, the second is refused; so is an output over a source.
    """
    _check(rows)
    steps: list[Step] = []
    decided: list[Outcome] = []
    claimed: dict[str, Path] = {}
    recordings = [found for source in sources for found in _below(source, to)]
    originals = {_real(source) for source, _ in recordings if isinstance(_, Path)}
    for source, found in recordings:
        if isinstance(found, Outcome):
            decided.append(found)
            continue
        step = Step(source, found.stem if flat else str(found.with_suffix("")))
        if step.name in claimed:
            detail = f"{claimed[step.name]} would make the same files"
            decided.append(_refused(source, "same-output", detail, "rename one of them"))
        elif any(_real(step.target(to, row)) in originals for row in rows):
            decided.append(_refused(source, "own-source", "a recording would be written over", "choose another --to"))
        else:
            claimed[step.name] = source
            steps.append(step)
    return Plan(steps, decided, to, tuple(rows), recipe)


def foretell(plan: Plan) -> Iterator[Outcome]:
    """What `apply` would do, with nothing done."""
    yield from plan.decided
    for step in plan.steps:
        files = ", ".join(str(step.target(plan.to, row)) for row in plan.rows)
        yield Outcome(str(step.source), Verdict.SKIPPED, "would-convert", files)


def apply(plan: Plan) -> Iterator[Outcome]:
    """Convert in parallel; one bad recording stops no other. Run again, it does what is left to do."""
    from voicekit.audio.render import prepare

    yield from plan.decided
    if not plan.steps:
        return
    folder = plan.to / conversion.FOLDER
    with fs.exclusive(folder / "lock", f"the folder {plan.to}"):
        fs.sweep(folder / "tmp")
        records = conversion.load(plan.to)
        prepare(plan.rows)
        with Checkpoint(lambda: conversion.save(plan.to, records)) as checkpoint:
            for step, made in _convert_all(plan, records):
                if isinstance(made, Outcome):
                    yield made
                    continue
                record, fresh = made
                records[step.name] = record
                checkpoint.changed()
                yield _done(step, record, plan, fresh=fresh)


def _convert_all(plan: Plan, records: dict[str, Record]) -> Iterator[tuple[Step, tuple[Record, bool] | Outcome]]:
    converter = Converter(plan.to, plan.rows, plan.recipe, dict(records))

    def convert(step: Step) -> tuple[Record, bool] | Outcome:
        try:
            return converter.convert(step)
        except VoicekitError as error:
            detail = str(error).removeprefix(f"{step.source}: ")
            return Outcome(str(step.source), Verdict.FAILED, "not-converted", detail)
        except OSError as error:
            if error.filename == str(step.source):
                return _not_read(step.source, error)
            detail = f"{error.filename or 'disk'}: {error.strerror}"
            return Outcome(str(step.source), Verdict.FAILED, "not-written", detail)

    for step, made in parallel.each(convert, plan.steps, workers=parallel.processors(), limit=LIMIT):
        if isinstance(made, parallel.Crash):
            yield step, Outcome(str(step.source), Verdict.FAILED, "crashed", made.detail, data={"trace": made.trace})
        else:
            yield step, made


def _done(step: Step, record: Record, plan: Plan, *, fresh: bool) -> Outcome:
    levels = "no speech" if record.levels is None else "{:.1f} -> {:.1f} dBov".format(*record.levels)
    data = {
        "files": [str(step.target(plan.to, row)) for row in plan.rows],
        "seconds": record.seconds,
        "levels": record.levels,
        "repaired": list(record.repaired),
    }
    detail = f"{record.seconds:.1f} s, {levels}"
    if not fresh:
        return Outcome(str(step.source), Verdict.KEPT, "current", detail, data=data)
    return Outcome(str(step.source), Verdict.DONE, "converted", detail, data=data)


def _check(rows: Sequence[Format]) -> None:
    for row in rows:
        if not row.writable:
            raise InputError(f"{row.name} can't be written: {row.refusal}")
    for one, other in formats.same_codec(rows):
        raise InputError(f"{one.name} and {other.name} hold the same codec: which one plays depends on the machine")


def _below(source: Path, to: Path) -> Iterator[tuple[Path, Path | Outcome]]:
    """Each file with its path relative to what was named, or with why it is left out. Links to folders are not entered.

    Nothing hidden, and nothing below a `to` that lies within the source.
    """
    if source.is_dir():
        made = _real(to)
        if made == _real(source):
            raise InputError(f"{to}: the folder of the recordings itself; choose another --to")
        within = _real(source) in made.parents
        for path in fs.walk(source):
            if not (within and made in _real(path).parents):
                yield path, _fit(path) or path.relative_to(source)
    elif source.exists() or source.is_symlink():
        yield source, _fit(source) or Path(source.name)
    else:
        raise InputError(f"{source}: no such file or folder")


def _real(path: Path) -> Path:
    """Where a path leads; `Path.resolve` raises for links in a circle."""
    return Path(os.path.realpath(path))


def _fit(path: Path) -> Outcome | None:
    """Why a path is no recording; None when it may be one."""
    if path.suffix.lower() in _NOT_SOUND:
        return Outcome(str(path), Verdict.SKIPPED, "no-sound", "not a kind of sound file")
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return _not_read(path, error)
    if path.is_symlink() and stat.S_ISDIR(mode):
        return Outcome(str(path), Verdict.SKIPPED, "link", "a link to a folder", "name the folder itself")
    if stat.S_ISDIR(mode):
        return Outcome(str(path), Verdict.FAILED, "not-read", "this folder can't be listed", "see to its permissions")
    if not stat.S_ISREG(mode):
        return Outcome(str(path), Verdict.SKIPPED, "no-file", "neither file nor folder (a pipe, a socket, a device)")
    return None


def _not_read(path: Path, error: OSError) -> Outcome:
    return Outcome(str(path), Verdict.FAILED, "not-read", error.strerror or str(error), "see to it, and run again")


def _refused(source: Path, code: str, detail: str, remedy: str) -> Outcome:
    return Outcome(str(source), Verdict.REFUSED, code, detail, remedy)
