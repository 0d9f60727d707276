"""Rows into the index, and out of it."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from voicekit.calls import wiping
from voicekit.calls.index import base as tables
from voicekit.calls.index.row import Row
from voicekit.calls.index.told import packed, unpacked

_COLUMNS = 24
_ERASED, _DELETED = "yes", "deleted"  # what has left something in the file
_INSERT = f"insert or ignore into recordings values ({', '.join('?' * (_COLUMNS + 1))})"  # noqa: S608  question marks
_NOBODYS = (
    "delete from words where id = ? and kind in ('queue', 'agent', 'prefix') "
    "and not exists (select 1 from recordings where queue = words.id) "
    "and not exists (select 1 from recordings where agent = words.id) "
    "and (kind <> 'prefix' or not exists (select 1 from recordings where object > words.text and "
    "object < substr(words.text, 1, length(words.text) - 1) || '0'))"
)


class Writer:
    """For one thread. What is between `with writer.base` is one transaction."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self.base = base
        self._words: dict[tuple[str, str], int] = {}
        self._filled = tables.filled(base)
        self.next = int(base.execute("select coalesce(max(id), 0) + 1 from recordings").fetchone()[0])

    def add(self, rows: Iterable[Row]) -> None:
        """Of two receipts for one recording the first counts."""
        for row in rows:
            uuid, original = UUID(row.receipt.recording).bytes, bytes.fromhex(row.receipt.original)
            if self.base.execute("update gone set original = ? where uuid = ?", (original, uuid)).rowcount:
                continue
            if self.base.execute(_INSERT, (self.next, uuid, original, *self._values(row))).rowcount:
                self._note(self.next, row)
                self.next += 1

    def change(self, row: Row) -> None:
        """What a sidecar says now; the receipt stays as it was."""
        if (number := self._find(row.receipt.recording)) is None:
            return
        before = self._said(number)
        self._unnumber(number)
        self.base.execute("delete from lacking where recording = ?", (number,))
        columns = [each[1] for each in self.base.execute("pragma table_info(recordings)")][3:]
        setting = ", ".join(f"{column} = ?" for column in columns)
        self.base.execute(f"update recordings set {setting} where id = ?", (*self._values(row), number))  # noqa: S608  columns of ours
        self._note(number, row)
        self._forget(before)

    def remove(self, recordings: Mapping[str, str], *, erased: bool = True) -> None:
        """These were deleted, or some of them `erased`, with the SHA-256 of their originals ("": whatever the index
        has). What they leave is out of the file after `wiped` only.
        """
        if recordings and self._filled:
            mark = "insert or replace" if erased else "insert or ignore"
            self.base.execute(f"{mark} into meta values ('unwiped', ?)", (_ERASED if erased else _DELETED,))
        for recording, original in recordings.items():
            uuid = UUID(recording).bytes
            told = (uuid, bytes.fromhex(original) or None)
            self.base.execute("insert into gone values (?, ?) on conflict do update set original = original", told)
            if self._filled and (number := self._find(recording)) is not None:
                self._drop(number, uuid)

    def wiped(self, *, deleted: bool = False) -> bool:
        """Nothing of those that were erased is left in the file; nor, if told to, of those that were `deleted`: what a
        rule deletes every night waits for that, which takes a minute and a half for ten million. False where that
        can't be now, for another process reads the file: the next one that follows does it.
        """
        mark = self.base.execute("select value from meta where name = 'unwiped'").fetchone()
        if mark and (deleted or mark[0] == _ERASED):
            if not wiping.wipe(self.base):
                return False
            with self.base:
                self.base.execute("delete from meta where name = 'unwiped'")
        return True

    def wait(self, recordings: Iterable[str]) -> None:
        """Note that the sidecars of these have to be read once more."""
        self.base.executemany("insert or ignore into again values (?)", ((UUID(one).bytes,) for one in recordings))

    def read_again(self, recordings: Iterable[str]) -> None:
        """These were."""
        self.base.executemany("delete from again where uuid = ?", ((UUID(one).bytes,) for one in recordings))

    def lacking(self, first: int) -> list[tuple[str, int, bytes, str]]:
        """Of the recordings from number `first` on: why a sidecar could not be had, of how many, and one of them with
        its page.
        """
        return self.base.execute(
            "select why, count(*), min(r.uuid), (select text from words where id = r.page) "
            "from lacking join recordings r on r.id = recording where recording >= ? group by why",
            (first,),
        ).fetchall()

    def finish(self) -> None:
        """End a new index: from here on it can be asked."""
        if not self._filled:
            tables.finish(self.base)
            self._filled = True
            with self.base:
                gone = self.base.execute("select uuid from gone").fetchall()
                self.remove({str(UUID(bytes=uuid)): "" for (uuid,) in gone})

    def _find(self, recording: str) -> int | None:
        row = self.base.execute("select id from recordings where uuid = ?", (UUID(recording).bytes,)).fetchone()
        return int(row[0]) if row else None

    def _drop(self, number: int, uuid: bytes) -> None:
        (original,) = self.base.execute("select original from recordings where id = ?", (number,)).fetchone()
        before = self._said(number)
        self._unnumber(number)
        self.base.execute("update gone set original = ? where uuid = ?", (original, uuid))
        self.base.execute("delete from recordings where id = ?", (number,))
        self.base.execute("delete from lacking where recording = ?", (number,))
        self._forget(before)

    def _said(self, number: int) -> tuple[int | None, ...]:
        """The words that it alone may have: who took a call may have a number, and so may a folder."""
        row = self.base.execute("select queue, agent, prefix from recordings where id = ?", (number,))
        return tuple(row.fetchone())

    def _forget(self, words: tuple[int | None, ...]) -> None:
        """Those of these that no recording has any more."""
        self.base.executemany(_NOBODYS, ((word,) for word in words))
        self._words.clear()

    def _note(self, number: int, row: Row) -> None:
        table = "numbers" if self._filled else "staged"
        began = row.began or 0
        self.base.executemany(
            f"insert or ignore into {table} values (?, ?, ?)",  # noqa: S608  a table of ours
            ((key[::-1], began, number) for key in row.keys),
        )
        if row.lacking:
            self.base.execute("insert into lacking values (?, ?)", (number, row.lacking))

    def _unnumber(self, number: int) -> None:
        """Its keys stand in what is told of it: an index of numbers by recording would take as much room as they do."""
        began, told = self.base.execute("select began, told from recordings where id = ?", (number,)).fetchone()
        self.base.executemany(
            "delete from numbers where reversed = ? and began = ? and recording = ?",
            ((key[::-1], began, number) for key in unpacked(told)[0]),
        )

    def _values(self, row: Row) -> Iterator[object]:
        receipt = row.receipt
        yield from (receipt.size, self._word("encoding", receipt.encoding), bytes.fromhex(receipt.stored))
        yield from (receipt.stored_size, self._word("proof", receipt.proof), self._word("master", receipt.master))
        yield from (self._word("page", receipt.page), row.archived, self._word("pbx", row.pbx), row.began)
        yield from (row.duration, int(row.estimated))
        for kind in ("direction", "queue", "agent"):
            text = getattr(row, kind)
            yield self._word(kind, text) if text else None
        yield from (row.source or None, row.destination or None, row.uniqueid or None)
        yield row.linkedid if row.linkedid != row.uniqueid and row.linkedid else None
        yield packed(row.keys, row.sidecar) if row.sidecar else None
        yield row.object if receipt.adopted else None
        yield self._word("prefix", row.prefix) if row.prefix else None

    def _word(self, kind: str, text: str) -> int:
        if (kind, text) not in self._words:
            if len(self._words) > 100_000:
                self._words.clear()
            self.base.execute("insert or ignore into words (kind, text) values (?, ?)", (kind, text))
            found = self.base.execute("select id from words where kind = ? and text = ?", (kind, text)).fetchone()
            self._words[kind, text] = int(found[0])
        return self._words[kind, text]
