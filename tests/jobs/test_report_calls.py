"""calls report: what can't be had is lacking on the page, which says so; and nobody's number is on it."""

import re
import stat
from datetime import date, datetime, timedelta
from itertools import islice

import pytest
from calls.archives import HOUR, Workspace, codes, lay, name, sound
from calls.report.months import fill
from jobs.test_reconcile_calls import BEGIN, call, workspace
from test_report import Page

from bench.find import synthetic
from voicekit.calls.report import days
from voicekit.errors import InputError, StoreError
from voicekit.jobs import report_calls

DAY = date(2026, 11, 23)  # of `call`


def report(one, path, first=DAY, last=DAY, language="en", now=None):
    moment = now or datetime(2026, 11, 24, 6, tzinfo=one.settings.zone)
    with one.reach() as store:
        return list(report_calls.apply(one.settings, one.ring, store, path, first, last, moment, language=language))


@pytest.fixture
def one(tmp_path):
    return Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "page.html"


@pytest.fixture
def called(tmp_path):
    """Three calls of which one has its recording in the archive, one in the spool, and one nowhere."""
    calls = [call(number) for number in range(3)] + [call(4, answered=False, file=False)]
    made = workspace(tmp_path, [row for row, _ in calls])
    lay(made.spool, f"2026/11/23/{calls[0][1]}", sound(0))
    made.archive(free=False)
    (made.spool / f"2026/11/23/{calls[0][1]}").unlink()
    lay(made.spool, f"2026/11/23/{calls[1][1]}", sound(1), age=5)
    return made


def test_all_of_it(called, path):
    said = report(called, path)
    assert codes(said) == ["forecast", "reconciled", "written"]
    data = said[-1].data
    assert (data["recordings"], data["calls"], data["failures"]) == (1, 1, 0)
    assert data["coverage"] == pytest.approx(2 / 3)
    text = path.read_text("utf-8")
    Page(text)
    assert "Calls without a recording: 1" in text
    assert f"{BEGIN + 120}.2" in text
    assert "pbx1" in text
    assert "Disk of pbx1" in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    forecast = said[0].data
    assert forecast["recordings"] == len(sound(1))


@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_number_of_a_caller_is_on_it(called, path, language):
    """Of a thousand recordings, and of calls that have none."""
    rows = list(islice(synthetic(20_000), 1000))
    fill(called.settings.index, rows)
    first = days.day(rows[0].began, called.settings.zone)
    last = days.day(rows[-1].began, called.settings.zone)
    for begin, end in ((first, last), (DAY, DAY)):
        said = report(called, path, begin, end, language)
        assert said[-1].code == "written"
        text = path.read_text("utf-8")
        numbers = {key for row in rows for key in row.keys if len(key) > 4} | {"89165550000", "4951234567"}
        assert not [number for number in numbers if number in text]
        for outcome in said:
            assert "8916" not in outcome.as_json()


def test_a_page_is_replaced_and_nothing_else(one, path):
    report(one, path)
    path.chmod(0o644)
    assert codes(report(one, path, language="ru"))[-1] == "written"
    assert "Записи разговоров" in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    path.write_text("mine")
    with pytest.raises(InputError, match="no page of this command"):
        report(one, path)
    assert path.read_text() == "mine"


def test_a_spool_that_is_away(called, path, tmp_path):
    called.spool.rename(tmp_path / "away")
    said = report(called, path)
    assert codes(said) == ["away", "written"]
    assert said[0].bad
    assert said[-1].data["recordings"] == 1
    assert said[-1].data["coverage"] is None
    assert "its spool can&#x27;t be looked at" in path.read_text("utf-8")


def test_call_records_that_are_away(called, path, tmp_path):
    (tmp_path / "cdr.db").unlink()
    said = report(called, path)
    assert codes(said) == ["forecast", "not-reconciled", "written"]
    assert "could not be compared" in path.read_text("utf-8")


def test_a_store_that_is_away(called, path, tmp_path):
    report(called, path)
    (tmp_path / "nas").rename(tmp_path / "other")
    said = report(called, path)
    assert codes(said) == ["behind", "forecast", "reconciled", "written"]
    assert said[-1].data["recordings"] == 1
    assert "what was known before" in path.read_text("utf-8")
    called.settings.index.unlink()
    with pytest.raises(StoreError):
        report(called, path)


def test_without_spools_and_records(one, path, tmp_path):
    """As on another machine, with store and key only."""
    lay(one.spool, name(1), sound(1))
    one.archive()
    other = Workspace(tmp_path / "other", tmp_path / "none", f"file:{tmp_path}/nas", key=one.key)
    (other.root / "voicekit.toml").write_text((other.root / "voicekit.toml").read_text().partition("[calls.spools")[0])
    from voicekit.calls import settings

    other.settings = settings.load(other.root)
    first = date(2026, 11, 1)
    said = report(other, path, first, date(2026, 11, 30), now=datetime(2026, 12, 1, 6, tzinfo=one.settings.zone))
    assert codes(said) == ["written"]
    assert said[-1].data["recordings"] == 1
    text = path.read_text("utf-8")
    assert "archives no spool" in text
    assert "does not say where the PBX keeps its call records" in text


def test_failures_and_runs_that_were_cut_off(one, path, tmp_path):
    one.spool.rename(tmp_path / "away")
    one.archive()
    (tmp_path / "away").rename(one.spool)
    today = datetime.now(one.settings.zone)
    said = report(one, path, today.date(), today.date(), now=today)
    assert said[-1].data["failures"] == 1
    assert "not archived: 1" in path.read_text("utf-8")
    one.settings.failures.write_bytes(b"x" * 5000)
    said = report(one, path, today.date(), today.date(), now=today)
    assert said[-1].data["failures"] == 0
    assert "What failed is not known." in path.read_text("utf-8")


def test_days_to_come_are_left_out(one, path):
    said = report(one, path, DAY, DAY + timedelta(40))
    assert said[-1].data["until"] == "2026-11-24"
    with pytest.raises(InputError, match="no day"):
        report(one, path, DAY + timedelta(3), DAY + timedelta(5))


def test_what_is_just_over_is_not_missed(called, path):
    """Neither its record nor its recording may be there yet."""
    now = datetime.fromtimestamp(BEGIN + HOUR + 60, called.settings.zone)
    said = report(called, path, now=now)
    assert re.search("2 calls, 2 answered, 0 without", said[-2].detail)
