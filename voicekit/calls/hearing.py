"""What ledgers say that a reader has not heard yet, so that he reads no ledger twice; and all that they say."""

import hmac
import sqlite3
from collections.abc import Iterable, Iterator
from uuid import UUID

from voicekit.calls import chain, ledgers, marks, naming
from voicekit.calls.chain import DAMAGE, START, Cursor, Entry, Kind, Link
from voicekit.calls.receipts import Receipt
from voicekit.calls.settings import Settings
from voicekit.errors import VerificationError
from voicekit.stores import Store, read
from voicekit.stores.faults import AbsentError

# `secret` names the one by whose marks it was heard; `nobodys` counts the receipts that did not count by these.
TABLE = """create table if not exists cursors (
    writer text primary key, segment integer not null, lines integer not null, seq integer not null, hash text not null,
    secret text not null, nobodys integer not null
) without rowid"""


NOWHERE = Cursor(0, 0, START)


def cursor(base: sqlite3.Connection, writer: str) -> Cursor:
    """How far the reader whose base this is has read."""
    row = base.execute("select segment, lines, seq, hash from cursors where writer = ?", (writer,)).fetchone()
    return Cursor(row[0], row[1], Link(row[2], row[3])) if row else NOWHERE


def since(base: sqlite3.Connection, writer: str, secret: bytes) -> Cursor:
    """From where on to read it by the marks of this secret: from its beginning, where it was heard by another's."""
    heard = base.execute("select 1 from cursors where writer = ? and secret = ?", (writer, _name(secret))).fetchone()
    return cursor(base, writer) if heard else NOWHERE


def move(base: sqlite3.Connection, writer: str, to: Cursor, secret: bytes, *, nobodys: int = 0) -> None:
    """To be done in one transaction with what was heard up to there, in which so many receipts were nobody's. A segment
    of which there is the head alone counts as not begun: it may not be in the store yet, and nothing is lost with it.
    """
    if to.lines == 1:
        return
    told = (writer, to.segment, to.lines, to.link.seq, to.link.hash, _name(secret), nobodys)
    base.execute(
        "insert into cursors values (?, ?, ?, ?, ?, ?, ?) on conflict do update set segment = excluded.segment, "
        "lines = excluded.lines, seq = excluded.seq, hash = excluded.hash, secret = excluded.secret, "
        "nobodys = excluded.nobodys + iif(secret = excluded.secret, nobodys, 0)",
        told,
    )


def nobodys(base: sqlite3.Connection, secret: bytes) -> int:
    """How many receipts were heard that do not count by the marks of this secret."""
    row = base.execute("select coalesce(sum(nobodys), 0) from cursors where secret = ?", (_name(secret),)).fetchone()
    return int(row[0])


def _name(secret: bytes) -> str:
    """Tells nothing of it, but whether it is the same."""
    return hmac.digest(secret, b"voicekit heard", "sha256").hex()[:16]


def writers(store: Store, own: str) -> list[str]:
    """All whose ledgers there are, the one here (`own`, "" for none) first."""
    return list(dict.fromkeys([*([own] if own else []), *ledgers.writers(store)]))


def everything(settings: Settings, store: Store) -> Iterator[Entry]:
    """All that all ledgers say; `VerificationError` for the first damage."""
    own = ledgers.named(settings.ledger)
    for writer in writers(store, own):
        for entries, _ in news(settings, store, own, writer, NOWHERE):
            yield from entries


def short(settings: Settings, store: Store, own: str, base: sqlite3.Connection) -> dict[str, int]:
    """Ledgers that are no longer there, or no longer have the last line that was read of them; and which that was."""
    there = writers(store, own)
    heard = [(row[0], cursor(base, row[0])) for row in base.execute("select writer from cursors").fetchall()]
    return {name: at.link.seq for name, at in heard if name not in there or not _has(settings, store, own, name, at)}


def lengths(base: sqlite3.Connection) -> dict[str, int]:
    """How many lines were read of each ledger."""
    return dict(base.execute("select writer, seq from cursors").fetchall())


def _has(settings: Settings, store: Store, own: str, writer: str, at: Cursor) -> bool:
    try:
        if writer == own:
            data = next((data for _, _, data in ledgers.behind(settings.ledger, at.segment)), b"")
        else:
            data = read(store, naming.segment(writer, at.segment), chain.LIMIT)
    except AbsentError:
        return False
    lines = data.splitlines(keepends=True)
    return len(lines) >= at.lines and _is(lines[at.lines - 1], at)


def news(
    settings: Settings, store: Store, own: str, writer: str, since: Cursor
) -> Iterator[tuple[list[Entry], Cursor]]:
    """What a writer's ledger says behind `since`, segment by segment, with where each ends: here, or in the store.

    `VerificationError` and `InputError` for what is not what was written there, or not the ledger that was read before.
    """
    if writer == own:
        segments = ledgers.behind(settings.ledger, since.segment)
    else:
        segments = ledgers.later(store, writer, since.segment)
    for number, where, data in segments:
        lines = data.splitlines(keepends=True)
        skipped = since.lines if number == since.segment else 0
        if skipped and (len(lines) < skipped or not _is(lines[skipped - 1], since)):
            raise VerificationError(f"{where}: not the ledger that was read before; voicekit calls reindex begins anew")
        if len(lines) == skipped:
            continue
        entries = list(chain.verified(b"".join(lines[skipped:]), where, since.link, skipped + 1))
        since = Cursor(number, len(lines), entries[-1].link)
        yield entries, since


def believed(entries: Iterable[Entry], secret: bytes) -> Iterator[Entry]:
    """Of what another says, what counts here: what has the mark of our `secret`, and receipts only of recordings that
    have the name which it gives their content. Who has no key of this archive can make neither, and what was sealed
    with another could not be opened here. `VerificationError` for what nobody says.
    """
    for entry in entries:
        try:
            if entry.kind is not Kind.SEGMENT and not _counts(entry, secret):
                continue
        except DAMAGE:
            raise VerificationError("says of a recording what can't be; whoever wrote that has to mend it") from None
        yield entry


def _counts(entry: Entry, secret: bytes) -> bool:
    UUID(entry.body["recording"])
    if entry.kind in (Kind.RECEIPT, Kind.ADOPT) and not _ours(entry, Receipt.of(entry.body), secret):
        return False
    return marks.genuine(secret, entry.kind, entry.body)


def _ours(entry: Entry, receipt: Receipt, secret: bytes) -> bool:
    """Whether it is named as ours, and means no other object: what it names is what an erasure removes."""
    key = "" if entry.kind is Kind.ADOPT else naming.call(receipt.recording)
    named = naming.recording(receipt.original, secret) == receipt.recording and receipt.key == key
    return named and receipt.page.startswith(naming.PAGES)


def _is(line: bytes, cursor: Cursor) -> bool:
    try:
        return chain.read(line).link == cursor.link
    except DAMAGE:
        return False
