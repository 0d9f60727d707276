"""Which contents are archived, as all ledgers say: an archiver asks of each file that it finds.

In SQLite, 85 bytes for each, and nothing in it identifies a caller: a PBX's archiver need not hold what the index of
all PBXs holds.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from voicekit.calls import hearing
from voicekit.calls.chain import Cursor, Entry, Kind
from voicekit.calls.settings import Settings
from voicekit.errors import InputError, VerificationError
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.stores import Store

GONE = "create table if not exists gone (recording blob primary key, erased integer not null) without rowid"
TABLE = """create table if not exists archived (
    original blob primary key, recording blob not null, page integer not null, adopted integer not null
) without rowid"""
LOST = "create table if not exists lost (writer text primary key, seq integer not null) without rowid"
PAGES = "create table if not exists pages (id integer primary key, key text not null unique)"

_ENDS = (Kind.DELETE, Kind.ERASE)
_ONCE = 500  # values in one question


@dataclass(frozen=True, slots=True)
class Lies:
    """Where a recording lies: its sound below `calls/`, or, `adopted`, where its sidecar says; that is in the page. It
    had `size` bytes, whose SHA-256 is `original`.
    """

    recording: str
    original: str
    size: int
    page: str
    adopted: bool


def outcome_of_lost(writer: str, seq: int, there: int) -> Outcome:
    """Of a ledger that had more lines."""
    detail = f"had {counted(seq, 'line')} when it was read last, and has {there} now: a hold may have stood in the rest"
    remedy = "take it back from another copy; where there is none, voicekit calls reindex goes on without"
    return Outcome(writer, Verdict.FAILED, "ledger-damaged", detail, remedy)


class Archived:
    """For one thread. Who has a receipt counts, also when it was erased or deleted since: it is not put again. `ended`
    are those that were deleted or erased by what was heard last.
    """

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base, self.ended = base, set[str]()
        self._ends: dict[str, Cursor] = {}  # how far we have heard the writer whose ledger is here

    def hear(self, settings: Settings, store: Store, own: str, secret: bytes) -> Iterator[Outcome]:
        """Take in what is new; all anew, where a ledger is no longer what was heard before: who lost a store and a
        ledger has archived nothing, whatever he remembers.

        What is archived may be removed from a PBX, so another's receipt counts only if it is named as ours. A damaged
        ledger of another stops nothing, nor does one that has lost lines, in which a hold may have stood; the `own`
        raises `VerificationError`.
        """
        self.ended = set()
        if short := hearing.short(settings, store, own, self._base):
            with self._base:
                self._forget()
                self._base.executemany(
                    "insert into lost values (?, ?) on conflict do update set seq = max(seq, excluded.seq)",
                    short.items(),
                )
        for writer in hearing.writers(store, own):
            try:
                self._hear(settings, store, own, writer, secret)
            except (InputError, VerificationError) as error:
                if writer == own:
                    raise
                yield Outcome(writer, Verdict.FAILED, "ledger-damaged", str(error))
            if writer == own:
                self._ends = {own: hearing.since(self._base, own, secret)}
        yield from self._lost()

    def _lost(self) -> Iterator[Outcome]:
        """Of a ledger that has its lines again nothing is said any more."""
        lengths = hearing.lengths(self._base)
        for writer, seq in self._base.execute("select writer, seq from lost").fetchall():
            if (there := lengths.get(writer, 0)) >= seq:
                with self._base:
                    self._base.execute("delete from lost where writer = ?", (writer,))
                continue
            yield outcome_of_lost(writer, seq, there)

    def _hear(self, settings: Settings, store: Store, own: str, writer: str, secret: bytes) -> None:
        for entries, to in hearing.news(settings, store, own, writer, hearing.since(self._base, writer, secret)):
            with self._base:
                self._add(entries if writer == own else hearing.believed(entries, secret))
                hearing.move(self._base, writer, to, secret)

    def add(self, entries: Iterable[Entry], writer: str, to: Cursor, secret: bytes) -> None:
        """Take note of what `writer`, whose ledger is here, says now, up to there: it is not heard again, unless what
        came before was forgotten meanwhile, by another process. Of two receipts for one content the first counts.
        """
        with self._base:
            self._base.execute("begin immediate")
            self._add(entries)
            if self._ends.get(writer) == hearing.since(self._base, writer, secret):
                hearing.move(self._base, writer, to, secret)
                self._ends[writer] = hearing.since(self._base, writer, secret)

    def _add(self, entries: Iterable[Entry]) -> None:
        told = list(entries)
        receipts = [one for one in told if one.kind in (Kind.RECEIPT, Kind.ADOPT)]
        rows = (
            (bytes.fromhex(body["original"]), UUID(body["recording"]).bytes, kind is Kind.ADOPT, body["page"])
            for kind, body in ((one.kind, one.body) for one in receipts)
        )
        self._base.executemany(
            "insert or ignore into pages (key) values (?)", {(one.body["page"],) for one in receipts}
        )
        self._base.executemany(
            "insert or ignore into archived select ?1, ?2, pages.id, ?3 from pages where key = ?4", rows
        )
        ended = {one.body["recording"]: one.kind is Kind.ERASE for one in told if one.kind in _ENDS}
        self.ended |= ended.keys()
        self._base.executemany(
            "insert into gone values (?, ?) on conflict do update set erased = max(erased, excluded.erased)",
            ((UUID(recording).bytes, erased) for recording, erased in ended.items()),
        )

    def forget(self) -> None:
        """All of it, and that ledgers had more: the next to hear begins with the first lines of all that there is."""
        with self._base:
            self._forget()
            self._base.execute("delete from lost")

    def _forget(self) -> None:
        for table in ("archived", "pages", "gone", "cursors"):
            self._base.execute(f"delete from {table}")  # noqa: S608  tables of ours

    def has(self, original: str) -> bool:
        return bool(self.find(original))

    def find(self, original: str) -> str:
        """The recording whose file had this SHA-256; "" when there is none."""
        if not original:
            return ""
        row = self._base.execute("select recording from archived where original = ?", (bytes.fromhex(original),))
        found = row.fetchone()
        return str(UUID(bytes=found[0])) if found else ""

    def lies(self, original: str, size: int) -> Lies | None:
        """Where the recording of this content lies; None for one that is in no ledger, or was deleted or erased."""
        row = self._base.execute(
            "select recording, key, adopted from archived join pages on pages.id = page where original = ?",
            (bytes.fromhex(original),),
        ).fetchone()
        found = Lies(str(UUID(bytes=row[0])), original, size, row[1], bool(row[2])) if row else None
        return found if found and not self.gone(found.recording) else None

    def gone(self, recording: str) -> bool:
        """Whether a ledger says that it is deleted or erased, whatever lies there still."""
        return self._ended(recording) is not None

    def erased(self, original: str) -> bool:
        """Whether this content was archived, and then erased."""
        return bool(recording := self.find(original)) and self._ended(recording) == 1

    def _ended(self, recording: str) -> int | None:
        row = self._base.execute("select erased from gone where recording = ?", (UUID(recording).bytes,)).fetchone()
        return int(row[0]) if row else None

    def pages_of(self, recordings: Collection[str]) -> Iterator[tuple[str, str]]:
        """Those of these that lie below `calls/`, with their pages. Looks through all, as `of` does."""
        for recording in self.of(recordings):
            row = self._base.execute(
                "select key from archived join pages on pages.id = page where recording = ? and not adopted",
                (UUID(recording).bytes,),
            ).fetchone()
            if row:
                yield recording, row[0]

    def of(self, recordings: Collection[str]) -> Iterator[str]:
        """Which of these are archived. Looks through all: for what a killed run has left, which is little."""
        left = [UUID(one).bytes for one in recordings]
        for at in range(0, len(left), _ONCE):
            part = left[at : at + _ONCE]
            marks = ", ".join("?" * len(part))
            rows = self._base.execute(f"select recording from archived where recording in ({marks})", part)  # noqa: S608  question marks
            yield from (str(UUID(bytes=row[0])) for row in rows)
