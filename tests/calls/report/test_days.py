"""The bars of a report: whole days of the PBX, without a second between them or in two of them."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicekit.calls.report import days
from voicekit.errors import InputError

# Clocks that are put forward at 2, at midnight; by half an hour; a day that was left out; and none of that.
ZONES = ["Europe/Berlin", "Asia/Beirut", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "Europe/Moscow"]
zones = st.sampled_from(ZONES).map(ZoneInfo)
dates = st.dates(date(2005, 1, 1), date(2035, 1, 1))


@given(dates, st.integers(1, days.MOST), zones)
def test_every_second_is_in_one_of_them(first, number, zone):
    last = first + timedelta(number - 1)
    parts = days.parts(first, last, zone)
    assert (parts[0].first, parts[-1].last) == (first, last)
    for before, after in itertools.pairwise(parts):
        assert before.until == after.since
        assert before.last + timedelta(1) == after.first
    assert len(parts) == number if number <= days.DAYS else len(parts) <= 125


@given(dates, zones, st.integers(0, 86_400 * 30))
def test_a_second_is_in_the_bar_of_its_day(first, zone, more):
    parts = days.parts(first, first + timedelta(40), zone)
    second = parts[0].since + more
    (found,) = [part for part in parts if part.since <= second < part.until]
    assert found.first == days.day(second, zone) == found.last


def test_days_of_23_and_25_hours():
    berlin = ZoneInfo("Europe/Berlin")
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 1), 24)):
        (part,) = days.parts(day, day, berlin)
        assert part.until - part.since == hours * 3600
    (part,) = days.parts(date(2011, 12, 30), date(2011, 12, 30), ZoneInfo("Pacific/Apia"))
    assert part.until == part.since  # a day that Samoa left out


def test_weeks_begin_on_monday_and_months_on_the_first():
    zone = ZoneInfo("Europe/Moscow")
    weeks = days.parts(date(2026, 1, 1), date(2026, 11, 30), zone)
    assert [part.first for part in weeks[:3]] == [date(2026, 1, 1), date(2026, 1, 5), date(2026, 1, 12)]
    assert weeks[-1].first == weeks[-1].last == date(2026, 11, 30)
    months = days.parts(date(2025, 1, 15), date(2026, 11, 30), zone)
    assert len(months) == 23
    assert [part.first for part in months[:2]] == [date(2025, 1, 15), date(2025, 2, 1)]


def test_what_is_no_time_of_a_report():
    zone = ZoneInfo("UTC")
    with pytest.raises(InputError, match="no day"):
        days.parts(date(2026, 2, 1), date(2026, 1, 31), zone)
    with pytest.raises(InputError, match="ten years"):
        days.parts(date(2000, 1, 1), date(2026, 1, 31), zone)
    with pytest.raises(InputError):
        days.day(1 << 60, zone)


@given(dates, st.integers(1, 800), zones)
def test_each_day_is_found_in_its_bar(first, number, zone):
    last = first + timedelta(number - 1)
    parts = days.parts(first, last, zone)
    for day in (first, last, first + timedelta(number // 2)):
        at = days.holding(parts, day)
        assert at is not None
        assert parts[at].first <= day <= parts[at].last
    assert days.holding(parts, last + timedelta(1)) is None
    assert datetime.fromtimestamp(parts[0].since, UTC).astimezone(zone).date() in (first, first + timedelta(1))
