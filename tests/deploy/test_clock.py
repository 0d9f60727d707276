"""Times as people say them, on another machine's clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicekit.deploy import clock
from voicekit.errors import InputError

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 26, 15, 30, tzinfo=MOSCOW)  # a Thursday


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("18:00", "2026-11-26 18:00"),
        ("9:00", "2026-11-27 09:00"),
        ("15:30", "2026-11-27 15:30"),
        ("today 23:59", "2026-11-26 23:59"),
        ("tomorrow 9:00", "2026-11-27 09:00"),
        ("Завтра 9:00", "2026-11-27 09:00"),
        ("monday 9:00", "2026-11-30 09:00"),
        ("Thu 9:00", "2026-12-03 09:00"),
        ("пн 9:00", "2026-11-30 09:00"),
        ("2026-12-31 23:30", "2026-12-31 23:30"),
        ("31.12 23:30", "2026-12-31 23:30"),
        ("1.1 8:00", "2027-01-01 08:00"),
        ("24:00", "2026-11-27 00:00"),
        ("2h", "2026-11-26 17:30"),
        ("in 90 min", "2026-11-26 17:00"),
        ("через 2 ч", "2026-11-26 17:30"),
        ("now", "2026-11-26 15:30"),
    ],
)
def test_what_people_say(text, meant):
    assert f"{clock.moment(text, NOW):%Y-%m-%d %H:%M}" == meant


@pytest.mark.parametrize("text", ["", "noon", "25:00", "24:01", "9:60", "tu 9:00 pm", "t 9:00", "32.1 9:00",
                                  "2026-02-30 9:00",
                                  "today 9:00", "2025-12-31 23:30", "9", "-1h", "9:00 tomorrow"])  # fmt: skip
def test_what_nobody_can_mean(text):
    with pytest.raises(InputError):
        clock.moment(text, NOW)


def test_when_clocks_are_changed():
    spring = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    assert clock.moment("tomorrow 2:30", spring).astimezone(UTC).hour == 1  # 3:30, for there is no 2:30
    autumn = datetime(2026, 10, 24, 12, tzinfo=BERLIN)
    early, late = (clock.moment("tomorrow 2:30", autumn, late=late).astimezone(UTC) for late in (False, True))
    assert late - early == timedelta(hours=1)
    assert clock.moment("24h", autumn).hour == 11


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)), st.integers(0, 23), st.integers(0, 59),
       st.sampled_from([MOSCOW, BERLIN, ZoneInfo("America/New_York"), UTC]))  # fmt: skip
def test_a_time_of_day_is_the_next_one(naive, hour, minute, zone):
    after = naive.replace(tzinfo=zone)
    found = clock.moment(f"{hour}:{minute:02}", after)
    assert found.astimezone(UTC) > after.astimezone(UTC)
    assert found.astimezone(UTC) - after.astimezone(UTC) <= timedelta(hours=49)


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_refused(text):
    try:
        found = clock.moment(text, NOW)
    except InputError:
        return
    assert found >= NOW


def test_zones():
    assert clock.zone("Europe/Moscow", "+0000") == MOSCOW
    assert datetime(2026, 1, 1, tzinfo=clock.zone("", "+0530")).utcoffset() == timedelta(hours=5, minutes=30)
    assert clock.zone("../../etc/passwd", "-0130").utcoffset(None) == timedelta(hours=-1.5)
    assert clock.zone("No/Where", "?") is UTC
