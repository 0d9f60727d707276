"""Room on a PBX's disk, now: the oldest recordings are archived, proved and removed, until there is enough."""

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from voicekit import deploy
from voicekit.calls import disk, elsewhere, removal, run, spool
from voicekit.calls.choice import Choice, choose
from voicekit.calls.disk import Room
from voicekit.calls.keys import Keyring
from voicekit.calls.run import Run
from voicekit.calls.seen import Known
from voicekit.calls.settings import Settings, Spool
from voicekit.calls.spool import Found
from voicekit.errors import StoreError, VoicekitError
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.pbx.recording_names import Name
from voicekit.stores import Store

_ONCE = 128  # recordings from one look at the disk to the next
_ONCE_SIZE = 64 << 20  # bytes of them
_SAID = 20.0  # seconds from one word on how it goes to the next


def plan(settings: Settings, spools: Sequence[Spool], mark: float) -> Iterator[Outcome]:
    """What there is to free, and what else fills the disks. Changes nothing, here or there."""
    for one in spools:
        try:
            with deploy.reach(one.target) as machine:
                choice, room, _ = _looked(settings, one, machine)
                size = sum(found.size for found in choice.wanted)
                detail = f"{_full(room)}; {counted(len(choice.wanted), 'recording')}, {size / 1e6:.1f} MB, could go"
                if short := max(room.above(mark) - size, 0):
                    detail += f": {short / 1e6:.1f} MB too little for {mark:g} %"
                yield Outcome(one.name, Verdict.SKIPPED, "could-free", detail, data=_data(room))
                if room.above(mark):
                    yield from _filling(one, machine)
        except VoicekitError as error:
            yield Outcome(one.name, Verdict.FAILED, "not-freed", str(error))


def apply(
    settings: Settings, ring: Keyring | None, store: Store, spools: Sequence[Spool], mark: float
) -> Iterator[Outcome]:
    """Free the disk of each spool until it is at most `mark` percent full. One that fails stops no other.

    Nothing is removed without its receipt. On a disk of this machine that is to be freed nothing is written: ledger
    and all else is in memory then, and the ledger in the store before anything is removed.
    """
    local = [Path(one.path) for one in spools if one.target.host is None]
    needed = 2 * settings.seen.stat().st_size if settings.seen.exists() else 0  # a copy of it, that grows
    with elsewhere.folder(settings.root, local, needed) as away, run.opened(settings, ring, store, away=away) as this:
        yield from this.damaged
        for one in spools:
            try:
                with deploy.reach(one.target) as machine:
                    yield from _Relief(this, one, machine, mark, published=away is not None).freed()
            except VoicekitError as error:
                yield Outcome(one.name, Verdict.FAILED, "not-freed", str(error))


class _Relief:
    """Of one spool."""

    def __init__(self, this: Run, one: Spool, machine: Machine, mark: float, *, published: bool) -> None:
        self._run, self._spool, self._machine, self._mark, self._published = this, one, machine, mark, published
        self._freed = removal.Freed()
        self._stored = 0
        self._begun = self._said = time.monotonic()

    def freed(self) -> Iterator[Outcome]:
        choice, room, now = _looked(self._run.settings, self._spool, self._machine)
        if not room.above(self._mark):
            yield Outcome(self._spool.name, Verdict.SKIPPED, "roomy", _full(room), data=_data(room))
            return
        oldest = iter(sorted(choice.wanted, key=lambda found: found.modified))
        while room.above(self._mark) and (batch := _batch(oldest, room.above(self._mark))):
            yield from self._batch({found: choice.wanted[found] for found in batch}, now)
            room = disk.room(self._machine, self._spool.path)
            if time.monotonic() - self._said > _SAID and room.above(self._mark):
                self._said = time.monotonic()
                yield Outcome(self._spool.name, Verdict.SKIPPED, "freeing", self._way(room), data=_data(room))
        yield from self._end(room)

    def _batch(self, wanted: dict[Found, Name], now: int) -> Iterator[Outcome]:
        """Archive these, and then remove what of them is archived."""
        known = {found: self._run.cache.known(self._spool.name, found) for found in wanted}
        new = {found: name for found, name in wanted.items() if not self._run.archived.has(known[found])}
        for outcome in run.archived(self._run, self._spool, self._machine, Choice(new), now, yielding=False):
            self._stored += outcome.data.get("stored", 0)
            yield outcome
        if self._published:
            self._run.publish()
        sums = {found: self._run.cache.known(self._spool.name, found) for found in wanted}
        archived = [
            Known(one.path, one.size, one.modified, sha256)
            for one, sha256 in sums.items()
            if self._run.archived.has(sha256)
        ]
        ready, lost = self._run.proved(archived)
        self._freed.add(removal.off(self._machine, self._spool.name, self._spool.path, ready, self._run.cache))
        self._freed.lost += lost

    def _way(self, room: Room) -> str:
        """How far it is to the mark, by the pace so far: the uplink's, where that is the slowest."""
        spent = time.monotonic() - self._begun
        left = room.above(self._mark) * spent / max(self._freed.size, 1)
        pace = f"{self._stored / spent / 1e6:.1f} MB/s to the store"
        return f"{_full(room)}; about {_span(left)} to {self._mark:g} %, at {pace}"

    def _end(self, room: Room) -> Iterator[Outcome]:
        yield from removal.complaints(self._spool.name, self._freed)
        detail = f"{counted(self._freed.files, 'recording')}, {self._freed.size / 1e6:.1f} MB; {_full(room)}"
        data = {"files": self._freed.files, "bytes": self._freed.size, **_data(room)}
        if not room.above(self._mark):
            yield Outcome(self._spool.name, Verdict.DONE, "freed", detail, data=data)
            return
        remedy = "what else fills it:"
        yield Outcome(self._spool.name, Verdict.FAILED, "full", f"{detail}; no more recordings can go", remedy, data)
        yield from _filling(self._spool, self._machine)


def _looked(settings: Settings, one: Spool, machine: Machine) -> tuple[Choice, Room, int]:
    """What may go, how full the disk is, and the machine's clock."""
    room = disk.room(machine, one.path)
    with spool.look(machine, one.path) as (look, found):
        choice = choose(found, look, one.path, settings, lambda _: False)
    choice.wanted = {found: name for found, name in choice.wanted.items() if name.kind not in removal.STAY}
    for below in dict.fromkeys(look.left):
        removal.given_back(machine, one.path, below)
    return choice, room, look.now


def _batch(oldest: Iterator[Found], enough: int) -> list[Found]:
    """The next ones, as many as are enough, or as can go at once."""
    batch, size = list[Found](), 0
    for found in islice(oldest, _ONCE):
        batch.append(found)
        size += found.size
        if size >= min(enough, _ONCE_SIZE):
            break
    return batch


def _filling(one: Spool, machine: Machine) -> Iterator[Outcome]:
    try:
        for each in disk.filling(machine, one.path):
            detail = f"{each.size / 1e6:.0f} MB: {each.what}"
            yield Outcome(one.name, Verdict.SKIPPED, "fills", detail, data={"what": each.what, "bytes": each.size})
    except StoreError as error:
        yield Outcome(one.name, Verdict.SKIPPED, "fills", f"what fills the disk could not be found out ({error})")


def _full(room: Room) -> str:
    return f"the disk is {room.percent:.0f} % full"


def _data(room: Room) -> dict[str, int]:
    return {"used": room.used, "free": room.free}


def _span(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds > 5400 else f"{max(seconds / 60, 1):.0f} min"
