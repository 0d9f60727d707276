"""A PBX's local times in UTC: the hour that autumn repeats, and columns that are missing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from calls.cdr.shapes import AGENT, MENU, RANG
from hypothesis import given
from hypothesis import strategies as st

from voicekit.calls.cdr.clock import Clock, epoch
from voicekit.calls.cdr.row import read

MOSCOW, BERLIN, HOWE = (Clock(ZoneInfo(name)) for name in ("Europe/Moscow", "Europe/Berlin", "Australia/Lord_Howe"))
AUTUMN = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)  # Berlin: 3:00 becomes 2:00, so 2:30 is at 0:30 and 1:30 UTC


def utc(*moment):
    return datetime(*moment, tzinfo=UTC)


def at(moment, name="", number=7):
    return f"{name}{int(moment.timestamp())}.{number}"


def test_a_time_is_that_of_the_zone_at_that_time():
    assert read(MENU, MOSCOW).start == utc(2026, 11, 23, 7, 40, 59)
    assert read(MENU | {"calldate": "2013-11-23 10:40:59", "uniqueid": ""}, MOSCOW).start.hour == 6  # UTC+4 until 2014
    assert read(MENU, Clock(ZoneInfo("UTC"))).start.hour == 10  # usegmtime
    assert read(MENU, MOSCOW).fold is None
    assert read(MENU, MOSCOW).start.tzinfo is UTC


@pytest.mark.parametrize("name", ["", "pbx1-", "my-own.pbx-"])
@pytest.mark.parametrize(("made", "fold"), [(utc(2026, 10, 25, 0, 29, 58), 0), (utc(2026, 10, 25, 1, 29, 58), 1)])
def test_of_two_equal_hours_the_epoch_tells_which(name, made, fold):
    row = read({"calldate": "2026-10-25 02:30:00", "uniqueid": at(made, name)}, BERLIN)
    assert (row.start, row.fold) == (utc(2026, 10, 25, fold, 30), fold)


def test_a_record_may_begin_long_after_its_channel_and_not_before_it():
    made = utc(2026, 10, 25, 0, 50)  # nearer to 0:30, which was over
    row = read({"calldate": "2026-10-25 02:30:00", "uniqueid": at(made)}, BERLIN)
    assert (row.start, row.fold) == (utc(2026, 10, 25, 1, 30), 1)
    row = read({"calldate": "2026-10-25 02:30:00", "uniqueid": at(made + timedelta(days=3))}, BERLIN)
    assert row.fold == 1  # a wrong clock is no reason to lose a record


def test_without_an_epoch_the_first_is_taken_and_it_is_said():
    row = read({"calldate": "2026-10-25 02:30:00"}, BERLIN)
    assert (row.start.hour, row.fold) == (0, 0)
    assert read({"calldate": "2026-10-25 03:00:00"}, BERLIN).fold is None


def test_the_other_times_follow_the_start():
    told = {
        "start": "2026-10-25 02:50:00", "answer": "2026-10-25 02:55:00", "end": "2026-10-25 02:20:00",
        "duration": 1800, "billsec": 1500, "uniqueid": at(utc(2026, 10, 25, 0, 50)),
    }  # fmt: skip
    row = read(told, BERLIN)
    assert [row.start, row.answer, row.end] == [utc(2026, 10, 25, 0, minute) for minute in (50, 55)] + [
        utc(2026, 10, 25, 1, 20)
    ]


def test_what_a_table_has_no_column_for_is_reckoned():
    row = read(RANG, MOSCOW)
    assert (row.answer, row.end) == (None, utc(2026, 11, 23, 7, 41, 17))
    row = read(AGENT, MOSCOW)
    assert (row.answer, row.end) == (utc(2026, 11, 23, 7, 41, 22), utc(2026, 11, 23, 7, 43, 22))
    assert read(AGENT | {"answer": None}, MOSCOW).answer is None  # a column that says so


@pytest.mark.parametrize("date", ["", None, "0000-00-00 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "x"])
def test_a_record_without_its_date_is_none(date):
    howe = read(MENU | {"calldate": date}, HOWE)
    berlin = read(MENU | {"calldate": date}, Clock(ZoneInfo("America/New_York")))
    assert howe is None or berlin is None


def test_times_may_come_with_a_zone_or_as_text_with_parts_of_a_second():
    moment = datetime(2026, 11, 23, 9, 0, 0, 500_000, ZoneInfo("Asia/Tokyo"))
    assert read({"start": moment}, MOSCOW).start == utc(2026, 11, 23, 0, 0, 0, 500_000)
    assert read({"start": "2026-11-23 09:00:00.5"}, MOSCOW).start == utc(2026, 11, 23, 6, 0, 0, 500_000)


@given(st.integers(0, 2**31), st.sampled_from([MOSCOW, BERLIN, HOWE]), st.integers(0, 900))
def test_every_moment_comes_back_from_what_the_clock_shows(second, clock, later):
    made = datetime.fromtimestamp(second, UTC)
    start = made + timedelta(seconds=later)
    shown = start.astimezone(clock.zone).strftime("%Y-%m-%d %H:%M:%S")
    assert read({"calldate": shown, "uniqueid": at(made)}, clock).start == start


@given(st.integers(0, 2**31), st.integers(0, 10_000), st.sampled_from([MOSCOW, BERLIN, HOWE]))
def test_a_span_holds_all_that_is_shown_in_it(second, length, clock):
    since = datetime.fromtimestamp(second, UTC)
    least, most = clock.span(since, since + timedelta(seconds=length))
    for moment in (since, since + timedelta(seconds=length / 2), since + timedelta(seconds=max(0, length - 1))):
        assert least <= moment.astimezone(clock.zone).replace(tzinfo=None) <= most


@pytest.mark.parametrize("text", ["", "1795419659", "x.1", "1795419659.", "123456789012.1", "a-b", "1.2.3x"])
def test_what_is_no_uniqueid_has_no_epoch(text):
    assert epoch(text) is None
