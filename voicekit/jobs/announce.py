"""Words on the air of a PBX for a while: spoken beside the catalogue, brought there, and taken off in time."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from voicekit import catalogue, fs, manifest, toml
from voicekit.deploy import announce, each, tell
from voicekit.deploy.look import look
from voicekit.errors import InputError
from voicekit.hosts.machine import Machine
from voicekit.lock import Key
from voicekit.outcome import Outcome, Verdict
from voicekit.stores import Body
from voicekit.targets import Target
from voicekit.wordlists.ids import check_id, check_language
from voicekit.workspace import FILE, Workspace

_FORM = "%Y-%m-%d %H:%M %Z"


def checked(workspace: Workspace, key: Key) -> Key:
    """`key`, which may be a prompt of this workspace, known or not; else `InputError`."""
    for reason in (check_language(key[0]), check_id(key[1])):
        if reason:
            raise InputError(f'"{key[0]}/{key[1]}" {reason}')
    if key[0] not in workspace.languages:
        raise InputError(f"{toml.unknown('language', key[0], set(workspace.languages))} of {workspace.root / FILE}")
    return key


@contextmanager
def beside(workspace: Workspace, key: Key, words: str) -> Iterator[Workspace]:
    """A workspace of this one prompt, a `checked` one, with the voices, the Masters and the caches of the real one.

    What an announcement is made with is so the same as for every prompt, the voice gate too, and the catalogue, the
    lock and `build/` stay as they are. Its Master is kept.
    """
    root = workspace.cache / "announcement"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    workspace.masters.folder.mkdir(exist_ok=True)
    for name in ("voices", "masters", ".voicekit", FILE):
        (root / name).symlink_to(workspace.root / name)
    path = catalogue.set_path(root, key[0], "announcement")
    fs.write(path, f"[{toml.quote(key[1])}]\ntext = {toml.quote(words)}\n".encode(), durable=False)
    try:
        yield replace(workspace, root=root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def sounds(made: Workspace, key: Key) -> dict[str, Body]:
    """The files of the announcement by path; `InputError` where there are none: a doubtful sound is not built."""
    built = manifest.load(made.manifest).get(key)
    if built is None:
        raise InputError(f"{key[0]}/{key[1]}: there is no sound to put on the air")
    return {file.path: _body(made.sounds / file.path) for file in built.files.values()}


def _body(path: Path) -> Body:
    return Body.of(path.read_bytes())


@dataclass(frozen=True, slots=True)
class Ready:
    """What a target answers: when it would be on the air there, and whether anybody would hear it."""

    slot: announce.Slot
    played: bool


def ask(
    workspace: str, targets: Sequence[Target], key: Key, start: str, end: str
) -> tuple[dict[str, Ready], list[Outcome]]:
    """Each target, by its name, before anything is spoken for it; and why one of them can't take an announcement.

    The times are those of its own clock. Raises `InputError` for what is no time at all. `workspace` is its name.
    """
    announce.check(start, end)
    found: dict[str, Ready] = {}

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        asked = announce.ask(machine, key[1])
        slot = announce.span(asked, start, end)
        seen = look(machine, target.sounds, ())
        if stranger := tell.stranger(target, workspace, seen):
            yield stranger
        else:
            announce.check_scheduler(machine, seen.sounds, workspace, key)
            found[target.name] = Ready(slot, asked.mentions != 0)

    wrong = list(each(one, targets))
    return {target.name: found[target.name] for target in targets if target.name in found}, wrong


def apply(
    workspace: str, targets: Sequence[Target], key: Key, files: dict[str, Body], ready: Mapping[str, Ready]
) -> Iterator[Outcome]:
    """Arm the announcement at each target, for the time that `ask` gave."""

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        slot = ready[target.name].slot
        said = announce.arm(
            machine, look(machine, target.sounds, files), announce.Announcement(workspace, key, files, slot)
        )
        if not ready[target.name].played:
            detail = f"no dialplan there plays {key[1]}: nobody will hear it before one does"
            yield _outcome(target, Verdict.SKIPPED, "not-played", detail, f"Playback({key[1]}) in extensions.conf")
        begin = f"from {slot.start:{_FORM}}" if slot.start else "on the air"
        yield _outcome(target, Verdict.DONE, "announced", f"{'/'.join(key)} {begin} until {slot.end:{_FORM}}; {said}")

    return each(one, targets)


def cancel(workspace: str, targets: Sequence[Target], key: Key) -> Iterator[Outcome]:
    """Take it off now, and disarm it; where there is none, what a stopped run left of it goes all the same."""

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        seen, path = look(machine, target.sounds, ()), "/".join(key)
        said = announce.call_off(machine, seen.sounds, workspace, key)
        if path in seen.armed:
            yield _outcome(target, Verdict.DONE, "called-off", f"{path}: {said}")
        else:
            remedy = f"armed there: {', '.join(sorted(seen.armed))}" if seen.armed else ""
            yield _outcome(target, Verdict.FAILED, "not-armed", f"no announcement of {path} is armed there", remedy)

    return each(one, targets)


def _outcome(target: Target, verdict: Verdict, code: str, detail: str, remedy: str = "") -> Outcome:
    return Outcome(target.name, verdict, code, detail, remedy, {"target": target.name})
