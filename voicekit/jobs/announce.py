"""Words on the air of a PBX for a while: spoken beside the catalogue, brought there, and taken off in time."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from voicekit import catalogue, fs, manifest, toml
from voicekit.deploy import announce, each
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


@contextmanager
def beside(workspace: Workspace, key: Key, words: str) -> Iterator[Workspace]:
    """A workspace of this one prompt, with the voices, the Masters and the caches of the real one.

    What an announcement is made with is so the same as for every prompt, the voice gate too, and the catalogue, the
    lock and `build/` stay as they are. Its Master is kept.
    """
    for reason in (check_language(key[0]), check_id(key[1])):
        if reason:
            raise InputError(f'"{key[0]}/{key[1]}" {reason}')
    if key[0] not in workspace.languages:
        raise InputError(f"{toml.unknown('language', key[0], set(workspace.languages))} of {workspace.root / FILE}")
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


def apply(
    workspace: str, targets: Sequence[Target], key: Key, files: dict[str, Body], start: str, end: str
) -> Iterator[Outcome]:
    """Arm the announcement at each target; the times are those of its own clock. `workspace` is its name."""

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        asked = announce.ask(machine, key[1])
        begin, stop = announce.span(asked, start, end)
        seen = look(machine, target.sounds, files)
        said = announce.arm(machine, seen, announce.Announcement(workspace, key, files, begin, stop))
        if asked.mentions == 0:
            detail = f"no dialplan there plays {key[1]}: nobody will hear it before one does"
            yield _outcome(target, Verdict.SKIPPED, "not-played", detail, f"Playback({key[1]}) in extensions.conf")
        when = f"{f'from {begin:{_FORM}}' if begin else 'on the air'} until {stop:{_FORM}}"
        yield _outcome(target, Verdict.DONE, "announced", f"{key[0]}/{key[1]} {when}: {_line(said)}")

    return each(one, targets)


def cancel(workspace: str, targets: Sequence[Target], key: Key) -> Iterator[Outcome]:
    """Take it off now, and disarm it."""

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        said = announce.call_off(machine, look(machine, target.sounds, ()).sounds, workspace, key)
        yield _outcome(target, Verdict.DONE, "called-off", f"{key[0]}/{key[1]}: {_line(said)}")

    return each(one, targets)


def _line(said: str) -> str:
    """What the script says, in one line."""
    return "; ".join(said.splitlines())


def _outcome(target: Target, verdict: Verdict, code: str, detail: str, remedy: str = "") -> Outcome:
    return Outcome(target.name, verdict, code, detail, remedy, {"target": target.name})
