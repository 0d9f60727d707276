"""Around every store: the rule of keys, asking again, reading on where a connection broke, and proof."""

import hashlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import ClassVar, TypeVar

from voicekit.errors import StoreError
from voicekit.patience import Patience
from voicekit.stores import Caps, Reading, Stat, Store, keys
from voicekit.stores.body import Body
from voicekit.stores.faults import ConflictError, DamagedError, UnreachableError

T = TypeVar("T")

_ODD = "what answers there is no store that voicekit can use"


class Careful:
    """A store of the same interface. `patience` is how long an outage may last; then the run ends, to be resumed."""

    patience: ClassVar[Patience] = Patience(tries=8, first=0.25, longest=30.0, total=120.0)

    def __init__(self, store: Store) -> None:
        self._store = store
        self.name = store.name
        self.caps: Caps = store.caps

    def put(self, key: str, body: Body, *, if_absent: bool = False) -> None:
        keys.checked(key)
        self._persist(lambda: self._store.put(key, body, if_absent=if_absent))

    def replace(self, key: str, body: Body, expected: str) -> None:
        keys.checked(key)
        self._persist(lambda: self._store.replace(key, body, expected))

    def stat(self, key: str) -> Stat | None:
        keys.checked_there(key)
        return self._persist(lambda: self._store.stat(key))

    def delete(self, key: str) -> None:
        keys.checked_there(key)
        self._persist(lambda: self._store.delete(key))

    def purge(self, key: str, *, keep: bool = False) -> None:
        keys.checked_there(key)
        self._persist(lambda: self._store.purge(key, keep=keep))

    def hold(self, key: str, *, on: bool) -> bool:
        keys.checked_there(key)
        return self._persist(lambda: self._store.hold(key, on=on))

    def link(self, key: str, seconds: int, name: str, media: str) -> str:
        keys.checked_there(key)
        return self._store.link(key, seconds, name, media)

    def close(self) -> None:
        self._store.close()

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        """Asked again from the last key that came, as often as a connection breaks."""
        waiting = self._persist(lambda: _first(self._store.list(prefix, after)))
        while True:
            try:
                for stat in waiting:
                    if stat.key <= after or not stat.key.startswith(prefix):
                        raise StoreError(f"{self.name}: lists keys that were not asked for, or out of order; {_ODD}")
                    after = stat.key
                    yield stat
            except UnreachableError:
                resumed = after
                waiting = self._persist(lambda: _first(self._store.list(prefix, resumed)))  # noqa: B023  called here
            else:
                return

    def open(self, key: str, start: int = 0, end: int | None = None) -> Reading:
        """Read on from where a connection broke; the whole of it is proved by its SHA-256, a part (one with
        an `end`) by its length.
        """
        keys.checked_there(key)
        first = self._persist(lambda: _begun(self._store.open(key, start, end)))
        stop = min(first.stat.size if end is None else end, first.stat.size)
        return Reading(first.stat, self._proved(first, start, max(start, stop), whole=start == 0 and end is None))

    def _proved(self, first: Reading, start: int, stop: int, *, whole: bool) -> Generator[bytes]:
        digest, at = hashlib.sha256(), start
        with closing(self._unbroken(first, start, stop)) as blocks:
            for block in blocks:
                digest.update(block)
                at += len(block)
                yield block
        if at != stop or (whole and digest.hexdigest() != first.stat.sha256):
            raise DamagedError(_damage(self.name, first.stat, at - start))

    def _unbroken(self, reading: Reading, start: int, stop: int) -> Generator[bytes]:
        """All of the range; each time that something came, patience begins anew."""
        key, tag = reading.stat.key, reading.stat.tag
        while True:
            at = start
            try:
                with reading:
                    for block in reading:
                        start += len(block)
                        yield block
            except UnreachableError:
                if start == at or start >= stop:
                    raise
            else:
                return
            resumed = start
            reading = self._persist(lambda: _begun(self._store.open(key, resumed, stop)))  # noqa: B023  called here
            if reading.stat.tag != tag:
                raise ConflictError(f"{self.name}: {key} was replaced while it was read; read it again")

    def _persist(self, ask: Callable[[], T]) -> T:
        return self.patience.persist(ask)


def _begun(reading: Reading) -> Reading:
    return Reading(reading.stat, _first(reading.blocks))


def _first(items: Iterator[T]) -> Generator[T]:
    """The same, its first item asked for now: what hinders it is raised here, where it is asked again."""
    first = next(items, None)

    def rest() -> Generator[T]:
        if first is not None:
            yield first
            yield from items

    return rest()


def _damage(name: str, stat: Stat, got: int) -> str:
    if not stat.sha256:
        return f"{name}: {stat.key} was not put by voicekit: it has no SHA-256 to prove it by"
    what = "its SHA-256 is not that of what was put" if got == stat.size else f"{got} of {stat.size} bytes came"
    return f"{name}: {stat.key} is damaged ({what}); put it again, or restore it from another store"
