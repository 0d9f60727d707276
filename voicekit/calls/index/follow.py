"""The index after the ledgers: what they say that it has not heard yet, with the sidecars in the pages of the store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from voicekit import threads
from voicekit.calls import hearing, ledgers, numbers
from voicekit.calls.chain import DAMAGE, Entry, Kind
from voicekit.calls.index import base
from voicekit.calls.index.read import Index, stamp
from voicekit.calls.index.row import Row, bare, row
from voicekit.calls.index.writer import Writer
from voicekit.calls.keys import Keyring
from voicekit.calls.pages import LIMIT, Page
from voicekit.calls.receipts import Receipt
from voicekit.calls.restore import Restorer
from voicekit.calls.settings import Settings
from voicekit.errors import InputError, LockedError, StoreError, VerificationError, VoicekitError
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.stores import Store, read
from voicekit.stores.faults import AbsentError

ONCE = 16  # pages on their way at the same time
_PART = 1000  # recordings of one transaction


@dataclass(slots=True)
class Batch:
    """What some lines of a ledger come to."""

    receipts: dict[str, tuple[Receipt, str]] = field(default_factory=dict)  # with the time of the entry
    removed: dict[str, str] = field(default_factory=dict)  # with the original, "" where it is not of this batch
    erased: bool = False  # some of them; others were deleted by a rule
    amended: set[str] = field(default_factory=set)

    def add(self, entry: Entry) -> None:
        recording = entry.body.get("recording", "")
        if entry.kind in (Kind.RECEIPT, Kind.ADOPT):
            self.receipts.setdefault(recording, (Receipt.of(entry.body), entry.at))
        elif entry.kind in (Kind.DELETE, Kind.ERASE):
            known = self.receipts.pop(recording, None)
            self.removed[recording] = known[0].original if known else ""
            self.erased |= entry.kind is Kind.ERASE
            self.amended.discard(recording)
        elif entry.kind is Kind.AMEND and recording not in self.receipts:
            self.amended.add(recording)


class Follower:
    """`own` is the name of the ledger in the settings' folder, "" where there is none."""

    def __init__(self, writer: Writer, settings: Settings, ring: Keyring | None, store: Store, own: str) -> None:
        self._writer, self._settings, self._store, self._own = writer, settings, store, own
        self._restorer = Restorer(store, ring)
        self._secret = ring.naming if ring else b""
        self._foreign = 0
        self._first = writer.next
        self._kept: dict[str, Page] = {}  # of the last batch: a page may go on in the next

    def run(self, *, wipe: bool = False) -> Iterator[Outcome]:
        """Take in all that is new; `wipe` leaves no byte of what rules have deleted either, or says that it can't. A
        ledger or a page that is damaged stops no other; `StoreError` where the store can't be asked: what was taken in
        until then stays.
        """
        for name in hearing.writers(self._store, self._own):
            try:
                self._ledger(name)
            except (InputError, VerificationError) as error:
                yield Outcome(
                    name, Verdict.FAILED, "ledger-damaged", str(error), "what it says from there on is not known"
                )
        self._writer.finish()
        yield from self._nobodys()
        self.again(Index(self._writer.base).waiting())
        if not self._writer.wiped(deleted=wipe) and wipe:
            yield read_by_others("index")
        yield from self._lacking()

    def _nobodys(self) -> Iterator[Outcome]:
        """What was archived with another key. That is told once; as long as it is all there is, each time: who has the
        wrong key is not to believe that there is nothing.
        """
        alone = not len(Index(self._writer.base))
        number = hearing.nobodys(self._writer.base, self._secret) if alone else self._foreign
        if number:
            detail = f"{counted(number, 'receipt')} of recordings that were archived with another key"
            verdict = Verdict.FAILED if alone else Verdict.SKIPPED
            remedy = "name the file with that key in [calls], or voicekit calls key restore"
            yield Outcome("index", verdict, "foreign", detail, remedy)

    def again(self, recordings: Iterable[str]) -> None:
        """Read the sidecars of these once more: their pages are others than they were."""
        asked = list(recordings)
        for at in range(0, len(asked), _PART):
            self._again(asked[at : at + _PART])

    def _again(self, recordings: Sequence[str]) -> None:
        index = Index(self._writer.base)
        known = {one: (found.receipt, stamp(found.archived)) for one in recordings if (found := index.known(one))}
        self._kept.clear()  # which may be of before
        rows = list(self._rows(known))
        with self._writer.base:
            for each in rows:
                self._writer.change(each)
            self._writer.read_again(recordings)

    def _ledger(self, name: str) -> None:
        since = hearing.since(self._writer.base, name, self._secret)
        for entries, to in hearing.news(self._settings, self._store, self._own, name, since):
            batch = Batch()
            ours = entries if name == self._own else list(hearing.believed(entries, self._secret))
            nobodys = len(entries) - len(ours)
            self._foreign += nobodys
            for entry in ours:
                _add(batch, entry, name)
            rows = list(self._rows(batch.receipts))
            with self._writer.base:
                self._writer.add(rows)
                self._writer.remove(batch.removed, erased=batch.erased)
                self._writer.wait(batch.amended)
                hearing.move(self._writer.base, name, to, self._secret, nobodys=nobodys)

    def _rows(self, receipts: Mapping[str, tuple[Receipt, str]]) -> Iterator[Row]:
        pages: dict[str, list[tuple[Receipt, str]]] = {}
        kept: dict[str, Page] = {}
        for receipt, at in receipts.values():
            pages.setdefault(receipt.page, []).append((receipt, at))
        for key, page in threads.each(self._page, pages, threads=ONCE):
            if isinstance(page, StoreError) and not isinstance(page, AbsentError):
                raise page
            if isinstance(page, Page):
                kept[key] = page
            for receipt, at in pages[key]:
                yield bare(receipt, at, str(page)) if isinstance(page, VoicekitError) else self._row(page, receipt, at)
        self._kept = kept

    def _page(self, key: str) -> Page:
        return self._kept.get(key) or Page.parse(read(self._store, key, LIMIT), key)

    def _row(self, page: Page, receipt: Receipt, at: str) -> Row:
        self._restorer.pages.clear()
        self._restorer.pages[receipt.page] = page
        try:
            return row(receipt, at, self._restorer.sidecar(receipt), self._settings.country)
        except VoicekitError as error:
            return bare(receipt, at, str(error))
        except DAMAGE:
            return bare(receipt, at, f"{receipt.recording}: what its page holds is no sidecar")

    def _lacking(self) -> Iterator[Outcome]:
        """Those that came in this run, and are there still; one outcome for all that have one reason."""
        for why, count, uuid, page in self._writer.lacking(self._first):
            subject = page if count > 1 else str(UUID(bytes=uuid))
            remedy = "voicekit calls reindex reads it again"
            detail = why if count == 1 else f"{why} ({counted(count, 'recording')})"
            yield Outcome(subject, Verdict.FAILED, "no-sidecar", detail, remedy, {"recordings": count})


