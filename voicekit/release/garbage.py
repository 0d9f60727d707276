"""What nobody names any more: blobs and Masters of a store that no release, and no lock, speaks of.

Between a look at the releases and a delete, a release may come that names what is deleted. So what is about to be
deleted is written down in the store first (a note, `gc/<id>.json`), then the releases are looked at. Whoever puts a
release looks for notes after it, and then whether all is there: one of the two sees the other. A note stays until its
run has told what it broke; when it was killed, the next run tells.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from voicekit import threads
from voicekit.errors import VoicekitError
from voicekit.release import BLOBS, MASTERS, blob_key, master_key, stock, transfer
from voicekit.release.transfer import Object
from voicekit.stores import Body, Stat, Store, read
from voicekit.stores.copying import NOTES
from voicekit.stores.faults import AbsentError, ConflictError, DamagedError

AGAIN = "run it again when store gc has ended; after a kill of that, in an hour"
_LIMIT = 1 << 20  # bytes of a note
_LEASE = timedelta(minutes=30)  # in which what a note says may still be begun
_OVER = timedelta(hours=1)  # after which its run does nothing any more: a request lasts minutes
PROBES = "probe/"  # what a check that was killed left
ROOMS = (BLOBS, MASTERS, PROBES)  # nothing else is ever looked at
BATCH = 500  # objects that are deleted on the word of one look at the releases


def unnamed(store: Store, masters: set[str], before: datetime) -> list[Stat]:
    """Objects that nobody names, put before a moment (UTC) that lies well before any push that is under way.

    `masters` are hashes that count as named besides. A release that can't be read is an error: what it names is not
    known.
    """
    named = {master_key(sha256) for sha256 in masters}
    for release in stock.releases(store):
        named |= _named(store, release)
    listed = (stat for room in ROOMS for stat in store.list(room))
    return [stat for stat in listed if stat.key not in named and stat.modified < before]


def remove(store: Store, stats: list[Stat]) -> Iterator[tuple[Stat, bool | VoicekitError]]:
    """Delete them; yields whether each is gone: one that a release names meanwhile stays.

    Before each batch the releases are looked at again, and after the last one: what a release began to name in the
    seconds between is an error, for that release has to be pushed once more. So is what a run that was killed deleted.
    """
    yield from _settled(store)
    looking, gone, notes = _Looking(store), dict[str, Stat](), list[str]()
    for start in range(0, len(stats), BATCH):
        batch = stats[start : start + BATCH]
        notes.append(_noted(store, batch))
        for stat, result in threads.each(_deleting(store, looking.named()), batch):
            if result is not False:  # what failed may be gone all the same
                gone[stat.key] = stat
            yield stat, result
    if gone:
        for key in sorted(gone.keys() & looking.named()):
            yield _lost(store, gone[key])
    for note in notes:
        store.delete(note)


class _Looking:
    """What releases name; each look reads those that are new. The first reads all: the plan may be hours old."""

    def __init__(self, store: Store) -> None:
        self._store, self._known, self._named = store, set[str](), set[str]()

    def named(self) -> set[str]:
        for release in stock.releases(self._store).keys() - self._known:
            self._named |= _named(self._store, release)
            self._known.add(release)
        return self._named


def _deleting(store: Store, named: set[str]) -> Callable[[Stat], bool]:
    until = datetime.now(UTC) + _LEASE

    def one(stat: Stat) -> bool:
        if stat.key in named:
            return False
        if datetime.now(UTC) > until:
            raise ConflictError(f"{store.name}: {stat.key} was not deleted in time; run it again")
        store.delete(stat.key)
        return True

    return one


def doomed(store: Store, keys: set[str]) -> set[str]:
    """Those of these keys that a run which may be under way, or was killed within the hour, is about to delete."""
    young = datetime.now(UTC) - _OVER
    notes = [stat for stat in store.list(NOTES) if stat.modified > young]
    return {key for note in notes for key in _doomed(store, note)} & keys


def broken(store: Store, objects: list[Object]) -> str:
    """What a run may have taken, or may yet take, of a release that was just sealed; "" when nothing.

    The order counts: first what is about to be deleted, then what is there.
    """
    about = doomed(store, {one.key for one in objects})
    if gone := transfer.missing(store, objects):
        return f"{len(gone)} objects were deleted meanwhile in {store.name}"
    if about:
        return f"store gc is about to delete {len(about)} of its objects in {store.name}, or was killed at it"
    return ""


def _noted(store: Store, stats: list[Stat]) -> str:
    key = f"{NOTES}{uuid.uuid4().hex}.json"
    store.put(key, Body.of(json.dumps([stat.key for stat in stats]).encode()))
    return key


def _doomed(store: Store, note: Stat) -> list[str]:
    """What a note says; nothing where there is none any more, or another thing than a note."""
    try:
        keys = json.loads(read(store, note.key, _LIMIT))
    except (AbsentError, DamagedError, ValueError, RecursionError):
        return []
    return [key for key in keys if isinstance(key, str) and key.startswith(ROOMS)] if isinstance(keys, list) else []


def _settled(store: Store) -> Iterator[tuple[Stat, bool | VoicekitError]]:
    """What runs that were killed, or are under way, deleted and a release names; then notes of killed ones go."""
    notes = list(store.list(NOTES))
    if not notes:
        return
    named = _Looking(store).named()
    here = {stat.key for room in ROOMS for stat in store.list(room)}
    for note in notes:
        for key in sorted(set(_doomed(store, note)) & named - here):
            yield _lost(store, replace(note, key=key, size=0))
        if note.modified < datetime.now(UTC) - _OVER:
            store.delete(note.key)


def _lost(store: Store, stat: Stat) -> tuple[Stat, VoicekitError]:
    return stat, ConflictError(f"{store.name}: a release that came meanwhile names {stat.key}; push it once more")


def _named(store: Store, release: str) -> set[str]:
    manifest = stock.load(store, release)
    return {*map(blob_key, manifest.blobs), *map(master_key, manifest.masters)}
