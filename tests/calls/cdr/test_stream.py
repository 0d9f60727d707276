"""Calls of a long time are the calls that its records make, and of those of a day only are held at once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from voicekit.calls.cdr import stream
from voicekit.calls.cdr.call import joined
from voicekit.calls.cdr.row import Cdr

SINCE = datetime(2026, 3, 27, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Place:
    """Records in memory, and the most of them that were asked for at once."""

    def __init__(self, rows, step=DAY):
        self.all, self.step, self.most, self.asked = rows, step, 0, 0

    def rows(self, since, until):
        found = [row for row in self.all if since <= row.start < until]
        self.most, self.asked = max(self.most, len(found)), self.asked + 1
        return iter(found)


def row(at, seconds, number, **more):
    start = SINCE + timedelta(seconds=at)
    return Cdr(start, None, start + timedelta(seconds=seconds), uniqueid=f"{number}", sequence=number, **more)


def sequences(call):
    return [row.sequence for row in call.rows]


@st.composite
def records(draw):
    """Calls of legs of which each begins before all that came before it are over; and records that name no call."""
    rows = []
    for at, seconds in draw(st.lists(st.tuples(st.integers(0, 6 * 86_400), st.integers(0, 20 * 3600)), max_size=6)):
        rows.append(row(at, seconds, len(rows), linkedid=""))
    for call in range(draw(st.integers(0, 12))):
        at, end = draw(st.integers(0, 6 * 86_400)), 0
        for _ in range(draw(st.integers(1, 4))):
            seconds = draw(st.integers(0, 20 * 3600))
            rows.append(row(at, seconds, len(rows), linkedid=f"c{call}"))
            end = max(end, at + seconds)
            at = draw(st.integers(at, min(end, at + 4 * 3600)))
    return draw(st.permutations(rows))


@given(records(), st.sampled_from([HOUR * 5, DAY, DAY * 7]))
def test_they_are_the_calls_of_all_records(rows, step):
    until = SINCE + 10 * DAY
    found = list(stream.calls(Place(rows, step), SINCE, until))
    every = joined(one for one in rows if SINCE <= one.start < until)

    assert sorted(map(sequences, found)) == sorted(map(sequences, every))


def test_a_day_is_held_at_once_and_a_wrong_end_holds_nothing():
    place = Place([row(number * 3600, 40 * 365 * 86_400, number) for number in range(24 * 30)])
    calls = stream.calls(place, SINCE, SINCE + 30 * DAY)
    first = next(calls)
    assert first.start == SINCE
    assert place.asked <= 4  # a call waits two days for its end
    assert len(list(calls)) == 24 * 30 - 1
    assert place.most == 24


def test_a_time_without_end_is_asked_for_in_a_few_steps():
    place = Place([row(0, 60, 1)])
    assert len(list(stream.calls(place, datetime(1971, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)))) == 1
    assert place.asked <= 401
