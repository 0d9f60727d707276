"""What ledgers say is deleted or erased, out of the store: what was said of it, keys, and then sounds. Objects of
others that were adopted go before their sidecars, which alone say where they lie.

Every step may be repeated: whoever is killed in between, or meets an outage, goes on with it in the next run, here or
on another machine, because the ledger says so before the first step, and says that it is done after the last.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voicekit import threads
from voicekit.calls import nameless, naming, notes, pages, persons
from voicekit.calls.chain import Kind
from voicekit.calls.history import History
from voicekit.calls.pages import LIMIT, Page
from voicekit.calls.persons import Persons
from voicekit.calls.receipts import Receipt
from voicekit.calls.restore import Restorer
from voicekit.errors import VerificationError, VoicekitError
from voicekit.stores import Store, read
from voicekit.stores.faults import AbsentError, DamagedError, LockedError

if TYPE_CHECKING:
    from voicekit.calls.run import Run

ONCE = 16  # pages, or sounds, on their way at the same time

_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Purged:
    """What became of a recording. `locked`: a lock kept its sound, whose key is gone; `error`: why it is not out;
    `prefixes`: below which its adopted objects were; `absent`: one of these was there no longer.
    """

    receipt: Receipt
    locked: bool = False
    error: str = ""
    prefixes: tuple[str, ...] = ()
    absent: bool = False


def everywhere(store: Store, recordings: Collection[str]) -> dict[str, set[str]]:
    """All pages that have something of these, with what. An archiver that was second has put a page too, of which no
    receipt tells; so all are read, damaged ones as well.
    """
    wanted = {recording.encode() for recording in recordings}
    found: dict[str, set[str]] = {}
    keys = (stat.key for stat in store.list(naming.PAGES))
    for page, data in threads.each(lambda key: _bytes(store, key), keys, threads=ONCE):
        if isinstance(data, VoicekitError):
            raise data
        if there := wanted.intersection(_UUID.findall(data)):
            found[page] = {recording.decode() for recording in there}
    return found


def _bytes(store: Store, page: str) -> bytes:
    """As they come."""
    data = bytearray()
    with suppress(DamagedError, AbsentError), store.open(page) as reading:
        for block in reading:
            data += block
            if len(data) > LIMIT:
                raise VerificationError(
                    f"{store.name}: {page} is larger than any page; it has to go before any erasure"
                )
    return bytes(data)


def purged(
    run: "Run", receipts: Mapping[str, Receipt], adopted: Sequence[Receipt], by_page: Mapping[str, Collection[str]]
) -> Iterator[Purged]:
    """Take these out of the store, with their entries in these pages, and say so in the ledger. That they are deleted
    or erased, ledgers in the store say already. One that fails stops no other. Of `adopted`, the objects go too.
    """
    failed: dict[str, str] = {}
    prefixes: dict[str, list[str]] = {}
    restorer = Restorer(run.store, run.archiver.ring)  # of one page, most come one after the other
    absent = set[str]()
    for one, out in threads.each(lambda one: _object_out(run, restorer, one), adopted, threads=ONCE):
        if isinstance(out, VoicekitError):
            failed[one.recording] = f"its object is not out: {out}"
            continue
        prefix, was_there = out
        prefixes.setdefault(one.recording, []).append(prefix)
        if not was_there:
            absent.add(one.recording)
    left_in = ((page, [one for one in recordings if one not in failed]) for page, recordings in by_page.items())
    to_go = {page: recordings for page, recordings in left_in if recordings}

    def keys_out_of(page: str) -> None:
        _notes_out(run, page, [receipts[one] for one in to_go[page]])
        keys_out(run.store, page, to_go[page])

    for page, result in threads.each(keys_out_of, to_go, threads=ONCE):
        if isinstance(result, VoicekitError):
            failed |= dict.fromkeys(to_go[page], f"its key is not out: {result}")
    for recording, why in failed.items():
        yield Purged(receipts[recording], error=why)
    done = []
    left = [receipt for recording, receipt in receipts.items() if recording not in failed]
    for receipt, locked in threads.each(lambda one: _sound_out(run, one), left, threads=ONCE):
        if isinstance(locked, VoicekitError):
            yield Purged(receipt, error=str(locked))
        else:
            name = receipt.recording
            done.append(Purged(receipt, locked, "", tuple(prefixes.get(name, ())), name in absent))
    run.say(*((Kind.REMOVED, {"recording": one.receipt.recording, "locked": one.locked}) for one in done))
    yield from done


def out_again(store: Store, pages_of: Mapping[str, str]) -> None:
    """Take these out, which lie in these pages, once more: ledgers say already that they are gone."""
    for page in dict.fromkeys(pages_of.values()):
        keys_out(store, page, [recording for recording, its in pages_of.items() if its == page])
    for recording in pages_of:
        store.purge(naming.call(recording))


def orphans(run: "Run") -> None:
    """Delete notes of this writer that no entry names: a run was killed between the two."""
    for stat in run.store.list(f"{naming.NOTES}{run.writer}/"):
        if stat.key not in run.history.notes:
            run.store.purge(stat.key)


def keys_out(store: Store, page: str, recordings: Collection[str]) -> None:
    """Take their entries out of a page, and the former versions of it out of the store. An empty page stays: one that
    is not there would be put again by who has begun it.
    """

    def without(before: Page) -> Page:
        return replace(
            before, entries={name: entry for name, entry in before.entries.items() if name not in recordings}
        )

    try:
        there = Page.parse(read(store, page, LIMIT), page)
    except AbsentError:
        store.purge(page)
        return
    if any(one in there.entries for one in recordings):
        pages.change(store, page, without)
    store.purge(page, keep=True)


def _object_out(run: "Run", restorer: Restorer, receipt: Receipt) -> tuple[str, bool]:
    """The prefix that it was adopted with, and whether it was there; "" where it was out already, because its sidecar
    is. No lock may keep it. What has its key by now, and is not what was adopted, may be the only copy of another call:
    it stays, and `VerificationError` says so.
    """
    if not restorer.has(receipt):
        return "", True
    key, prefix = restorer.object(receipt), restorer.sidecar(receipt).get("prefix")
    with nameless.object_of(receipt, key):
        there = restorer.store.stat(key) is not None
        if there:
            restorer.prove(receipt)
        _out(run, receipt, key)
    return prefix if isinstance(prefix, str) else "", there


def _sound_out(run: "Run", receipt: Receipt) -> bool:
    """Whether a lock keeps it; then its key is gone, which is as good. Raises where it has none."""
    if receipt.adopted:
        return False
    try:
        _out(run, receipt, receipt.key)
    except LockedError:
        if not receipt.sealed:
            raise
        return True
    return False


def _out(run: "Run", receipt: Receipt, key: str) -> None:
    if any(entry.kind is Kind.HOLD for entry in run.history.of(receipt.recording)):
        with suppress(AbsentError):
            run.store.hold(key, on=False)  # of a case that is closed: who closed it may have been killed
    run.store.purge(key)


def _notes_out(run: "Run", page: str, receipts: Collection[Receipt]) -> None:
    """Delete what was said of these alone; and what was said of others too, where it names one of the persons. That has
    to be read while the sidecars can be.
    """
    history = run.history
    if not (spoken := history.spoken_of(receipt.recording for receipt in receipts)):
        return
    whom = _persons(run, page, receipts)
    for note in spoken:
        if _alone(history, note) or _named(run, note, whom):
            run.store.purge(naming.checked_note(note))


def _alone(history: History, note: str) -> bool:
    """Whether all that a note speaks of is gone."""
    return all(map(history.gone, history.notes.get(note, ())))


def _named(run: "Run", note: str, whom: Persons) -> bool:
    try:
        said = notes.get(run.store, run.archiver.ring, note)
    except VerificationError:
        return False
    return said is not None and whom.named_in(f"{said.reason}\n{said.case}")


def _persons(run: "Run", page: str, receipts: Collection[Receipt]) -> Persons:
    """As far as their sidecars are there still, and can be opened."""
    found = Persons()
    restorer = Restorer(run.store, run.archiver.ring)
    for receipt in receipts:
        with suppress(VerificationError, AbsentError, ValueError):
            found |= persons.of(restorer.sidecar(replace(receipt, page=page)))
    return found
