"""All ledgers of an archive: this writer's own, and those of others as they lie in the store."""

import socket
from collections.abc import Iterator
from pathlib import Path

from voicekit import fs
from voicekit.calls import chain, naming
from voicekit.calls.chain import Entry
from voicekit.calls.ledger import Ledger
from voicekit.stores import Body, Store, read

_ROOT = "ledger/"


def writer(folder: Path) -> str:
    """The name of the chain in this folder, given once: one that is lost is not gone on with."""
    path = folder / "writer"
    if not path.exists():
        host = "".join(sign if sign.isalnum() else "-" for sign in socket.gethostname().partition(".")[0]) or "host"
        fs.write(path, f"{naming.writer(host if host[0].isalnum() else f'h{host}')}\n".encode())
    return fs.read_bounded(path, 1000).decode().strip()


def own(folder: Path) -> Iterator[Entry]:
    """All that the chain here says; `VerificationError` with the line that is damaged."""
    paths = sorted(folder.glob("[0-9]*.jsonl"))
    yield from chain.whole((str(path), fs.read_bounded(path, chain.LIMIT)) for path in paths)


def others(store: Store, own_writer: str, folder: Path) -> Iterator[Entry]:
    """What all other writers have sealed; kept in `folder`, for a sealed segment never changes."""
    for stat in store.list(_ROOT):
        name, _, number = stat.key.removeprefix(_ROOT).partition("/")
        if name == own_writer or not number:
            continue
        path = folder / name / number
        if not path.exists() or path.stat().st_size != stat.size:
            fs.write(path, read(store, stat.key, chain.LIMIT), durable=False)
        yield from chain.verified(fs.read_bounded(path, chain.LIMIT), str(path), after=None)


def put(ledger: Ledger, store: Store, own_writer: str) -> int:
    """Put each sealed segment that the store has not; how many there were."""
    there = {stat.key for stat in store.list(f"{_ROOT}{own_writer}/")}
    lacking = [(naming.segment(own_writer, number), path) for number, path in ledger.sealed()]
    lacking = [(key, path) for key, path in lacking if key not in there]
    for key, path in lacking:
        store.put(key, Body.of_file(path), if_absent=True)
    return len(lacking)
