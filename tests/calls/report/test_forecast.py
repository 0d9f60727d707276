"""When a disk is full: what has to hold whatever the disk, the days and the settings are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicekit.calls.disk import Room
from voicekit.calls.report.forecast import Forecast

GB = 10**9
sizes = st.integers(0, 10**15)


@st.composite
def forecasts(draw):
    used = draw(sizes)
    lying = draw(st.integers(0, used) | sizes)
    arrived = draw(st.lists(st.integers(0, 10**13), max_size=28))
    return Forecast(Room(used, draw(sizes)), lying, arrived, draw(st.floats(0, 400)))


def near(one, other):
    return one == pytest.approx(other, rel=1e-9, abs=1)


@given(forecasts(), st.integers(1, 10**13))
def test_days_times_rate_is_what_is_free(one, rate):
    assert near(one.days_left(rate) * rate, one.room.free)
    assert one.days_left(2 * rate) <= one.days_left(rate)
    assert one.days_left(0) is None


@given(forecasts(), st.floats(0, 500), st.floats(0, 500))
def test_lines_stay_on_the_disk(one, early, late):
    early, late = sorted((early, late))
    for freeing in (True, False):
        assert 0 <= one.used(early, freeing=freeing) <= one.size
    assert one.used(early, freeing=False) <= one.used(late, freeing=False)
    assert near(one.used(0, freeing=False), one.room.used)
    if one.keep:
        assert near(one.used(0, freeing=True), one.room.used)


@given(forecasts())
def test_with_recordings_removed_it_settles(one):
    end = one.used(one.keep, freeing=True)
    assert end == one.used(one.keep + 1000, freeing=True)
    assert near(end, min(one.settled(one.usual), one.size))
    assert one.fits(one.usual) == (one.settled(one.usual) <= one.size)
    assert one.fits(one.usual) or not one.fits(one.busiest)


@given(forecasts())
def test_what_arrives(one):
    assert one.usual <= one.busiest
    assert one.settled(0) <= one.settled(one.usual) <= one.settled(one.busiest)
    assert 7 <= one.horizon <= 200


def test_a_disk_of_a_hundred():
    one = Forecast(Room(60 * GB, 40 * GB), 20 * GB, [GB, 4 * GB, 4 * GB, 6 * GB, 0], 7.0)
    assert (one.usual, one.busiest) == (4 * GB, 6 * GB)
    assert one.days_left(one.usual) == 10
    assert one.settled(one.usual) == 68 * GB
    assert one.fits(one.usual)
    assert one.fits(one.busiest)
    assert one.used(3.5, freeing=True) == 64 * GB
    assert one.used(5, freeing=False) == 80 * GB
    assert not Forecast(one.room, 20 * GB, one.arrived, 30.0).fits(one.usual)


def test_nothing_is_known_yet():
    one = Forecast(Room(0, 0), 0, [], 7.0)
    assert (one.usual, one.busiest, one.days_left(one.usual)) == (0, 0, None)
    assert one.used(5, freeing=True) == 0
