"""What the index says of recordings, added up by SQLite for spans of time, each a range of its index of beginnings."""

import sqlite3
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from voicekit.calls.index.read import Index
from voicekit.calls.report.days import Part

# Recordings of one call are one call, and its talk is counted once, whatever number of legs was recorded.
SUMS = """
select coalesce(sum(recordings), 0), coalesce(sum(incoming), 0), coalesce(sum(outgoing), 0),
    coalesce(sum(internal), 0), count(*), coalesce(sum(seconds), 0), coalesce(sum(size), 0), coalesce(sum(stored), 0)
from (
    select count(*) as recordings, sum(direction is ?) as incoming, sum(direction is ?) as outgoing,
        sum(direction is ?) as internal, max(duration) as seconds, sum(size) as size, sum(stored_size) as stored
    from recordings where began >= ? and began < ? group by pbx, coalesce(linkedid, uniqueid, id)
)
"""
SIZES = (
    "select w.text, sum(r.size) from recordings r join words w on w.id = r.pbx "
    "where r.began >= ? and r.began < ? group by r.pbx"
)

_NONE = -1  # the number of a word that no recording has


@dataclass(frozen=True, slots=True)
class Figures:
    """Of recordings in a time; `size` and `stored` are bytes, as they were found and as they lie in the store."""

    recordings: int = 0
    incoming: int = 0
    outgoing: int = 0
    internal: int = 0
    calls: int = 0
    seconds: int = 0
    size: int = 0
    stored: int = 0

    @property
    def unknown(self) -> int:
        """Those of which nothing says where the call came from."""
        return self.recordings - self.incoming - self.outgoing - self.internal

    @property
    def saved(self) -> float:
        """The part of the bytes that the store need not hold."""
        return 1 - self.stored / self.size if self.size else 0.0


def total(figures: Iterable[Figures]) -> Figures:
    rows = list(figures)
    return Figures(*(sum(getattr(row, field.name) for row in rows) for field in fields(Figures)))


def of(base: sqlite3.Connection, parts: Sequence[Part]) -> list[Figures]:
    """One for each part."""
    index = Index(base)
    words = tuple(index.word("direction", text) or _NONE for text in ("in", "out", "internal"))
    return [Figures(*base.execute(SUMS, (*words, part.since, part.until)).fetchone()) for part in parts]


def pbxs(base: sqlite3.Connection) -> list[str]:
    """All that have recordings, of any time."""
    return sorted(text for (text,) in base.execute("select text from words where kind = 'pbx'"))


def arrivals(base: sqlite3.Connection, days: Sequence[Part]) -> dict[str, list[int]]:
    """Bytes of each PBX by day, from the first on that has any."""
    rows = [dict(base.execute(SIZES, (day.since, day.until)).fetchall()) for day in days]
    found: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        for pbx in row:
            found.setdefault(pbx, [each.get(pbx, 0) for each in rows[number:]])
    return found


def unreadable(base: sqlite3.Connection, parts: Sequence[Part]) -> list[int]:
    """Recordings of which nothing is known but the receipt, and when they were archived."""
    span = (parts[0].since, parts[-1].until)
    rows = base.execute(
        "select r.archived from lacking join recordings r on r.id = recording where r.archived >= ? and r.archived < ?",
        span,
    )
    begins = [part.since for part in parts]
    counts = Counter(bisect_right(begins, archived) - 1 for (archived,) in rows)
    return [counts[number] for number in range(len(parts))]
