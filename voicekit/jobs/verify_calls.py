"""Archived recordings are read back and compared with their receipts, and ledgers with themselves."""

from collections import Counter
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import groupby, islice
from sqlite3 import Connection

from voicekit import parallel, threads
from voicekit.calls import archived, chain, chains, hearing, naming, removing
from voicekit.calls.chain import Entry
from voicekit.calls.history import ENDING, History
from voicekit.calls.index import base, listing
from voicekit.calls.index.follow import caught_up
from voicekit.calls.index.read import Known
from voicekit.calls.keys import Keyring, NoKeyError
from voicekit.calls.restore import Restorer
from voicekit.calls.settings import Settings
from voicekit.errors import VoicekitError
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.parallel import Crash
from voicekit.stores import Stat, Store

ONCE = 16  # recordings on their way at the same time, to one process
_BATCH = 256  # recordings of one task of a process: those of a page, most often
_PART = 64 * _BATCH  # recordings whose receipts are in memory
_NO_KEY = "no-key"
_UNDER_WAY = timedelta(days=1)  # in which an object without a receipt may be about to get one


def apply(
    settings: Settings,
    ring: Keyring | None,
    store: Store,
    *,
    since: int | None = None,
    share: float = 1.0,
    roots: bool = False,
) -> Iterator[Outcome]:
    """An outcome for each recording: of all, or of those archived since a moment (seconds since 1970), or of a share of
    them, drawn by lot. Of all, also what lies in the store and in no ledger, or the other way round. `roots`: also
    the last place of each day of each ledger, which is not the final one while that day is not over.
    """
    history, lines = History(), dict[str, int | None]()
    damaged = yield from _chains(settings, ring, store, history, lines, roots=roots)
    yield from (outcome for outcome in caught_up(settings, ring, store) if outcome.code != "ledger-damaged")
    with base.reading(settings.index) as opened:
        yield from _shorter(opened, lines)
        if since is None and share >= 1:
            yield from _objects(opened, store, history, sealed=ring is not None)
            yield from _adopted(opened, store)
            if not damaged:  # where one can't be read, it may stand that what is to go is gone
                yield from removing.unfinished(history)
        yield from _recordings(settings, ring, store, listing.receipts(opened, since, share))


def _chains(
    settings: Settings,
    ring: Keyring | None,
    store: Store,
    history: History,
    lines: dict[str, int | None],
    *,
    roots: bool,
) -> Generator[Outcome, None, bool]:
    """Whether one of them is damaged; `history` then knows what all say of recordings that are to go, and `lines` how
    many each has that is not.
    """
    secret, damaged = ring.naming if ring else b"", False
    today = chain.stamp(datetime.now(UTC))[:10]

    def told(entries: list[Entry]) -> None:
        history.add_all(hearing.believed((entry for entry in entries if entry.kind in ENDING), secret))

    for stand in chains.stands(settings, store, told):
        lines[stand.writer] = None if stand.wrong else stand.lines
        for day, link in stand.days.items() if roots else ():
            receipts, final = stand.receipts[day], day < today
            detail = f"{day}  line {link.seq}  {link.hash}  {counted(receipts, 'receipt')}{'' if final else ', so far'}"
            data = {"day": day, "seq": link.seq, "hash": link.hash, "receipts": receipts, "final": final}
            yield Outcome(stand.writer, Verdict.DONE, "root", detail, data=data)
        if stand.wrong:
            damaged = True
            remedy = "what it says from there on is not known"
            yield Outcome(stand.writer, Verdict.FAILED, "ledger-damaged", stand.wrong, remedy)
    return damaged


def _shorter(opened: Connection, lines: dict[str, int | None]) -> Iterator[Outcome]:
    """Ledgers that had more when the index heard them."""
    for writer, seq in hearing.lengths(opened).items():
        if (there := lines.get(writer, 0)) is not None and seq > there:
            yield archived.outcome_of_lost(writer, seq, there)


def _objects(opened: Connection, store: Store, history: History, *, sealed: bool) -> Iterator[Outcome]:
    """What is missing, or there without a receipt, or in spite of what a ledger says."""
    for recording, stat in _compared(listing.objects(opened), store.list(naming.CALLS)):
        if stat is None:
            yield _missing(recording)
        elif not recording and (removed := history.removed(name := stat.key.rpartition("/")[2])) is not None:
            if removed:
                yield _lies_again(name, sealed=sealed)
        elif not recording and datetime.now(UTC) - stat.modified > _UNDER_WAY:
            detail = f"{stat.key}: {stat.size} bytes that no ledger speaks of"
            yield Outcome(name, Verdict.SKIPPED, "stray", detail, "an archiver that was stopped may have left it")


