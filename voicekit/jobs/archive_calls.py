"""Call recordings into the store, each with its receipt; then those that were kept long enough off the PBX's disk."""

import shlex
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime

from voicekit import deploy
from voicekit.calls import disk, metrics, removal, run, seen, spool
from voicekit.calls.choice import Choice, choose
from voicekit.calls.failures import Memory
from voicekit.calls.keys import Keyring
from voicekit.calls.metrics import Tally
from voicekit.calls.run import Run
from voicekit.calls.seen import Known, Seen
from voicekit.calls.settings import Settings, Spool
from voicekit.calls.settle import Why
from voicekit.calls.spool import Found, Look
from voicekit.errors import VoicekitError
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.pbx import recording_names
from voicekit.stores import Store

_TOLD = {
    Why.EMPTY: "no sound in it",
    Why.LINKED: "it has more than one name",
    Why.FUTURE: "changed in the future, says the clock there",
}

_NAMED = 5  # of those that are left alone for good, for each reason


def plan(settings: Settings, spools: Sequence[Spool], *, free: bool = True) -> Iterator[Outcome]:
    """What would be archived and removed, and what is left alone, and why. Reads names only; changes nothing."""
    with ExitStack() as stack:
        cache = stack.enter_context(seen.opened(settings.seen)) if settings.seen.exists() else None
        for one in spools:
            try:
                with deploy.reach(one.target) as machine:
                    yield from _planned(settings, cache, one, machine, free=free)
            except VoicekitError as error:
                yield Outcome(one.name, Verdict.FAILED, "not-archived", str(error))


def apply(
    settings: Settings,
    ring: Keyring | None,
    store: Store,
    spools: Sequence[Spool],
    *,
    read_back: bool = False,
    free: bool = True,
    take_over: Collection[str] = (),
    expect: Callable[[int], None] = lambda _: None,
) -> Iterator[Outcome]:
    """Archive what is settled in each spool. One that fails stops no other. `take_over` as in `run.opened`; `expect` is
    told how many recordings there are, as soon as that is known. The last outcome of each spool is its `summary`.
    """
    tallies = list[Tally]()
    memory = Memory(settings.failures, datetime.now(settings.zone).date())
    opened = run.opened(settings, ring, store, read_back=read_back, take_over=take_over)
    with memory.stops(), opened as this:
        memory.begun()
        yield from this.damaged
        for one in spools:
            tallies.append(tally := Tally(one.name))
            try:
                with deploy.reach(one.target) as machine:
                    yield from map(tally.count, _spool(this, one, machine, expect, free=free))
                    tally.room = disk.room(machine, one.path)
            except VoicekitError as error:
                yield tally.count(Outcome(one.name, Verdict.FAILED, "not-archived", str(error)))
            memory.note(one.name, +tally.failures)
            yield Outcome(one.name, Verdict.DONE, "summary", tally.summary, data=tally.data)
        memory.ended()
    if memory.trouble:
        yield Outcome("failures", Verdict.SKIPPED, "not-remembered", memory.trouble, "calls report will lack some")
    if settings.textfile:
        metrics.write(settings.textfile, tallies, round(time.time()))


def _planned(settings: Settings, cache: Seen | None, one: Spool, machine: Machine, *, free: bool) -> Iterator[Outcome]:
    def known(file: Found) -> bool:
        return cache is not None and cache.archived.has(cache.known(one.name, file))

    with spool.look(machine, one.path) as (look, found):
        choice = choose(found, look, one.path, settings, known)
    size = sum(file.size for file in choice.wanted)
    detail = f"{counted(len(choice.wanted), 'recording')}, {size / 1e6:.1f} MB, would be archived"
    data = {"files": len(choice.wanted), "bytes": size}
    yield Outcome(one.name, Verdict.SKIPPED, "would-archive", detail, data=data)
    old = {known.path: known.size for known in _old(settings, cache, one, look)} if cache else {}
    if not look.blind or settings.min_age is not None:  # what is archived goes in the same run, where it is old enough
        old |= {
            file.path: file.size
            for file, name in choice.wanted.items()
            if file.modified < look.now - settings.keep_local and name.kind not in removal.STAY
        }
    if old and free:
        detail = f"{counted(len(old), 'recording')}, {sum(old.values()) / 1e6:.1f} MB, would be removed from the spool"
        data = {"files": len(old), "bytes": sum(old.values())}
        yield Outcome(one.name, Verdict.SKIPPED, "would-free", detail, "--keep removes none", data)
    yield from _told(one, choice)
    yield from _left(one, look, choice.left)


