"""A page on some weeks of recordings: how many, how large, what failed, what is lacking, and how the disks fill."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection

from voicekit import deploy, fs
from voicekit.calls import disk, failures
from voicekit.calls.failures import Remembered
from voicekit.calls.index import base
from voicekit.calls.index.follow import caught_up
from voicekit.calls.keys import Keyring
from voicekit.calls.reconcile import Comparison, Spooled
from voicekit.calls.report import days, figures, page
from voicekit.calls.report.coverage import Coverage
from voicekit.calls.report.forecast import WEEKS, Forecast
from voicekit.calls.report.page import Notice, Report
from voicekit.calls.settings import Settings, Spool
from voicekit.errors import InputError, StoreError, VoicekitError
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.stores import Store

_DAY, _HOUR = 86_400, 3600
_HEAD = 4096  # bytes of a page in which it says whose it is


def apply(
    settings: Settings,
    ring: Keyring | None,
    store: Store,
    path: Path,
    first: date,
    last: date,
    now: datetime,
    *,
    language: str,
) -> Iterator[Outcome]:
    """Write the page of these days, both counted in; `now` is by the PBX's clock. What can't be reached is lacking on
    the page, which says so. Only a page of this kind is replaced.
    """
    _replaceable(path)
    last = min(last, now.date())
    parts = days.parts(first, last, settings.zone)
    notices = []
    for outcome in caught_up(settings, ring, store):
        if outcome.code == "behind":
            notices.append(Notice("behind", why=outcome.detail))
        yield outcome
    try:
        remembered = failures.remembered(settings.failures, first, last)
    except StoreError as error:
        remembered = Remembered()
        notices.append(Notice("memory_lost", why=str(error)))
    with base.reading(settings.index) as opened:
        report = Report(
            now, sorted({*settings.spools, *figures.pbxs(opened)}), parts,
            figures.of(opened, parts), figures.unreadable(opened, parts), remembered,
            coverage=Coverage() if settings.cdr and settings.spools else None, notices=notices,
        )  # fmt: skip
        yield from _Spools(settings, opened, report).told()
    fs.write(path, page.written(report, language).encode("utf-8", "backslashreplace"), mode=_mode(path))
    yield _outcome(path, report)


class _Spools:
    """What is known of spools by looking there."""

    def __init__(self, settings: Settings, opened: Connection, report: Report) -> None:
        self._settings, self._base, self._report = settings, opened, report
        today = report.made.date()
        window = days.single(today - timedelta(7 * WEEKS), today - timedelta(1), settings.zone)
        self._arrived = figures.arrivals(opened, window) if settings.spools else {}

    def told(self) -> Iterator[Outcome]:
        for one in self._settings.spools.values():
            try:
                with deploy.reach(one.target) as machine:
                    there = Spooled.of(self._settings, one, machine, self._report.parts[0].since)
                    yield self._forecast(one, machine, there)
                    yield from self._covered(one, machine, there)
            except VoicekitError as error:
                self._report.notices.append(Notice("away", one.name, str(error)))
                yield Outcome(one.name, Verdict.FAILED, "away", str(error), "disk and coverage are not on the page")

    def _forecast(self, one: Spool, machine: Machine, there: Spooled) -> Outcome:
        room = disk.room(machine, one.path)
        found = Forecast(room, there.size, self._arrived.get(one.name, ()), self._settings.keep_local / _DAY)
        self._report.disks[one.name] = found
        usual = found.usual
        left = found.days_left(usual)
        detail = f"the disk is {room.percent:.0f} % full; {usual / 1e6:.1f} MB arrive a day"
        data = {
            "used": room.used, "free": room.free, "recordings": there.size, "usual": usual,
            "busiest": found.busiest, "days_left": left and round(left, 1),
            "settled": round(found.settled(usual)), "fits": found.fits(usual),
        }  # fmt: skip
        return Outcome(one.name, Verdict.DONE, "forecast", detail, data=data)

    def _covered(self, one: Spool, machine: Machine, there: Spooled) -> Iterator[Outcome]:
        """Of calls that ended an hour ago and more: what is just over has neither record nor recording yet."""
        report, coverage = self._report, self._report.coverage
        if self._settings.cdr is None or coverage is None:
            return
        since, until = report.parts[0].since, min(report.parts[-1].until - 1, int(report.made.timestamp()) - _HOUR)
        try:
            records = self._settings.cdr.records(machine)
            comparison = Comparison(self._settings, records, there)
            expected = comparison.expected(self._base, since, until)
            coverage.add(Coverage.of(one.name, expected, self._settings.zone))
        except VoicekitError as error:
            report.notices.append(Notice("not_covered", one.name, str(error)))
            yield Outcome(one.name, Verdict.FAILED, "not-reconciled", str(error))
            return
        if records.odd:
            report.notices.append(Notice("odd_records", one.name, count=records.odd))
            yield from comparison.odd(one.name)
        data = {"calls": comparison.calls, "missing": comparison.missing, "past": comparison.past}
        yield Outcome(one.name, Verdict.DONE, "reconciled", comparison.told, data=data)


def _replaceable(path: Path) -> None:
    if path.is_file():
        with closing(path.open("rb")) as file:
            if page.MARK.encode() not in file.read(_HEAD):
                raise InputError(f"{path}: is no page of this command, and stays as it is; -o names another file")


def _mode(path: Path) -> int | None:
    """Whoever made the last one readable for others, has this one so as well."""
    return None if path.exists() else 0o600


def _outcome(path: Path, report: Report) -> Outcome:
    sums = figures.total(report.figures)
    first, last = report.parts[0].first, report.parts[-1].last
    share = report.coverage.share if report.coverage else None
    data = {
        "since": str(first), "until": str(last), "recordings": sums.recordings, "calls": sums.calls,
        "seconds": sums.seconds, "bytes": sums.size, "stored": sums.stored, "failures": report.failed,
        "coverage": share,
    }  # fmt: skip
    detail = f"{first} to {last}: {counted(sums.recordings, 'recording')}, {counted(report.failed, 'failure')}"
    if share is not None:
        detail += f", coverage {100 * share:.1f} %"
    return Outcome(str(path), Verdict.DONE, "written", detail, data=data)
