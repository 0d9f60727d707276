"""Archived recordings, byte for byte as they were found."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from voicekit import deploy, fs
from voicekit.calls import access, departed, giving, seen
from voicekit.calls.chain import Kind
from voicekit.calls.index import base, shown
from voicekit.calls.index.follow import caught_up
from voicekit.calls.index.read import Index, Known
from voicekit.calls.keys import Keyring
from voicekit.calls.restore import Restorer
from voicekit.calls.seen import Seen
from voicekit.calls.settings import Settings
from voicekit.errors import InputError, StoreError, VoicekitError, plain
from voicekit.outcome import Outcome, Verdict
from voicekit.stores import Store

_LATEST = 1 << 40  # seconds since 1970, which any file system takes


def apply(
    settings: Settings, ring: Keyring | None, store: Store, recordings: Sequence[str], folder: Path, reason: str
) -> Iterator[Outcome]:
    """Write each of these recordings, named in full or by the first of its digits, below `folder`, under its path in
    the spool; what is there already stays.

    Outcomes name no path: it tells of the caller.
    """
    restorer = Restorer(store, ring)
    yield from _each(settings, ring, store, recordings, reason, lambda known: _one(restorer, known, folder))


def lend(
    settings: Settings, ring: Keyring | None, store: Store, recordings: Sequence[str], seconds: int, reason: str
) -> Iterator[Outcome]:
    """Put them back into their spools, with time and owner, for so long: who archives there removes them afterwards."""
    restorer = Restorer(store, ring)
    with seen.opened(settings.seen) as cache:
        yield from _each(
            settings, ring, store, recordings, reason, lambda known: _lent(settings, restorer, cache, known, seconds)
        )


def _each(
    settings: Settings,
    ring: Keyring | None,
    store: Store,
    recordings: Sequence[str],
    reason: str,
    restore: Callable[[Known], Outcome],
) -> Iterator[Outcome]:
    yield from caught_up(settings, ring, store)
    with base.reading(settings.index) as opened:
        chosen, odd = shown.chosen(Index(opened), recordings)
    yield from departed.told(settings, ring, store, odd)
    access.say(settings, ring, store, Kind.RESTORE, [one.receipt.recording for one in chosen], reason, "restore")
    for known in chosen:
        try:
            yield restore(known)
        except VoicekitError as error:
            yield Outcome(known.receipt.recording, Verdict.FAILED, "not-restored", str(error))


def _lent(settings: Settings, restorer: Restorer, cache: Seen, known: Known, seconds: int) -> Outcome:
    receipt, sidecar = known.receipt, restorer.sidecar(known.receipt)
    one = settings.spools.get(str(sidecar.get("pbx")))
    if one is None:
        raise InputError(
            f'[calls.spools] has no "{plain(str(sidecar.get("pbx")))[:63]}", where it was; restore it with -o'
        )
    modified = sidecar.get("modified")
    with TemporaryFile() as unnamed, deploy.reach(one.target) as machine:
        unnamed.writelines(restorer.blocks(receipt))  # proved, before anybody sees it
        unnamed.seek(0)
        when = modified if type(modified) is int and abs(modified) < _LATEST else 0
        path = str(sidecar.get("path", ""))
        given = giving.give(machine, one.path, path, when, cast("BinaryIO", unnamed), receipt.original)
    if given is None:
        return Outcome(receipt.recording, Verdict.SKIPPED, "exists", "there is a file of its name already; it stays")
    cache.lend(one.name, given, round(time.time()) + seconds)
    return Outcome(receipt.recording, Verdict.DONE, "lent", f"{receipt.size} bytes to the spool {one.name}")


def _one(restorer: Restorer, known: Known, folder: Path) -> Outcome:
    receipt, recording = known.receipt, known.receipt.recording
    sidecar = restorer.sidecar(receipt)
    target = folder / giving.below(str(sidecar.get("path", "")))
    modified = sidecar.get("modified")
    try:
        if target.exists():
            return Outcome(recording, Verdict.SKIPPED, "exists", "there is a file of its name already; it stays")
        target.parent.mkdir(parents=True, exist_ok=True)
        with fs.replacing(target, mode=0o600) as file:  # whom a caller talked to is not for all to hear
            file.writelines(restorer.blocks(receipt))
        if type(modified) is int and abs(modified) < _LATEST:
            os.utime(target, (modified, modified))
    except (OSError, ValueError) as error:  # of a name, nothing is told
        told = error.strerror if isinstance(error, OSError) else "its name can't be one of a file"
        raise StoreError(f"{folder}: it can't be written there ({told})") from None
    return Outcome(recording, Verdict.DONE, "restored", f"{receipt.size} bytes to {folder}")