def _spool(this: Run, one: Spool, machine: Machine, expect: Callable[[int], None], *, free: bool) -> Iterator[Outcome]:
    with spool.look(machine, one.path) as (look, found):
        choice = choose(
            found, look, one.path, this.settings, lambda file: this.archived.has(this.cache.known(one.name, file))
        )
    told = list(_told(one, choice))
    expect(len(choice.wanted) + len(told))
    yield from told
    yield from run.looked_up(this, one, machine)
    yield from run.archived(this, one, machine, choice, look.now)
    yield from _left(one, look, choice.left)
    for below in dict.fromkeys(look.left):
        removal.given_back(machine, one.path, below)
    if free:
        yield from _freed(this, one, machine, look)


def _told(one: Spool, choice: Choice) -> Iterator[Outcome]:
    """What is left alone for good. There may be thousands, in each mail: a few are named."""
    for why, detail in _TOLD.items():
        found = [(file, name) for file, name, its in choice.told if its is why]
        for file, name in found[:_NAMED]:
            yield Outcome(run.shown(one, file, name), Verdict.SKIPPED, why, detail)
        if more := len(found[_NAMED:]):
            yield Outcome(
                one.name, Verdict.SKIPPED, why, f"{counted(more, 'more recording')}: {detail}", data={"files": more}
            )


def _left(one: Spool, look: Look, left: Counter[Why]) -> Iterator[Outcome]:
    """What is not archived, in one line for each reason."""
    if unknown := left.pop(Why.UNKNOWN, 0):
        detail = f"{counted(unknown, 'recording')}: {look.blind}"
        remedy = "run this as root there, or say with min_age when a recording is over"
        yield Outcome(one.name, Verdict.FAILED, "unknown", detail, remedy, data={"files": unknown})
    if waiting := left.total():
        detail = f"{counted(waiting, 'recording')} under way, or too young to know"
        yield Outcome(one.name, Verdict.SKIPPED, "waiting", detail, data={"files": waiting})
    if troubles := sum(look.troubles):
        detail = f"{counted(troubles, 'file or folder')} there may not be looked at"
        remedy = f"find {shlex.quote(one.path)} ! -readable names them"
        yield Outcome(one.name, Verdict.FAILED, "unseen", detail, remedy)


def _freed(this: Run, one: Spool, machine: Machine, look: Look) -> Iterator[Outcome]:
    """Remove what is archived and was kept long enough, or was erased since, each after it was looked at once more."""
    old, lost = this.proved(_old(this.settings, this.cache, one, look))
    freed = removal.off(machine, one.name, one.path, old, this.cache)
    freed.lost = lost
    yield from removal.complaints(one.name, freed)
    if freed.files:
        size = f"{counted(freed.files, 'recording')}, {freed.size / 1e6:.1f} MB"
        detail = f"{size}, archived, and older than keep_local or erased"
        yield Outcome(one.name, Verdict.DONE, "freed", detail, data={"files": freed.files, "bytes": freed.size})


def _old(settings: Settings, cache: Seen, one: Spool, look: Look) -> list[Known]:
    """What may be removed; nothing where it can't be known what is over."""
    if look.blind and settings.min_age is None:
        return []
    kept = cache.before(one.name, look.now - settings.keep_local, look.now)
    erased = (known for name, known in cache.every() if name == one.name and cache.archived.erased(known.sha256))
    return [
        known
        for known in dict.fromkeys([*kept, *erased])
        if cache.archived.has(known.sha256)
        and recording_names.parse(f"{one.path}/{known.path}", settings.patterns).kind not in removal.STAY
    ]
