"""Announcements: words that are on the air at a target for a while. `say.sh` puts them there and takes them away."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files as resources

from voicekit import deploy, formats
from voicekit.deploy import clock, ship
from voicekit.deploy.look import Seen, told
from voicekit.deploy.named import name_of, readable
from voicekit.errors import InputError, StoreError
from voicekit.hosts.machine import Machine
from voicekit.lock import Key
from voicekit.release import pack
from voicekit.stores import Body

SCRIPT = "say.sh"


@dataclass(frozen=True, slots=True)
class Clock:
    """What a target says: its time, in its zone; how many places of its dialplan name the prompt (None: unknown)."""

    now: datetime
    mentions: int | None


@dataclass(frozen=True, slots=True)
class Slot:
    """When it is on the air there; `start` None: at once."""

    start: datetime | None
    end: datetime


@dataclass(frozen=True, slots=True)
class Announcement:
    """`sounds` are its files by path, as `ru/custom/announce.ulaw`."""

    workspace: str
    key: Key
    sounds: dict[str, Body]
    slot: Slot


def ask(machine: Machine, id_: str) -> Clock:
    """Of a prompt that the dialplan plays as `id_`."""
    done = machine.sh(deploy.script("ask.sh"), id_)
    if done.code:
        raise StoreError(f"{machine.name}: {told(done.err)}")
    lines = done.out.decode("utf-8", "replace").splitlines()
    said = {kind: rest.strip() for kind, _, rest in (line.partition(" ") for line in lines)}
    try:
        now = datetime.fromtimestamp(int(said["now"]), UTC).astimezone(
            clock.zone(said.get("zone", ""), said.get("offset", ""))
        )
        mentions = int(said["dialplan"]) if said.get("dialplan") else None
    except (KeyError, ValueError, OverflowError, OSError):
        raise StoreError(f"{machine.name}: does not say what time it is there (date +%s)") from None
    if not 2000 <= now.year < 2100:
        raise StoreError(f"{machine.name}: says that it is the year {now.year}; set the clock there")
    return Clock(now, mentions)


def check_scheduler(machine: Machine, sounds: str, workspace: str, key: Key) -> None:
    """Raises `NotDoneError` where nothing would take an announcement off again."""
    own = dict(_scripts()) | {"WORKSPACE": pack.workspace(workspace)}
    _said(key, lambda: ship.send(machine, sounds, SCRIPT, ("able",), own))


def arm(machine: Machine, seen: Seen, announced: Announcement) -> str:
    """Bring it, have it put on and taken off in time; returns what say.sh says."""
    sums = "".join(f"{body.sha256}  {path}\n" for path, body in sorted(announced.sounds.items()))
    start, end = announced.slot.start, announced.slot.end
    own = dict(_scripts()) | {
        "WORKSPACE": pack.workspace(announced.workspace),
        "NAME": f"{name_of(announced.key)}\n".encode(),
        "SHA256SUMS": sums.encode(),
        "TAKEN": "".join(f"{path}\n" for path in sorted(_siblings(announced, seen))).encode(),
        "FROM": f"{int(start.timestamp()) if start else 0}\n".encode(),
        "UNTIL": f"{int(end.timestamp())}\n".encode(),
    }
    return _said(announced.key, lambda: ship.send(machine, seen.sounds, SCRIPT, ("arm",), own, _opened(announced)))


def call_off(machine: Machine, sounds: str, workspace: str, key: Key) -> str:
    """Take an announcement off now."""
    own = dict(_scripts()) | {"WORKSPACE": pack.workspace(workspace)}
    return _said(key, lambda: ship.send(machine, sounds, SCRIPT, ("cancel", name_of(key)), own))


def _said(key: Key, send: Callable[[], str]) -> str:
    """What the script says, in one line, without the name that this announcement has there."""
    try:
        lines = readable(send()).splitlines()
    except ship.NotDoneError as error:
        raise ship.NotDoneError(readable(str(error))) from None
    return "; ".join(line.removeprefix(f"{'/'.join(key)} is ") for line in lines)[:500]


def _scripts() -> Iterator[tuple[str, bytes]]:
    yield from pack.scripts()
    yield SCRIPT, (resources("voicekit.release.pack") / SCRIPT).read_bytes()


def _opened(announced: Announcement) -> Iterable[tuple[str, AbstractContextManager[Body]]]:
    return ((path, nullcontext(body)) for path, body in sorted(announced.sounds.items()))


def _siblings(announced: Announcement, seen: Seen) -> Iterator[str]:
    """The same prompt in other formats: Asterisk might play one of them instead."""
    stem = "/".join(announced.key)
    for path in seen.files:
        own, _, extension = path.rpartition(".")
        if own == stem and path not in announced.sounds and formats.by_extension(extension):
            yield path


def check(start: str, end: str) -> None:
    """Refuse (`InputError`) what is a time on no clock, before any is asked."""
    for said in filter(None, (start, end)):
        with suppress(clock.PastError):
            clock.moment(said, datetime.now(UTC))


def span(asked: Clock, start: str, end: str) -> Slot:
    """When it begins and ends, as somebody there would say it. Raises `InputError`."""
    begin = clock.moment(start, asked.now) if start else asked.now
    stop = clock.moment(end, begin, late=True)
    if stop <= asked.now:
        raise InputError(f'--until "{end}" is past there')
    return Slot(begin if begin > asked.now else None, stop)
