"""All ledgers of an archive: this writer's own, and those of others as they lie in the store."""

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from voicekit import fs
from voicekit.calls import chain, ledger, naming
from voicekit.calls.chain import Entry
from voicekit.calls.ledger import Ledger
from voicekit.calls.proof import sure
from voicekit.calls.settings import Settings
from voicekit.errors import InputError, VerificationError
from voicekit.stores import Body, Store, read
from voicekit.stores.faults import DamagedError

_ROOT = "ledger/"
_SEGMENT = re.compile(rf"{_ROOT}([A-Za-z0-9][A-Za-z0-9_-]{{0,62}})/([0-9]{{8}}\.jsonl)")  # nothing else is read


def writer(folder: Path) -> str:
    """The name of the chain in this folder, given once: one that is lost is not gone on with."""
    path = folder / "writer"
    if not path.exists():
        host = re.sub("[^A-Za-z0-9]", "-", socket.gethostname().partition(".")[0])
        with suppress(InputError):  # another run was faster: its name holds
            fs.create(path, f"{naming.writer(host if host[:1].isalnum() else f'h{host}')}\n".encode())
    return fs.read_bounded(path, 1000).decode("ascii", "replace").strip()


def own(folder: Path) -> Iterator[Entry]:
    """All that the chain here says; `VerificationError` with the line that is damaged.

    The last line may be half there: a run is writing it, or was killed then.
    """
    paths = sorted(folder.glob("[0-9]*.jsonl"))

    def content(path: Path) -> bytes:
        data = fs.read_bounded(path, chain.LIMIT)
        return data[: ledger.whole(data, path)] if path == paths[-1] else data

    yield from chain.whole((str(path), content(path)) for path in paths)


def others(store: Store, own_writer: str, folder: Path) -> Iterator[tuple[str, Iterator[Entry]]]:
    """Each other writer, with what it has sealed: `VerificationError` where that is damaged.

    Segments are kept in `folder`, for they never change; one that was damaged there is fetched again.
    """
    found = [match for stat in store.list(_ROOT) if (match := _SEGMENT.fullmatch(stat.key))]
    for name, segments in groupby(found, key=lambda match: match[1]):
        if name != own_writer:
            yield name, _chain(store, [(match[0], folder / name / match[2]) for match in segments])


def _chain(store: Store, segments: list[tuple[str, Path]]) -> Iterator[Entry]:
    """The facts of a whole chain, each segment proved before the first of its facts comes."""
    after = chain.START
    for key, path in segments:
        try:
            entries = list(chain.verified(fs.read_bounded(path, chain.LIMIT), str(path), after))
        except (InputError, VerificationError):
            data = read(store, key, chain.LIMIT)
            entries = list(chain.verified(data, f"{store.name}: {key}", after))
            fs.write(path, data, durable=False)
        yield from entries
        after = entries[-1].link


def everything(settings: Settings, store: Store) -> Iterator[Entry]:
    """All that all ledgers say; `VerificationError` for the first damage."""
    yield from own(settings.ledger)
    for _, entries in others(store, writer(settings.ledger), settings.heard):
        yield from entries


def put(made: Ledger, store: Store, own_writer: str) -> int:
    """Put each sealed segment that the store has not; how many there were."""
    there = {stat.key for stat in store.list(f"{_ROOT}{own_writer}/")}
    lacking = [(key, path) for key, path in _sealed(made, own_writer).items() if key not in there]
    for key, path in lacking:
        store.put(key, body := Body.of_file(path), if_absent=True)
        sure(store, key, body)
    return len(lacking)


def current(made: Ledger, store: Store, own_writer: str) -> None:
    """`VerificationError` when the store knows more of this chain than is here: it would go on in two ways.

    One hash vouches for all before it: the last segment there has to be the one of this number here.
    """
    last = max((stat.key for stat in store.list(f"{_ROOT}{own_writer}/")), default="")
    path = _sealed(made, own_writer).get(last)
    if last and not (path and _has(store, last, path)):
        raise VerificationError(
            f"the ledger here is an old copy: {store.name} has {last}, which is not here; move calls/ledger away, then "
            f"run this with --take-over {own_writer}: a new ledger is begun, and this one goes on to count"
        )


def _has(store: Store, key: str, path: Path) -> bool:
    """Whether the store has this segment. One that is damaged is put again, when a second look says so too: the first
    may have been damaged on its way here.
    """
    for _ in range(2):
        with suppress(DamagedError):
            return path.read_bytes() == read(store, key, chain.LIMIT)
    store.put(key, Body.of_file(path))
    return True


def _sealed(made: Ledger, own_writer: str) -> dict[str, Path]:
    return {naming.segment(own_writer, number): path for number, path in made.sealed()}
