"""What failed, day by day: for a report, long after the run that said it.

Beside the ledger, in SQLite: nobody can make it again. It has numbers only, none of a caller's, of `KEPT` days.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from voicekit.calls.damage import whole
from voicekit.errors import LockedError, StoreError, VoicekitError

KEPT = 400  # days
RUN = "run"  # not a failure: that the archiver ran
STOPPED = "stopped"  # the run as a whole: the store can't be reached, the disk is full
KILLED = "killed"  # told by the run that came after

_TABLES = """
create table if not exists failures (
    spool text not null, day text not null, code text not null, count integer not null,
    primary key (spool, day, code)) without rowid;
create table if not exists running (one integer primary key check (one = 1), day text not null);
"""
_ADD = "insert into failures values (?, ?, ?, ?) on conflict do update set count = count + excluded.count"
_RUN_KILLED = (
    "insert into failures select '', day, ?, 1 from running where true on conflict do update set count = count + 1"
)


@dataclass(frozen=True, slots=True)
class Remembered:
    """Failures by day and code. `since` is the first day of which anything is known: None for nothing yet."""

    since: date | None = None
    runs: Mapping[date, int] = field(default_factory=dict)
    failures: Mapping[date, Mapping[str, int]] = field(default_factory=dict)


class Memory:
    """Of one run of the archiver, of the day on which it began. What can't be remembered stops no run: `trouble` says
    why.
    """

    def __init__(self, path: Path, day: date) -> None:
        self._path, self._day, self.trouble = path, day, ""
        self._running = False

    def begun(self) -> None:
        """To be said by whoever is the only run there is: one that has not ended was killed."""
        self._running = True
        self._say(
            (_RUN_KILLED, [(KILLED,)]),
            ("insert or replace into running values (1, ?)", [(str(self._day),)]),
            (_ADD, [("", str(self._day), RUN, 1)]),
            ("delete from failures where day < ?", [(str(self._day - timedelta(KEPT)),)]),
        )

    def note(self, spool: str, failures: Mapping[str, int]) -> None:
        """How often it met each code there."""
        self._say((_ADD, [(spool, str(self._day), code, count) for code, count in failures.items()]))

    def ended(self) -> None:
        self._running = False
        self._say(("delete from running", [()]))

    @contextmanager
    def stops(self) -> Iterator[None]:
        """Take note of what stops the run as a whole; that another one is under way is no failure."""
        try:
            yield
        except (VoicekitError, OSError) as error:
            if not isinstance(error, LockedError):
                self.note("", {STOPPED: 1})
                if self._running:
                    self.ended()
            raise

    def _say(self, *said: tuple[str, Sequence[tuple[object, ...]]]) -> None:
        """By a connection of its own each time: it may lie on a disk that is full, or was taken away."""
        try:
            with closing(whole(self._path, _connected)) as base, base:
                for statement, rows in said:
                    base.executemany(statement, rows)
        except (sqlite3.Error, OSError) as error:
            self.trouble = self.trouble or f"{self._path}: {error}"


def remembered(path: Path, since: date, until: date) -> Remembered:
    """Both days counted in; `StoreError` for what can't be read."""
    if not path.exists() or not path.stat().st_size:  # one that is just being made
        return Remembered()
    try:
        with closing(sqlite3.connect(path)) as base:
            (first,) = base.execute("select min(day) from failures").fetchone()
            rows = base.execute(
                "select day, code, sum(count) from failures where day between ? and ? group by day, code",
                (str(since), str(until)),
            ).fetchall()
            return _remembered(first, rows)
    except (sqlite3.Error, ValueError) as error:
        raise StoreError(f"{path}: {error}") from error


def _remembered(first: str | None, rows: Iterable[tuple[str, str, int]]) -> Remembered:
    runs, failures = dict[date, int](), dict[date, dict[str, int]]()
    for text, code, count in rows:
        day = date.fromisoformat(text)
        if code == RUN:
            runs[day] = count
        else:
            failures.setdefault(day, {})[code] = count
    return Remembered(date.fromisoformat(first) if first else None, runs, failures)


def _connected(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    base = sqlite3.connect(path)
    try:
        base.executescript(_TABLES)
        base.execute("select spool, day, code, count from failures limit 1").fetchall()
        if base.execute("pragma quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
    except sqlite3.Error:
        with suppress(sqlite3.Error):
            base.close()
        raise
    return base