def _lies_again(recording: str, *, sealed: bool) -> Outcome:
    detail = "a ledger says that it is out of the store, and an object of its name lies there"
    if sealed:
        remedy = "its key was destroyed, but if pages were put back too; delete it"
        return Outcome(recording, Verdict.SKIPPED, "lies-again", detail, remedy)
    return Outcome(recording, Verdict.FAILED, "lies-again", detail, "delete it, and where it came from")


def _adopted(opened: Connection, store: Store) -> Iterator[Outcome]:
    """The same of what others had put. What lies beside it is theirs: it is counted, for it may have come since, be
    a twin, or no recording: nothing here tells which.
    """
    for prefix in listing.prefixes(opened):
        more = 0
        for recording, stat in _compared(listing.adopted(opened, prefix), store.list(prefix)):
            if stat is None:
                yield _missing(recording)
            more += not recording
        if more:
            detail = f"{counted(more, 'object')} of others there, not adopted"
            remedy = "voicekit calls adopt takes what is new, and tells what the rest is"
            yield Outcome(prefix, Verdict.SKIPPED, "unadopted", detail, remedy, {"objects": more})


def _compared(ours: Iterator[tuple[str, str]], there: Iterator[Stat]) -> Iterator[tuple[str, Stat | None]]:
    """The recording ("" for none) and the object (None for none) of each key. Both sides come sorted: none is held."""
    listed: Iterator[tuple[str, str | Stat]] = ((stat.key, stat) for stat in there)
    for _, sides in groupby(merge(ours, listed, key=lambda side: side[0]), key=lambda side: side[0]):
        found = [what for _, what in sides]
        recording = next((what for what in found if isinstance(what, str)), "")
        yield recording, next((what for what in found if isinstance(what, Stat)), None)


def _missing(recording: str) -> Outcome:
    detail = "the store has no object of it; take it from another copy"
    return Outcome(recording, Verdict.FAILED, "missing", detail)


def _recordings(settings: Settings, ring: Keyring | None, store: Store, found: Iterator[Known]) -> Iterator[Outcome]:
    """A master key that is lacking is told once, with how many want it: it may be all of them."""
    lacking = Counter[str]()
    for outcome in _every(settings, ring, store, found):
        if outcome.code == _NO_KEY:
            lacking[outcome.detail] += 1
        else:
            yield outcome
    for why, number in lacking.items():
        detail = f"{counted(number, 'recording')} can't be opened: {why}"
        yield Outcome("key", Verdict.FAILED, _NO_KEY, detail, data={"recordings": number})


def _every(settings: Settings, ring: Keyring | None, store: Store, found: Iterator[Known]) -> Iterator[Outcome]:
    """Few are read by threads, many by processes: one takes no more than a processor, for most of it is Python's."""
    while part := list(islice(found, _PART)):
        if len(part) <= _BATCH:
            yield from _read(Restorer(store, ring), part)
            continue
        batches = [part[at : at + _BATCH] for at in range(0, len(part), _BATCH)]
        for batch, result in parallel.each(_Reader(settings, ring), batches, workers=parallel.processors()):
            yield from _crashed(batch, result) if isinstance(result, Crash) else result


class _Reader:
    """For a process of its own, which makes connections of its own."""

    def __init__(self, settings: Settings, ring: Keyring | None) -> None:
        self._settings, self._ring = settings, ring
        self._restorer: Restorer | None = None

    def __call__(self, batch: list[Known]) -> list[Outcome]:
        self._restorer = self._restorer or Restorer(self._settings.reach(), self._ring)
        return list(_read(self._restorer, batch))


def _read(restorer: Restorer, batch: list[Known]) -> Iterator[Outcome]:
    def read(known: Known) -> int:
        restorer.sidecar(known.receipt)
        return sum(map(len, restorer.blocks(known.receipt)))

    for known, result in threads.each(read, batch, threads=ONCE):
        if isinstance(result, VoicekitError):
            code = _NO_KEY if isinstance(result, NoKeyError) else "not-verified"
            yield Outcome(known.receipt.recording, Verdict.FAILED, code, str(result))
        else:
            yield Outcome(known.receipt.recording, Verdict.KEPT, "verified", f"{result} bytes")


def _crashed(batch: list[Known], crash: Crash) -> Iterator[Outcome]:
    for known in batch:
        yield Outcome(known.receipt.recording, Verdict.FAILED, "not-verified", crash.detail, "run it again")
