"""Calls against recordings: which were answered, should have been recorded by the rules, and are nowhere."""

import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from voicekit.calls import due, spool
from voicekit.calls.cdr import stream
from voicekit.calls.cdr.call import Call
from voicekit.calls.cdr.records import Records
from voicekit.calls.index import row
from voicekit.calls.index.read import COLUMNS, Index, Known
from voicekit.calls.settings import Settings, Spool
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.pbx import recording_names

QUEUE = "queue"

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Expected:
    """A call that should have a recording; `named`: its records name a file; `there`: it lies in spool or archive."""

    call: Call
    direction: str
    named: bool
    there: bool


@dataclass(frozen=True, slots=True)
class Spooled:
    """What lies in a spool: names without folders, and the uniqueids in them; `size` in bytes, of all of it."""

    names: set[str]
    uniqueids: set[str]
    size: int = 0

    @classmethod
    def of(cls, settings: Settings, one: Spool, machine: Machine, since: int) -> "Spooled":
        """With the names of calls that began since then (seconds since 1970)."""
        names, uniqueids, size = set[str](), set[str](), 0
        with spool.look(machine, one.path) as (_, found):
            for file in found:
                size += file.size
                if file.modified >= since - _DAY:
                    names.add(file.path.rpartition("/")[2])
                    uniqueids.add(recording_names.parse(f"{one.path}/{file.path}", settings.patterns).uniqueid)
        return cls(names, uniqueids - {""}, size)


class Comparison:
    """Of the calls that began in a time (seconds since 1970, both ends counted in) with what there is of them. The
    counts hold once `expected` has come to its end; `past` is of calls without a recording that no rule of retention
    would have kept until now: nobody can tell whether they had one.
    """

    def __init__(self, settings: Settings, records: Records, there: Spooled) -> None:
        self._settings, self._records, self._there = settings, records, there
        self.calls = self.answered = self.missing = self.past = 0
        self._now = round(time.time())

    def expected(self, base: sqlite3.Connection, since: int, until: int) -> Iterator[Expected]:
        """Those that should have a recording now; a day of calls is held at once."""
        span = datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until + 1, UTC)
        calls = self._counted(stream.calls(self._records, *span))
        for each in expected(base, calls, self._there, self._settings.recorded, self._settings.country):
            if not each.there and self._past(each):
                self.past += 1
                continue
            self.missing += not each.there
            yield each

    def odd(self, name: str) -> Iterator[Outcome]:
        """Says so where the PBX of this name has records that are none; that is a failure where it has no others."""
        if self._records.odd:
            verdict = Verdict.SKIPPED if self.calls else Verdict.FAILED
            remedy = "cdr in [calls] names the place; Master.csv has lines as Asterisk's cdr_csv writes them"
            yield Outcome(name, verdict, "odd-records", "there are records of calls that can't be read", remedy)

    @property
    def told(self) -> str:
        """The counts, in words."""
        past = f", {self.past} older than their recordings are kept" if self.past else ""
        return f"{counted(self.calls, 'call')}, {self.answered} answered, {self.missing} without a recording{past}"

    def _past(self, each: Expected) -> bool:
        """Of its recording the index would know what the file's name told as well. In doubt it should be there."""
        call, files = each.call, [one.recordingfile for one in each.call.rows]
        names = [recording_names.parse(file, self._settings.patterns) for file in files]
        sides = tuple(side for name in names for side in (name.source, name.destination))
        keys = row.keys(call, sides, self._settings.country)
        directions = {each.direction, *(name.direction for name in names if name.direction)}
        queues = {call.queue, *(row.queue(file, name.destination) for file, name in zip(files, names, strict=True))}
        began = int(call.start.timestamp())
        return all(
            due.over(self._settings, self._now, began, direction, queue, keys)
            for direction in directions
            for queue in queues
        )

    def _counted(self, calls: Iterable[Call]) -> Iterator[Call]:
        for call in calls:
            self.calls += 1
            self.answered += call.answered
            yield call


def expected(
    base: sqlite3.Connection, calls: Iterable[Call], there: Spooled, rules: Collection[str], country: str
) -> Iterator[Expected]:
    """Of these calls; `rules` are of `settings.RULES`. Without any, what the records name is all that is expected."""
    for call in calls:
        files = {one.recordingfile.rpartition("/")[2] for one in call.rows} - {""}
        way = row.direction(call, call.caller, call.called, country)
        ruled = call.answered and (way in rules or (QUEUE in rules and call.queue != ""))
        if files or ruled:
            yield Expected(call, way, bool(files), _somewhere(base, call, files, there))


def _somewhere(base: sqlite3.Connection, call: Call, files: Collection[str], there: Spooled) -> bool:
    ids = {one.uniqueid for one in call.rows} | {one.linkedid for one in call.rows}
    ids |= {recording_names.parse(file).uniqueid for file in files}
    ids.discard("")
    if not ids.isdisjoint(there.uniqueids) or not there.names.isdisjoint(files):
        return True
    marks = ", ".join("?" * len(ids))
    found = base.execute(
        f"select 1 from recordings where uniqueid in ({marks}) union all "  # noqa: S608  question marks
        f"select 1 from recordings where linkedid in ({marks}) limit 1",
        (*ids, *ids),
    )
    return found.fetchone() is not None


def twice(base: sqlite3.Connection, since: int, until: int) -> Iterator[list[Known]]:
    """Recordings of one channel, begun in that time, whose files had one name but for the extension: the file was
    changed after it was archived, converted beside its original, or copied to another spool.
    """
    index = Index(base)
    several = base.execute(
        "select uniqueid from recordings where uniqueid is not null and began between ? and ? "
        "group by uniqueid having count(*) > 1",
        (since, until),
    )
    for (uniqueid,) in several:
        named: dict[str, list[Known]] = {}
        rows = base.execute(f"select {COLUMNS} from recordings r where uniqueid = ? order by id", (uniqueid,))  # noqa: S608  columns of ours
        for known in map(index.of, rows):
            name = str(known.sidecar.get("path", "")).rpartition("/")[2].rpartition(".")[0]
            named.setdefault(name, []).append(known)
        yield from (same for name, same in named.items() if name and len(same) > 1)


def callless(base: sqlite3.Connection, pbx: str, since: int, until: int) -> int:
    """How many recordings of this PBX in that time, of channels that have a name, are of no call that is known."""
    row = base.execute(
        "select count(*) from recordings r join words w on w.id = r.pbx where w.text = ? and r.began between ? and ? "
        "and r.uniqueid is not null and (r.estimated or r.duration is null)",  # no record told how long it was
        (pbx, since, until),
    )
    return int(row.fetchone()[0])
