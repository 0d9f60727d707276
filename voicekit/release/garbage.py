"""What nobody names any more: blobs and Masters of a store that no release, and no lock, speaks of."""

from collections.abc import Iterator
from datetime import datetime

from voicekit import threads
from voicekit.errors import VoicekitError
from voicekit.release import BLOBS, MASTERS, blob_key, master_key, stock
from voicekit.stores import Stat, Store
from voicekit.stores.faults import ConflictError

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
    seconds between is an error, for that release has to be pushed once more.
    """
    known, named, gone = set(stock.releases(store)), set[str](), dict[str, Stat]()

    def look() -> None:
        for release in stock.releases(store).keys() - known:
            named.update(_named(store, release))
            known.add(release)

    def one(stat: Stat) -> bool:
        if stat.key not in named:
            store.delete(stat.key)
        return stat.key not in named

    for start in range(0, len(stats), BATCH):
        look()
        for stat, result in threads.each(one, stats[start : start + BATCH]):
            if result is True:
                gone[stat.key] = stat
            yield stat, result
    look()
    for key in sorted(gone.keys() & named):
        yield gone[key], ConflictError(f"{store.name}: a release that came just now names {key}; push it once more")


def _named(store: Store, release: str) -> set[str]:
    manifest = stock.load(store, release)
    return {*map(blob_key, manifest.blobs), *map(master_key, manifest.masters)}
