"""Music on hold: the folder `moh` beside that of the sounds, with a folder for each class.

A class lies where a language would, so all that holds for releases holds for music: plan, package, journal, rollback.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from voicekit import deploy, formats
from voicekit.deploy.look import Seen, checked_folder, told
from voicekit.errors import InputError, StoreError, plain
from voicekit.hosts.machine import Machine
from voicekit.manifest import File
from voicekit.outcome import Outcome, Verdict
from voicekit.release.manifest import Line, Manifest, Speech
from voicekit.stores import Body
from voicekit.targets import Target

_CLASS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,78}")  # Asterisk's limit
_TAKEN = {"general": "a section of musiconhold.conf", "moh": "the folder of all classes"}
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_PATIENCE = 60.0  # seconds for Asterisk to answer


@dataclass(frozen=True, slots=True)
class Music:
    """What one class is to have; files by path below `moh`."""

    name: str
    files: Mapping[str, Body]


def read(folder: Path, name: str) -> Music:
    """The files in a folder, as they are now. `InputError` for what Asterisk can't play, or no PBX may get."""
    if not _CLASS.fullmatch(name):
        raise InputError(f'"{plain(name)}" can\'t name a class; use A-Z, a-z, 0-9, _ and -')
    if name in _TAKEN:
        raise InputError(f'"{name}" can\'t name a class: it is {_TAKEN[name]}')
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder")
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    if not paths:
        raise InputError(f"{folder}: no file is in it; voicekit convert --moh makes them")
    taken: dict[tuple[str, str], Path] = {}
    for path in paths:
        other = taken.setdefault((path.stem, _format(path).codec), path)
        if other is not path:
            raise InputError(f"{path}: holds the same codec as {other.name}; keep one of them")
    return Music(name, {f"{name}/{path.name}": Body.of_file(path) for path in paths})


def _format(path: Path) -> formats.Format:
    if not path.is_file():
        raise InputError(f"{path}: is no file; a class is one folder of files")
    if not _FILE.fullmatch(path.name):
        raise InputError(f"{plain(str(path))}: rename it; names of files are of A-Z, a-z, 0-9, _, - and .")
    row = formats.by_extension(path.suffix.removeprefix("."))
    if row is None:
        raise InputError(f"{path}: Asterisk plays no such file; voicekit convert --moh makes those that it plays")
    return row


def manifest(workspace: str, music: Music, seen: Seen) -> Manifest:
    """What the folder is to have: this class, and of the others all that is as voicekit left it."""
    files = {path: File(path, body.size, body.sha256) for path, body in music.files.items()}
    others = seen.ours if seen.state != "rolling-back" else {}  # apply.sh ends that first: they change
    for path, hashes in others.items():
        there = seen.hashes.get(path)
        if there in hashes and not path.startswith(f"{music.name}/"):
            files[path] = File(path, 0, there)  # it is there: nobody asks how long it is
    lines = [_line(files[path]) for path in sorted(files)]
    sums = "".join(f"{file.sha256}  {path}\n" for path, file in sorted(files.items()))
    return Manifest(workspace, {}, tuple(lines), sums.encode())


def _line(file: File) -> Line:
    name, _, extension = file.path.rpartition(".")
    music, _, stem = name.partition("/")
    return Line(music, stem, None, Speech.UNKNOWN, 0.0, None, {}, None, "", {extension: file})


def folder(machine: Machine, sounds: str) -> str:
    """Where the classes lie: beside that folder of sounds; "" asks Asterisk's configuration."""
    done = machine.sh(deploy.script("moh.sh"), "folder", sounds)
    if done.code:
        raise StoreError(f"{machine.name}: {told(done.err)}")
    return checked_folder(machine.name, done.out.decode("utf-8", "replace").removesuffix("\n"))


def reload(target: Target, machine: Machine, names: Iterable[str], *, changed: bool) -> Outcome:
    """Have Asterisk read its folders again, where they changed, and say which of these classes it does not know."""
    data = {"target": target.name}
    subject, again = f"{target.name}: Asterisk", 'asterisk -rx "moh reload"'
    done = machine.sh(deploy.script("moh.sh"), "classes", "reload" if changed else "", limit=_PATIENCE)
    if done.code:
        return Outcome(subject, Verdict.SKIPPED, "not-reloaded", told(done.err), f"when it runs there: {again}", data)
    lines = done.out.decode("utf-8", "replace").splitlines()
    known = {line.removeprefix("Class: ").strip() for line in lines if line.startswith("Class: ")}
    unknown = [name for name in names if name not in known]
    if unknown:
        remedy = "; ".join(f"in musiconhold.conf: [{name}], mode=files, directory=moh/{name}" for name in unknown)
        detail = f"it knows no class {', '.join(unknown)}"
        return Outcome(subject, Verdict.SKIPPED, "no-class", detail, f"{remedy}; then {again}", data)
    if changed:
        return Outcome(subject, Verdict.DONE, "reloaded", data=data)
    return Outcome(subject, Verdict.KEPT, "kept", data=data)
