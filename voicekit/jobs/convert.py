"""Any recordings in, evenly loud Asterisk sound files out; a tree in, the same tree out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicekit import formats, parallel
from voicekit.audio.recipe import Finish
from voicekit.errors import InputError, VoicekitError
from voicekit.formats import Format
from voicekit.outcome import Outcome, Verdict

LIMIT = 3600.0  # seconds a file: a recording of a whole day, in all formats
CHUNK = 4
_NOT_SOUND = {".md", ".txt", ".py", ".toml", ".html", ".json", ".jsonl"}


@dataclass(frozen=True, slots=True)
class Step:
    """One recording, and the files to be made of it."""

    source: Path
    targets: Mapping[Path, Format]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be converted; `decided` are files that can't be."""

    steps: Sequence[Step]
    decided: Sequence[Outcome]
    finish: Finish


def plan(sources: Sequence[Path], to: Path, names: Sequence[str], finish: Finish) -> Plan:
    """Pair every file below `sources` with its outputs below `to`.

    Raises `InputError` for a source that is not there and for formats that can't be written or must not lie beside
    each other. Of two recordings that would make one output, the second is refused; so is an output over a source.
    """
    rows = _rows(names)
    recordings = list(_recordings(sources, to))
    originals = {source.resolve() for source, _ in recordings}
    claimed: dict[Path, Path] = {}
    steps: list[Step] = []
    decided: list[Outcome] = []
    for source, relative in recordings:
        targets = {(to / relative).with_name(f"{relative.stem}.{row.extensions[0]}"): row for row in rows}
        clash = next((claimed[path] for path in targets if path in claimed), None)
        if clash:
            decided.append(_refused(source, "same-output", f"{clash} would make the same files", "rename one of them"))
        elif any(path.resolve() in originals for path in targets):
            decided.append(_refused(source, "own-source", "a recording would be written over", "choose another --to"))
        else:
            claimed |= dict.fromkeys(targets, source)
            steps.append(Step(source, targets))
    return Plan(steps, decided, finish)


def foretell(plan: Plan) -> Iterator[Outcome]:
    """What `apply` would do, with nothing done."""
    yield from plan.decided
    for step in plan.steps:
        files = ", ".join(str(path) for path in step.targets)
        yield Outcome(str(step.source), Verdict.SKIPPED, "would-convert", files)


def apply(plan: Plan) -> Iterator[Outcome]:
    """Convert in parallel; one bad recording stops no other."""
    from voicekit.audio.render import prepare

    yield from plan.decided
    prepare({row for step in plan.steps for row in step.targets.values()})

    def convert(step: Step) -> Outcome:
        return _convert(step, plan.finish)

    for step, made in parallel.each(convert, plan.steps, workers=parallel.processors(), chunk=CHUNK, limit=LIMIT):
        if isinstance(made, parallel.Crash):
            yield Outcome(str(step.source), Verdict.FAILED, "crashed", made.detail, data={"trace": made.trace})
        else:
            yield made


def _rows(names: Sequence[str]) -> list[Format]:
    rows = [formats.pick(name) for name in names]
    for row in rows:
        if row.refusal:
            raise InputError(f"{row.name} can't be written: {row.refusal}")
    for one, other in formats.same_codec(rows):
        raise InputError(f"{one.name} and {other.name} hold the same codec: which one plays depends on the machine")
    return rows


def _recordings(sources: Sequence[Path], to: Path) -> Iterator[tuple[Path, Path]]:
    """(file, path relative to what was named), in order; nothing below `to`, nothing hidden."""
    for source in sources:
        if source.is_dir():
            for path in sorted(source.rglob("*")):
                relative = path.relative_to(source)
                hidden = any(part.startswith(".") for part in relative.parts)
                if path.is_file() and not (hidden or path.suffix in _NOT_SOUND or path.is_relative_to(to)):
                    yield path, relative
        elif source.exists():
            yield source, Path(source.name)
        else:
            raise InputError(f"{source}: no such file or folder")


def _convert(step: Step, finish: Finish) -> Outcome:
    from voicekit.audio.read import open_sound
    from voicekit.audio.render import render

    name = str(step.source)
    try:
        rendered = render(open_sound(step.source), finish, step.targets)
    except VoicekitError as error:
        return Outcome(name, Verdict.FAILED, "not-converted", str(error).removeprefix(f"{name}: "))
    except OSError as error:
        return Outcome(name, Verdict.FAILED, "not-written", f"{error.filename or 'disk'}: {error.strerror}")
    measured = rendered.measured
    levels = "no speech" if measured.silent else f"{measured.level_before:.1f} -> {measured.level:.1f} dBov"
    data = {"files": [str(path) for path in step.targets], "seconds": round(rendered.seconds, 3)}
    if not measured.silent:
        data |= {"level_before": round(measured.level_before, 2), "level": round(measured.level, 2)}
    return Outcome(name, Verdict.DONE, "converted", f"{rendered.seconds:.1f} s, {levels}", data=data)


def _refused(source: Path, code: str, detail: str, remedy: str) -> Outcome:
    return Outcome(str(source), Verdict.REFUSED, code, detail, remedy)
