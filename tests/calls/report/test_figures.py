"""What the index adds up for days is what a look at each recording gives; and it is asked by its index."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from calls.report.months import fill, row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voicekit.calls.index import base
from voicekit.calls.report import days, figures
from voicekit.calls.report.figures import Figures

BERLIN = ZoneInfo("Europe/Berlin")
FIRST, LAST = date(2026, 10, 20), date(2026, 10, 31)  # with a day of 25 hours
PARTS = days.parts(FIRST, LAST, BERLIN)

recordings = st.lists(
    st.fixed_dictionaries(
        {
            "began": st.integers(PARTS[0].since - 90_000, PARTS[-1].until + 90_000),
            "pbx": st.sampled_from(["pbx1", "pbx2"]),
            "size": st.integers(0, 1 << 40),
            "stored": st.integers(0, 1 << 40),
            "duration": st.none() | st.integers(0, 9000),
            "direction": st.sampled_from(["in", "out", "internal", "", "odd"]),
            "uniqueid": st.sampled_from(["", "1.1", "2.2", "3.3"]),
            "linkedid": st.sampled_from(["", "1.1", "9.9"]),
        }
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(recordings)
def test_sums_are_those_of_all_recordings(tmp_path_factory, told):
    path = tmp_path_factory.mktemp("index") / "index.sqlite"
    fill(path, (row(number, **each) for number, each in enumerate(told)))
    with base.reading(path) as opened:
        found, arrived = figures.of(opened, PARTS), figures.arrivals(opened, PARTS)
    for part, figure in zip(PARTS, found, strict=True):
        here = [(n, each) for n, each in enumerate(told) if days.day(each["began"], BERLIN) == part.first]
        calls = {}
        for number, each in here:
            call = (each["pbx"], each["linkedid"] or each["uniqueid"] or number)
            calls[call] = max(calls.get(call, 0), each["duration"] or 0)
        ways = [each["direction"] for _, each in here]
        assert figure == Figures(
            len(here), ways.count("in"), ways.count("out"), ways.count("internal"), len(calls), sum(calls.values()),
            sum(each["size"] for _, each in here), sum(each["stored"] for _, each in here),
        )  # fmt: skip
        assert figure.unknown == ways.count("") + ways.count("odd")
    within = [each for each in told if PARTS[0].since <= each["began"] < PARTS[-1].until]
    total = figures.total(found)
    assert (total.recordings, total.size) == (len(within), sum(each["size"] for each in within))
    assert sum(map(sum, arrived.values())) == total.size
    for pbx, sizes in arrived.items():
        assert sum(sizes) == sum(each["size"] for each in within if each["pbx"] == pbx)


def test_an_empty_index(tmp_path):
    fill(tmp_path / "index.sqlite", [])
    with base.reading(tmp_path / "index.sqlite") as opened:
        assert figures.total(figures.of(opened, PARTS)) == Figures()
        assert figures.arrivals(opened, PARTS) == {}
        assert figures.unreadable(opened, PARTS) == [0] * len(PARTS)
    assert Figures().saved == 0


def test_a_day_before_the_first_recording_did_not_bring_nothing(tmp_path):
    noon = datetime(2026, 10, 29, 12, tzinfo=BERLIN)
    fill(tmp_path / "index.sqlite", [row(1, noon, size=5), row(2, noon + timedelta(2), size=7)])
    with base.reading(tmp_path / "index.sqlite") as opened:
        assert figures.arrivals(opened, PARTS) == {"pbx1": [5, 0, 7]}


def test_sidecars_that_can_not_be_read_are_counted_when_they_were_archived(tmp_path):
    at = [PARTS[0].since - 1, PARTS[0].since, PARTS[5].until - 1, PARTS[-1].until - 1, PARTS[-1].until]
    fill(tmp_path / "index.sqlite", [row(n, None, archived=second) for n, second in enumerate(at)])
    with base.reading(tmp_path / "index.sqlite") as opened:
        assert figures.unreadable(opened, PARTS) == [1, 0, 0, 0, 0, 1, *[0] * 5, 1]
        assert figures.total(figures.of(opened, PARTS)) == Figures()


@pytest.mark.parametrize("query", [figures.SUMS, figures.SIZES])
def test_the_index_of_beginnings_is_used(tmp_path, query):
    fill(tmp_path / "index.sqlite", (row(n, PARTS[0].since + n) for n in range(2000)))
    with base.reading(tmp_path / "index.sqlite") as opened:
        plan = opened.execute(f"explain query plan {query}", (0,) * query.count("?")).fetchall()
    steps = [step for *_, step in plan]
    assert any("USING INDEX by_began (began>? AND began<?)" in step for step in steps), steps
    assert not any(step.startswith(("SCAN recordings", "SCAN r")) for step in steps), steps
