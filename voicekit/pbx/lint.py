"""One file, or a folder of them, through all checks."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import BinaryIO

from voicekit.audio.read import open_sound
from voicekit.errors import InputError
from voicekit.formats import Format, by_extension
from voicekit.pbx import containers, hearing, raw, wave
from voicekit.pbx.rules import Finding, Severity
from voicekit.pbx.wave_reader import GSM, layout

_FAR = 6.0  # dB from the folder's median
_FEW = 5  # sounds of a folder that have no median worth the name
# Characters that no dialplan can pass to Playback, tried one by one (docs/formats.md, "Names").
_NEVER_PLAYED = re.compile(r'[&,;"\\]| $|\$[{\[]')
_WAVES = {"wav", "wav16"}
_AMBIGUOUS = {"raw", "pcm"}  # in capitals they come from programs that mean another sound by them
_READERS = {"au": containers.au, "ogg": containers.ogg, "opus": containers.ogg, "spx": containers.ogg,
            "spx16": containers.ogg, "spx32": containers.ogg, "wav49": containers.wav49}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Examined:
    """A file, the format that Asterisk takes it for (None: for no sound), what was found, and how loud it is."""

    path: Path
    row: Format | None
    findings: tuple[Finding, ...]
    level: float = -math.inf  # dBov, ITU-T P.56

    @property
    def mends(self) -> bool:
        return any(finding.mends for finding in self.findings)


def examine(path: Path) -> Examined:
    """All that can be said of one file without its neighbours. Never raises for what is in the file."""
    row = by_extension(path.suffix[1:])
    try:
        with path.open("rb") as file:
            findings = [*_names(path, row), *_content(path, row, file)]
    except OSError as error:
        return Examined(path, row, (Finding("unreadable", f"can't be read: {error.strerror or error}"),))
    if row is None or any(finding.rule.severity is Severity.ERROR for finding in findings) or not row.readable:
        return Examined(path, row, tuple(findings))
    return _heard(path, row, findings)


def compare(all_examined: Iterable[Examined]) -> Iterator[tuple[Path, Finding]]:
    """What can only be said of files beside each other."""
    folders: defaultdict[Path, list[Examined]] = defaultdict(list)
    for examined in all_examined:
        if examined.row:
            folders[examined.path.parent].append(examined)
    for folder in sorted(folders):
        yield from _same_codec(folders[folder])
        yield from _levels(folders[folder])


def renamed(path: Path) -> Path | None:
    """The name under which Asterisk sees a file whose extension is in capitals; None when that is not the matter.

    `.WAV` is GSM to Asterisk; where a WAV file holds none, `.wav` was meant.
    """
    extension = path.suffix[1:]
    if by_extension(extension) is None and by_extension(extension.lower()):
        return path.with_suffix(path.suffix.lower())
    if extension == "WAV" and _other_than_gsm(path):
        return path.with_suffix(".wav")
    return None


def _other_than_gsm(path: Path) -> bool:
    with path.open("rb") as file:
        if file.read(4) != b"RIFF":
            return False
        found = layout(file)
    return found is not None and found.fmt is not None and found.fmt.kind != GSM


def _names(path: Path, row: Format | None) -> Iterator[Finding]:
    if row and (bad := _NEVER_PLAYED.search(path.stem)):
        yield Finding("unsafe-name", f"no dialplan can play a name with {bad.group()!r} in it")
    if row and row.addon:
        yield Finding("add-on", f"heard only where Asterisk has {row.addon}, which is no part of it")
    if target := renamed(path):
        mends = target.suffix[1:] not in _AMBIGUOUS and _free(target)
        why = "holds no GSM, which Asterisk takes .WAV for" if row else f"Asterisk doesn't see {path.suffix}"
        yield Finding("upper-case-extension", f"{why}; {target.suffix} was meant", mends=mends)


def _free(target: Path) -> bool:
    """Whether no file of that name or of its codec is in use: one would hide the other."""
    codec = _codec(target)
    return not any(path.stem == target.stem and _codec(path) == codec for path in target.parent.iterdir())


def _codec(path: Path) -> str | None:
    row = by_extension(path.suffix[1:])
    return row.codec if row else None


def _content(path: Path, row: Format | None, file: BinaryIO) -> Iterator[Finding]:
    head = file.read(containers.HEAD)
    if row is None:
        if not renamed(path) and (what := containers.sniff(head)):
            yield Finding("unknown-extension", f"{what}; Asterisk sees no {path.suffix or 'name without extension'}")
    elif not head:
        yield Finding("empty", "0 bytes")
    elif row.headerless:
        yield from raw.check(row, file)
    elif finding := containers.foreign(row, head):
        yield finding
    elif row.name in _WAVES:
        yield from wave.check(row, file)
    elif (reader := _READERS.get(row.name)) and not renamed(path):
        yield from reader(row, head)


def _heard(path: Path, row: Format, findings: Sequence[Finding]) -> Examined:
    try:
        heard, level = hearing.listen(open_sound(path))
    except InputError as error:
        finding = Finding("damaged", str(error).removeprefix(f"{path}: "))
        return Examined(path, row, (*findings, finding))
    pause = "silence" in f"{path.parent.name}/{path.stem}".lower()  # silence/5 is what it says
    wanted = (finding for finding in heard if not (pause and finding.code == "silent"))
    return Examined(path, row, (*findings, *wanted), level)


def _same_codec(folder: Iterable[Examined]) -> Iterator[tuple[Path, Finding]]:
    """One finding a group, on its first file."""
    groups: defaultdict[tuple[str, str], list[Path]] = defaultdict(list)
    for examined in folder:
        assert examined.row is not None
        groups[examined.path.stem, examined.row.codec].append(examined.path)
    for (_, codec), paths in sorted(groups.items()):
        if len(paths) > 1:
            names = ", ".join(path.name for path in sorted(paths))
            detail = f"{names}: all {codec}. Asterisk plays one of them; which one differs from machine to machine"
            yield min(paths), Finding("same-codec", detail)


def _levels(folder: Iterable[Examined]) -> Iterator[tuple[Path, Finding]]:
    levels = {examined.path: examined.level for examined in folder if math.isfinite(examined.level)}
    if len(levels) < _FEW:
        return
    middle = median(levels.values())
    for path, level in sorted(levels.items()):
        if abs(level - middle) > _FAR:
            detail = f"{level:.1f} dBov, {level - middle:+.1f} dB from the folder's median"
            yield path, Finding("level", detail)
