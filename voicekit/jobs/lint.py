"""What is wrong with the sounds in a folder, and what of it can be put right without losing anything."""

import os
import shlex
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from voicekit import fs, parallel
from voicekit.errors import InputError
from voicekit.formats import TABLE, Format
from voicekit.outcome import Outcome, Verdict
from voicekit.pbx.lint import Examined, compare, examine, renamed
from voicekit.pbx.mend import STORE, Mended, mend
from voicekit.pbx.rules import Finding, Severity
from voicekit.pbx.tree import walk

LIMIT = 600.0  # seconds a file
_ROUNDS = 2  # a name first, then what is behind it
_VERDICTS = {Severity.ERROR: Verdict.FAILED, Severity.WARNING: Verdict.SKIPPED, Severity.NOTE: Verdict.SKIPPED}

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Plan:
    """The sounds below a folder, all examined."""

    folder: Path
    examined: Sequence[Examined]


def plan(folder: Path) -> Plan:
    """Examine everything below `folder`; raises `InputError` when it is no folder."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; name one with sounds, like /var/lib/asterisk/sounds")
    tree = walk(folder)
    faults = [Examined(path, None, (Finding("unreadable", why),)) for path, why in tree.faults]
    return Plan(folder, [*faults, *_examine(tree.files)])


def foretell(plan: Plan) -> Iterator[Outcome]:
    """The files that `apply` would mend; nothing is done."""
    for examined in plan.examined:
        if examined.mends:
            codes = ", ".join(finding.code for finding in examined.findings if finding.mends)
            yield Outcome(shown(examined.path), Verdict.SKIPPED, "would-mend", codes)


def apply(plan: Plan) -> Iterator[Outcome]:
    """Mend what can be mended without loss, then report what is left, as `report` does.

    One lint at a time mends a folder: raises `LockedError` when another one does.
    """
    store = plan.folder / STORE
    if not any(examined.mends for examined in plan.examined):
        yield from report(plan)
        return
    store.mkdir(mode=0o700, exist_ok=True)
    with fs.exclusive(store / "lock", f"{plan.folder} (--fix)"):
        fs.sweep(store)
        current = {examined.path: examined for examined in plan.examined}
        for _ in range(_ROUNDS):
            yield from _mend(plan.folder, current)
    yield from report(Plan(plan.folder, list(current.values())))


def report(plan: Plan) -> Iterator[Outcome]:
    """One outcome a finding, sorted by file; one for each file in which nothing was found."""
    beside = list(compare(plan.examined))
    rows = {examined.path: examined.row for examined in plan.examined}
    found = [(examined.path, finding) for examined in plan.examined for finding in examined.findings] + beside
    bad = {path for path, _ in found}
    outcomes = [_outcome(path, rows[path], finding) for path, finding in found]
    outcomes += [Outcome(shown(path), Verdict.KEPT, "good") for path, row in rows.items() if row and path not in bad]
    yield from sorted(outcomes, key=lambda outcome: outcome.subject)


def shown(path: Path) -> str:
    """A path that any terminal and any JSON reader survives: what is not UTF-8 or not printable is escaped."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _examine(paths: Sequence[Path]) -> Iterator[Examined]:
    """In parallel; what is no sound and looks like none is left out."""
    for path, result in _each(examine, paths):
        if isinstance(result, parallel.Crash):
            yield Examined(path, None, (Finding("damaged", result.detail),))
        elif result.row or result.findings:
            yield result


def _mend(folder: Path, current: dict[Path, Examined]) -> Iterator[Outcome]:
    """Mend what is in `current`, and bring that up to date. A file with several names is mended once."""
    names: defaultdict[Path, list[Path]] = defaultdict(list)
    for path in sorted(current, key=lambda path: not current[path].mends):
        names[path.resolve()].append(path)
    now = time.time()

    def task(path: Path) -> Mended | str:
        if len(names[path.resolve()]) > 1 and renamed(path):
            return "links lead to it; rename them together"
        try:
            return mend(folder, path, now=now)
        except (InputError, OSError) as error:
            return str(error)

    changed: list[Path] = []
    for path, result in _each(task, [group[0] for group in names.values() if current[group[0]].mends]):
        if isinstance(result, Mended):
            codes = [finding.code for finding in current[path].findings if finding.mends]
            changed += [result.path, *names[path.resolve()][1:]]
            if not path.exists():
                del current[path]
            yield _mended(path, result, codes)
        else:
            why = result if isinstance(result, str) else result.detail
            yield Outcome(shown(path), Verdict.FAILED, "not-mended", f"left as it is: {why}")
            current |= {name: _given_up(current[name]) for name in names[path.resolve()]}
    current |= {examined.path: examined for examined in _examine(changed)}


def _each(function: Callable[[Path], R], paths: Sequence[Path]) -> Iterator[tuple[Path, R | parallel.Crash]]:
    return parallel.each(function, paths, workers=parallel.processors(), limit=LIMIT)


def _mended(path: Path, result: Mended, codes: Sequence[str]) -> Outcome:
    how = f"; what it was: {shown(result.kept)}" if result.kept else f"; now {shown(result.path)}"
    data = {"codes": list(codes), "path": shown(result.path)} | ({"kept": shown(result.kept)} if result.kept else {})
    return Outcome(shown(path), Verdict.DONE, "mended", ", ".join(codes) + how, data=data)


def _given_up(examined: Examined) -> Examined:
    findings = tuple(Finding(finding.code, finding.detail) for finding in examined.findings)
    return Examined(examined.path, examined.row, findings, examined.level)


def _outcome(path: Path, row: Format | None, finding: Finding) -> Outcome:
    severity = finding.rule.severity
    remedy = (
        "voicekit lint --fix mends it" if finding.mends else finding.rule.remedy.format(convert=_convert(path, row))
    )
    data = {"severity": severity.value, "mends": finding.mends}
    return Outcome(shown(path), _VERDICTS[severity], finding.code, finding.detail, remedy, data)


def _convert(path: Path, row: Format | None) -> str:
    command = f"voicekit convert {shlex.quote(shown(path))} --to DIR"
    if row is None:
        return command
    names = (name for name in (row.name, row.codec, "ulaw") if name in TABLE and TABLE[name].writable)
    return f"{command} --formats {next(names)}"
