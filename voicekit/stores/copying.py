"""From one store to another, every object proved on both sides. For moving house, and to do again after any end."""

import tempfile
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from voicekit import threads
from voicekit.errors import VoicekitError
from voicekit.stores import LARGEST, Body, Stat, Store, keys
from voicekit.stores.faults import FullError

NOTES = "gc/"
LAST = ("releases/", "channels/")  # what names other objects comes after them: a copy cut short names nothing absent


class Did(StrEnum):
    """What became of one object."""

    COPIED = "copied"
    THERE = "there"  # the same bytes already, by size and SHA-256
    FOREIGN = "foreign"  # not a key of voicekit's
    HELD = "held"  # it may name what could not be copied


def copy(source: Store, target: Store, prefix: str = "") -> Iterator[tuple[Stat, Did | VoicekitError]]:
    """Objects as they are done. What the target has besides stays, and what differs there is a `ConflictError`."""
    there = {stat.key: stat.size for stat in target.list(prefix)}

    def one(stat: Stat) -> Did:
        if not keys.good(stat.key):
            return Did.FOREIGN
        if there.get(stat.key) == stat.size and _same(source, target, stat.key):
            return Did.THERE
        _carry(source, target, stat.key)
        return Did.COPIED

    whole = True
    for stage in (None, *LAST):
        waiting = _staged(source, prefix, stage)
        for stat, did in threads.each(one, waiting) if whole else ((stat, Did.HELD) for stat in waiting):
            whole = whole and isinstance(did, Did)
            yield stat, did


def total(source: Store, prefix: str = "") -> tuple[int, int]:
    """Objects and bytes."""
    sizes = [stat.size for stat in source.list(prefix)]
    return len(sizes), sum(sizes)


def _staged(source: Store, prefix: str, stage: str | None) -> Iterator[Stat]:
    """What is of this stage; not the notes of a `store gc`, which are of that store alone."""
    for stat in source.list(prefix):
        if not stat.key.startswith(NOTES) and next(filter(stat.key.startswith, LAST), None) == stage:
            yield stat


def _same(source: Store, target: Store, key: str) -> bool:
    ours, theirs = source.stat(key), target.stat(key)
    return ours is not None and theirs is not None and ours.sha256 == theirs.sha256 != ""


def _carry(source: Store, target: Store, key: str) -> None:
    """Through a file of this machine: a put has to know its hash first, and may have to be repeated."""
    stat = source.stat(key)
    if stat and stat.size > LARGEST:
        raise FullError(f"{source.name}: {key} has {stat.size} bytes; an object has {LARGEST} at the most")
    try:
        with tempfile.TemporaryFile() as file:  # without a name: killed, nothing is left
            with source.open(key) as reading:
                for block in reading:
                    file.write(block)
            file.flush()
            target.put(key, Body.of_file(Path(f"/proc/self/fd/{file.fileno()}")), if_absent=True)
    except OSError as error:
        raise FullError(f"{key}: {tempfile.gettempdir()}: {error.strerror}; make room, or set TMPDIR") from error
