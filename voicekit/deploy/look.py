"""What a target has: read with `look.sh`, which changes nothing; every line of the answer is checked."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from voicekit import deploy
from voicekit.deploy.named import prompt_of
from voicekit.errors import StoreError, plain
from voicekit.hosts.machine import Machine
from voicekit.release import is_sha256

_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)+")
_GENERATION = re.compile(r"([0-9]{1,9})-([0-9a-f]{64})")
_ARMED = re.compile(r"\.voicekit/say/([a-z0-9-]+) ([0-9]{1,11})")
_NEVER = "none 0-none"
_STATES = ("applied", "applying", "rolled-back", "rolling-back")
_FOLDER = re.compile(r"/[^\x00-\x1f\x7f]{0,4000}")


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. Paths are relative to `sounds`.

    `state` and `generation` are as apply.sh left them ("" and 0 without any release), `release` is the id that the
    generation is of. `ours` are the hashes that we put at each path, more than one while a run is unfinished; `hashes`
    those that lie there, `files` and `others` (links, folders) all names beside them. `on` is held by announcements;
    `armed` has all of these by the path of their prompt, with their ends.
    """

    sounds: str
    state: str = "none"
    generation: str = "0-none"
    identity: str = ""
    untrusted: str = ""
    room: int = 0  # bytes
    ours: Mapping[str, frozenset[str]] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    files: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    on: frozenset[str] = frozenset()
    armed: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def serial(self) -> int:
        return int(self.generation.partition("-")[0])

    @property
    def release(self) -> str:
        """The id of the release that was applied last, rolled back or not; "" where there was none."""
        return "" if self.state == "none" else self.generation.partition("-")[2]

    @property
    def unfinished(self) -> bool:
        return self.state in ("applying", "rolling-back")


def look(machine: Machine, sounds: str, paths: Iterable[str], *, thorough: bool = False) -> Seen:
    """Look at these paths, and at all that we put there before; `sounds` "" asks Asterisk's configuration.

    What nobody has touched since the last release is only read again when it is to be `thorough`.
    """
    asked = "".join(f"{path}\n" for path in sorted(paths))
    done = machine.sh(deploy.script("look.sh"), sounds, "all" if thorough else "", feed=asked.encode())
    if done.code:
        raise StoreError(f"{machine.name}: {told(done.err)}")
    return _parsed(machine.name, done.out.decode("utf-8", "replace").splitlines())


def checked_folder(name: str, said: str) -> str:
    """The full path of a folder that a machine names: it goes back there as an argument."""
    if not _FOLDER.fullmatch(said):
        raise StoreError(f"{name}: names no folder of sounds, but {plain(said[:100]) or 'nothing'}")
    return said


def told(said: str) -> str:
    """What a script of ours complains, without its name."""
    lines = [line for line in said.splitlines() if line.strip()]
    last = lines[-1] if lines else "it ended without a word"
    return plain(last.removeprefix("sh: ").removeprefix("apply.sh: ").removeprefix("say.sh: "))[:500]


def _parsed(name: str, lines: list[str]) -> Seen:
    single: dict[str, str] = {}
    lists: dict[str, list[str]] = {
        key: [] for key in ("new", "base", "was", "is", "file", "other", "on", "armed", "since")
    }
    for line in lines:
        kind, _, rest = line.partition(" ")
        if kind in lists:
            lists[kind].append(rest)
        else:
            single.setdefault(kind, rest)
    state, _, generation = single.get("state", _NEVER).partition(" ")
    if f"{state} {generation}" != _NEVER and not (state in _STATES and _GENERATION.fullmatch(generation)):
        raise StoreError(f"{name}: what lies in .voicekit of its sounds is not what apply.sh leaves there")
    kinds = {"applied": ("new",), "rolled-back": ("base",)}.get(state, ("new", "base", "was"))
    ours: dict[str, set[str]] = {}
    for kind in kinds:
        for path, sha256 in _hashes(lists[kind]).items():
            ours.setdefault(path, set()).add(sha256)
    files, hashes = _names(lists["file"]), _hashes(lists["is"])
    if "believed" in single:
        since = set(lists["since"])
        hashes = {p: h for p, h in _hashes(lists["new"]).items() if p in files and p not in since} | hashes
    return Seen(
        sounds=checked_folder(name, single.get("sounds", "")),
        state=state,
        generation=generation,
        identity=single.get("identity", ""),
        untrusted=single.get("untrusted", ""),
        room=int(room.group()) * 1024 if (room := re.fullmatch("[0-9]{1,15}", single.get("room", "").strip())) else 0,
        ours={path: frozenset(hashes) for path, hashes in ours.items()},
        hashes=hashes,
        files=files,
        others=_names(lists["other"]),
        on=_names(lists["on"]),
        armed=dict(_armed(lists["armed"])),
    )


def _hashes(lines: Iterable[str]) -> dict[str, str]:
    """Of lines of sha256sum; what is none of ours is left out."""
    found = {}
    for line in lines:
        sha256, _, path = line.partition("  ")
        if is_sha256(sha256) and _PATH.fullmatch(path):
            found[path] = sha256
    return found


def _armed(lines: Iterable[str]) -> Iterator[tuple[str, datetime]]:
    for line in lines:
        if found := _ARMED.fullmatch(line):
            yield prompt_of(found[1]), datetime.fromtimestamp(int(found[2]), UTC)


def _names(lines: Iterable[str]) -> frozenset[str]:
    return frozenset(path for path in lines if _PATH.fullmatch(path))
