"""All ledgers of an archive: this writer's own, and those of others as they lie in the store."""

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from voicekit import fs
from voicekit.calls import chain, ledger, naming
from voicekit.calls.ledger import Ledger
from voicekit.calls.proof import sure
from voicekit.errors import InputError, StoreError, VerificationError
from voicekit.stores import Body, Store, read
from voicekit.stores.faults import DamagedError

_ROOT = "ledger/"
_SEGMENT = re.compile(rf"{_ROOT}([A-Za-z0-9][A-Za-z0-9_-]{{0,62}})/([0-9]{{8}}\.jsonl)")  # nothing else is read


def writer(folder: Path, name: str = "") -> str:
    """The name of the chain in this folder, given once: one that is lost is not gone on with. `name` is that of a new
    one; else it is made of this machine's.
    """
    path = folder / "writer"
    if not path.exists():
        host = re.sub("[^A-Za-z0-9]", "-", socket.gethostname().partition(".")[0])
        name = name or naming.writer(host if host[:1].isalnum() else f"h{host}")
        with suppress(InputError):  # another run was faster: its name holds
            fs.create(path, f"{name}\n".encode())
    return fs.read_bounded(path, 1000).decode("ascii", "replace").strip()


def named(folder: Path) -> str:
    """The name of the chain in this folder; "" where none was begun."""
    return writer(folder) if (folder / "writer").exists() else ""


def writers(store: Store) -> Iterator[str]:
    """Who has sealed segments in the store: asked with one listing for each, however many segments there are."""
    after = ""
    while stat := next(store.list(_ROOT, after), None):
        name = stat.key.removeprefix(_ROOT).partition("/")[0]
        if _SEGMENT.fullmatch(stat.key):
            yield name
            after = f"{_ROOT}{name}0"  # "0" comes behind "/"
        else:
            after = stat.key


def later(store: Store, name: str, number: int) -> Iterator[tuple[int, str, bytes]]:
    """The number, key and bytes of each sealed segment of a writer behind segment `number` (0: all) in the store."""
    after = naming.segment(name, number) if number else ""
    for stat in store.list(f"{_ROOT}{name}/", after):
        if match := _SEGMENT.fullmatch(stat.key):
            yield int(match[2].partition(".")[0]), stat.key, read(store, stat.key, chain.LIMIT)


def behind(folder: Path, number: int) -> Iterator[tuple[int, str, bytes]]:
    """The number, path and bytes of each segment here from segment `number` on, the last as far as it is written."""
    paths = sorted(folder.glob("[0-9]*.jsonl"))
    for path in paths:
        if path.stem.isdecimal() and int(path.stem) >= number:
            data = fs.read_bounded(path, chain.LIMIT)
            yield int(path.stem), str(path), data[: ledger.whole(data, path)] if path == paths[-1] else data


def sealed_with(folder: Path) -> str:
    """The id of a master key that a recording of the chain in this folder is sealed with; "" where none is sealed."""
    entries = (entry for _, where, data in behind(folder, 0) for entry in chain.verified(data, where, after=None))
    return next((master for entry in entries if (master := str(entry.body.get("master") or ""))), "")


def put(made: Ledger, store: Store, own_writer: str) -> int:
    """Put each sealed segment that the store has not; how many there were. `made` notes that it has some there."""
    there = {stat.key for stat in store.list(f"{_ROOT}{own_writer}/")}
    lacking = [(key, path) for key, path in _sealed(made, own_writer).items() if key not in there]
    for key, path in lacking:
        store.put(key, body := Body.of_file(path), if_absent=True)
        sure(store, key, body)
    if there or lacking:
        made.note_put()
    return len(lacking)


def current(made: Ledger, store: Store, own_writer: str) -> None:
    """`VerificationError` when the store knows more of this chain than is here: it would go on in two ways.
    `StoreError` when it is empty, and was not.

    One hash vouches for all before it: the last segment there has to be the one of this number here.
    """
    last = max((stat.key for stat in store.list(f"{_ROOT}{own_writer}/")), default="")
    if not last and made.was_put and next(store.list(naming.CALLS), None) is None:
        raise StoreError(
            f"{store.name} is empty, and this archive had put its ledger there: it is another store, or was emptied, "
            "or is a disk that is not mounted. If what it held is lost for good, move calls/ledger, calls/accesses and "
            ".voicekit away: then all that spools have is archived anew"
        )
    path = _sealed(made, own_writer).get(last)
    if last and not (path and _has(store, last, path)):
        raise VerificationError(
            f"the ledger here is an old copy: {store.name} has {last}, which is not here; move calls/ledger away, then "
            f"run this with --take-over {own_writer}: a new ledger is begun, and this one goes on to count"
        )


def lacking(folder: Path, store: Store, writer: str) -> bool:
    """Whether the store has segments of this writer that are not in its folder here."""
    return any(not (folder / Path(stat.key).name).exists() for stat in store.list(f"{_ROOT}{writer}/"))


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