def _add(batch: Batch, entry: Entry, name: str) -> None:
    try:
        batch.add(entry)
    except DAMAGE:
        raise VerificationError(f"{name}: line {entry.seq} of the chain is no receipt; update voicekit") from None


def read_by_others(what: str) -> Outcome:
    """Of a file that can't be wiped now."""
    detail = "another process reads it at this moment, and what is gone is in the file still"
    remedy = "run voicekit calls erase again once calls verify, find and report on this machine have ended"
    return Outcome(what, Verdict.FAILED, "not-erased", detail, remedy)


def caught_up(settings: Settings, ring: Keyring | None, store: Store, *, wipe: bool = False) -> Iterator[Outcome]:
    """Take in what is new, before the index is asked (`wipe` as in `Follower.run`). Where that can't be, an outcome
    says why, and the index answers with what it knows; what stood against it is raised where it knows nothing yet.
    """
    numbers.check(settings.country)
    try:
        with base.following(settings.index, settings.country) as opened:
            yield from Follower(Writer(opened), settings, ring, store, ledgers.named(settings.ledger)).run(wipe=wipe)
    except (StoreError, LockedError) as error:
        if not base.answers(settings.index):
            raise
        remedy = "the answer is of what was known before"
        yield Outcome("index", Verdict.SKIPPED, "behind", str(error), remedy)
