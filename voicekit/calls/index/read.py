"""What the index knows of recordings: receipts by name and by content, and all of one."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from voicekit.calls import chain, naming
from voicekit.calls.index.told import unpacked
from voicekit.calls.receipts import Proof, Receipt

SHORT = 8  # hex digits of a recording's name that are shown, where it is the only one that begins so

_FIELDS = (
    "uuid, original, size, encoding, stored, stored_size, proof, master, page, archived, pbx, began, duration, "
    "estimated, direction, queue, agent, source, destination, uniqueid, linkedid, told, id, object"
)
COLUMNS = ", ".join(f"r.{name.strip()}" for name in _FIELDS.split(","))


@dataclass(frozen=True, slots=True)
class Known:
    """A recording as the index has it; the fields are those of `row.Row`, `lacking` says what is not known of it."""

    receipt: Receipt
    archived: int
    pbx: str
    began: int | None
    duration: int | None
    estimated: bool
    direction: str
    queue: str
    agent: str
    source: str
    destination: str
    uniqueid: str
    linkedid: str
    lacking: str
    object: str
    sidecar: Mapping[str, Any] = field(repr=False)

    @property
    def call(self) -> str:
        """What recordings of one call have in common; "" where it is not known."""
        return self.linkedid or self.uniqueid


class Index:
    """For one thread."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base
        self._words: dict[int, str] = {}

    def __len__(self) -> int:
        return int(self._base.execute("select count(*) from recordings").fetchone()[0])

    def known(self, recording: str) -> Known | None:
        row = self._base.execute(f"select {COLUMNS} from recordings r where uuid = ?", (UUID(recording).bytes,))  # noqa: S608  columns of ours
        return next(map(self.of, row), None)

    def beginning(self, prefix: str, most: int = 2, *, gone: bool = False) -> list[str]:
        """Recordings, at most so many, whose name begins with these hex digits; dashes do not count. `gone`: of those
        that were deleted or erased.
        """
        digits = prefix.replace("-", "").lower()
        if not digits or len(digits) > 32 or set(digits) - set("0123456789abcdef"):
            return []
        low, high = (bytes.fromhex(digits.ljust(32, fill)) for fill in "0f")
        table = "gone" if gone else "recordings"
        rows = self._base.execute(f"select uuid from {table} where uuid between ? and ? limit ?", (low, high, most))  # noqa: S608  a table of ours
        return [str(UUID(bytes=uuid)) for (uuid,) in rows]

    def short(self, recording: str) -> str:
        """As few digits as name it alone."""
        ends = (SHORT, 13, 18, 23)
        return next((recording[:end] for end in ends if len(self.beginning(recording[:end])) < 2), recording)

    def numbers(self, recording: str) -> list[str]:
        """All numbers of its call, as they are compared."""
        row = self._base.execute("select told from recordings where uuid = ?", (UUID(recording).bytes,)).fetchone()
        return unpacked(row[0])[0] if row else []

    def adopted(self, key: str) -> int | None:
        """How many bytes the object had when it was adopted; None for one that was not."""
        row = self._base.execute("select stored_size from recordings where object = ?", (key,)).fetchone()
        return int(row[0]) if row else None

    def lacking(self) -> int:
        """Of how many recordings the sidecar could not be had."""
        return int(self._base.execute("select count(*) from lacking").fetchone()[0])

    def of(self, row: tuple[Any, ...]) -> Known:
        """A row of `COLUMNS`."""
        word = self._word
        uuid = str(UUID(bytes=row[0]))
        receipt = Receipt(
            recording=uuid,
            original=row[1].hex(),
            size=row[2],
            encoding=word(row[3]),
            key=naming.call(uuid) if row[23] is None else "",
            stored=row[4].hex(),
            stored_size=row[5],
            proof=Proof(word(row[6])),
            master=word(row[7]),
            page=word(row[8]),
        )
        why = self._base.execute("select why from lacking where recording = ?", (row[22],)).fetchone()
        return Known(
            receipt,
            archived=row[9],
            pbx=word(row[10]),
            began=row[11],
            duration=row[12],
            estimated=bool(row[13]),
            direction=word(row[14]),
            queue=word(row[15]),
            agent=word(row[16]),
            source=row[17] or "",
            destination=row[18] or "",
            uniqueid=row[19] or "",
            linkedid=row[20] or "",
            lacking=why[0] if why else "",
            object=row[23] or "",
            sidecar=unpacked(row[21])[1],
        )

    def word(self, kind: str, text: str) -> int | None:
        """Its number; None where no recording has it."""
        row = self._base.execute("select id from words where kind = ? and text = ?", (kind, text)).fetchone()
        return int(row[0]) if row else None

    def _word(self, number: int | None) -> str:
        if number is None:
            return ""
        if number not in self._words:
            self._words[number] = self._base.execute("select text from words where id = ?", (number,)).fetchone()[0]
        return self._words[number]

    def waiting(self) -> Iterator[str]:
        """Recordings whose sidecars are to be read once more."""
        return (str(UUID(bytes=uuid)) for (uuid,) in self._base.execute("select uuid from again").fetchall())


def stamp(second: int) -> str:
    """As ledgers write it."""
    return chain.stamp(datetime.fromtimestamp(second, UTC))
