"""What is asked of the index is what a look through all sidecars gives; and it is asked by its indexes."""

import os
import random
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from calls.archives import Workspace, codes, store
from calls.far_ledger import Far, record, sidecar
from calls.test_index import find, found
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.find import synthetic
from voicekit.calls import numbers
from voicekit.calls.cdr.call import Call
from voicekit.calls.index import base, moments, query
from voicekit.calls.index.query import Query
from voicekit.calls.index.read import Index
from voicekit.calls.index.writer import Writer
from voicekit.calls.numbers import Sought
from voicekit.errors import InputError
from voicekit.jobs import show_call

BEGAN = 1_795_000_000
COUNT = 20_000
POOL = [
    "89161234567",
    "+79161234567",
    "84951234567",
    "201",
    "202",
    "4951234567",
    "anonymous",
    "",
    "5551234567",
    "+493012345678",
]
FIELDS = [
    ("disposition", "ANSWERED"),
    ("dst", "600"),
    ("accountcode", "o'clock"),
    ("leg", "in"),
    ("pbx", "pbx1"),
    ("none", ""),
]

rows = st.builds(
    lambda at, **more: record(at, **{name: value for name, value in more.items() if value}),
    st.integers(0, 20),
    src=st.sampled_from(POOL),
    dst=st.sampled_from([*POOL, "600", "s"]),
    did=st.sampled_from(["", "", "74950000000"]),
    cnum=st.sampled_from(["", *POOL]),
    lastapp=st.sampled_from(["Dial", "Queue"]),
    lastdata=st.sampled_from(["700,t", "701"]),
    dstchannel=st.sampled_from(["", "PJSIP/201-0000002a", "Local/202@from-queue-00000001;1"]),
    billsec=st.integers(0, 80),
    disposition=st.sampled_from(["ANSWERED", "BUSY"]),
    linkedid=st.sampled_from(["", "1795000000.1", "1795000000.2"]),
    accountcode=st.sampled_from(["", "o'clock"]),
    more=st.sampled_from([{}, {"x": "1"}]),
)
sidecars = st.builds(
    sidecar,
    st.integers(0, 20),
    source=st.sampled_from(POOL),
    destination=st.sampled_from(POOL),
    direction=st.sampled_from(["in", "out", "internal"]),
    rows=st.lists(rows, max_size=3),
    leg=st.sampled_from(["", "in"]),
)
edges = st.integers(0, 20).map(lambda n: BEGAN + n * 60)
NUMBERS = [numbers.sought(text, "RU") for text in POOL if text[-1:].isdecimal()]
CONDITIONS = st.one_of(
    st.tuples(
        st.just("number"), st.sampled_from(NUMBERS + [numbers.ending(end) for end in ("1", "01", "4567", "1234567")])
    ),
    st.tuples(st.sampled_from(["since", "until"]), edges),
    st.tuples(st.just("direction"), st.sampled_from(["in", "out", "sideways"])),
    st.tuples(st.just("queue"), st.sampled_from(["700", "702"])),
    st.tuples(st.just("agent"), st.sampled_from(["201", "202"])),
    st.tuples(st.sampled_from(["shortest", "longest"]), st.integers(0, 80)),
    st.tuples(st.just("call"), st.sampled_from(["1795000000.1", "1795000000.5"])),
    st.tuples(st.just("fields"), st.lists(st.sampled_from(FIELDS), max_size=2).map(tuple)),
)
queries = st.lists(CONDITIONS, max_size=3).map(lambda conditions: Query(**dict(conditions)))  # few: else nothing fits


def in_part(part, name):
    return str(part.get(name, part.get("more", {}).get(name, "\0")))


def fits(told, asked):
    """By the sidecar alone."""
    call = Call.of(told["call"]) if "call" in told else None
    parts = [told, *told.get("call", {}).get("rows", [])]
    said = {
        str(part.get(name, "")) for part in parts for name in ("source", "destination", "src", "dst", "cnum", "did")
    }
    keys = {numbers.key(text, "RU") for text in said | ({call.agent} if call else set())} - {""}
    began = int(datetime.fromisoformat(told["began"]).timestamp())
    duration = call.billsec if call else 16_000 // 16_000
    number = asked.number
    return all([
        number is None or any(key == number.digits if number.whole else key.endswith(number.digits) for key in keys),
        asked.since is None or began >= asked.since,
        asked.until is None or began <= asked.until,
        asked.direction in ("", told["direction"]),
        asked.queue in ("", call.queue if call else None),
        asked.agent in ("", call.agent if call else None),
        asked.shortest is None or duration >= asked.shortest,
        asked.longest is None or duration <= asked.longest,
        asked.call in ("", told["uniqueid"], call.linkedid if call else None),
        all(any(in_part(part, name) == value for part in parts) for name, value in asked.fields),
    ])  # fmt: skip


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    told=st.lists(sidecars, min_size=1, max_size=12),
    asked=st.lists(queries, min_size=1, max_size=12),
    limit=st.integers(1, 6),
)
def test_what_is_found_is_what_a_look_through_all_finds(tmp_path, told, asked, limit):
    folder = tmp_path / os.urandom(4).hex()
    one = Workspace(folder / "one", folder / "spool", f"file:{folder}/nas", sealed=False, more='country = "RU"')
    named = dict(zip(Far(folder / "far", store(folder / "nas"), None).archive(*told), told, strict=True))
    for each in asked:
        right = {recording for recording, sidecar in named.items() if fits(sidecar, each)}
        assert set(found(find(one, **vars_of(each)))) == right
        some = find(one, limit=limit, **vars_of(each))
        assert len(found(some)) == min(limit, len(right))
        assert set(found(some)) <= right
        newest = sorted((named[r]["began"] for r in right), reverse=True)[:limit]
        assert sorted((named[r]["began"] for r in found(some)), reverse=True) == newest
        assert ("more" in codes(some)) is (len(right) > limit)
    shutil.rmtree(folder)


def vars_of(asked):
    return {name: getattr(asked, name) for name in Query.__slots__}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Of calls as the bench makes them."""
    path = tmp_path_factory.mktemp("index") / "index.sqlite"
    with base.following(path, "RU") as opened:
        writer = Writer(opened)
        with opened:
            writer.add(synthetic(COUNT))
        writer.finish()
    return path


def plan(opened, asked):
    opened.create_function("told", 3, query._has, deterministic=True)
    statement, values = query.sql(Index(opened), asked, query.COLUMNS)
    return " | ".join(row[3] for row in opened.execute(f"explain query plan {statement} limit 50", values))


WHOLE, PART = Sought("79161234567", whole=True), Sought("1234567", whole=False)
EVERYTHING = Query(WHOLE, 1, 2, "in", "700", "201", 1, 2, "1.1", (("a", "b"),))


@pytest.mark.parametrize(
    ("asked", "by"),
    [
        (Query(WHOLE, 1, 2), "SEARCH n USING PRIMARY KEY (reversed=? AND began>? AND began<?)"),
        (Query(WHOLE), "SEARCH n USING PRIMARY KEY (reversed=?)"),
        (Query(PART), "SEARCH n USING PRIMARY KEY (reversed>? AND reversed<?)"),
        (Query(PART, 1, 2), "SEARCH n USING PRIMARY KEY (reversed>? AND reversed<?)"),
        (EVERYTHING, "SEARCH n USING PRIMARY KEY (reversed=? AND began>? AND began<?)"),
        (Query(since=1), "USING INDEX by_began (began>? AND began<?)"),
        (Query(), "SCAN r USING INDEX by_began"),
        (Query(queue="700"), "USING INDEX by_queue (queue=?)"),
        (Query(agent="201", since=1, until=2), "USING INDEX by_agent (agent=? AND began>? AND began<?)"),
        (Query(call="1.1"), "USING INDEX by_linkedid (linkedid=?)"),
        (Query(call="1.1"), "USING INDEX by_uniqueid (uniqueid=?)"),
    ],
)  # fmt: skip
def test_it_is_asked_by_an_index(filled, asked, by):
    with base.reading(filled) as opened:
        found = plan(opened, asked)
    assert by in found
    assert asked == Query() or "SCAN" not in found
    if asked.number and asked.number.whole:
        assert "TEMP B-TREE" not in found
        assert "SEARCH r USING INTEGER PRIMARY KEY" in found


def test_receipts_are_asked_by_an_index(filled):
    with base.reading(filled) as opened:
        for column in ("uuid", "original"):
            asked = f"explain query plan select 1 from recordings where {column} = ?"
            assert f"by_{column} ({column}=?)" in opened.execute(asked, (b"",)).fetchone()[3]
        asked = "explain query plan delete from numbers where reversed = ? and began = ? and recording = ?"
        assert "PRIMARY KEY (reversed=? AND began=? AND recording=?)" in opened.execute(asked, ("", 0, 0)).fetchone()[3]


def test_a_recording_takes_few_bytes(filled):
    with base.reading(filled) as opened:
        told, count = opened.execute("select sum(length(told)), count(*) from recordings").fetchone()
    size = filled.stat().st_size
    assert count == COUNT
    assert size / count <= 750
    assert (size - told) / count <= 450


def test_recordings_of_one_call_are_shown_together(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", sealed=False)
    Far(tmp_path / "far", store(tmp_path / "nas"), None).archive(
        sidecar(1, rows=[record(1, linkedid="9.1")]), sidecar(2), sidecar(3, rows=[record(3, linkedid="9.1")])
    )
    outcomes = find(one)
    assert [each.data["uniqueid"] for each in outcomes] == ["1795000000.3", "1795000000.1", "1795000000.2"]
    assert ["the same call" in each.detail for each in outcomes] == [False, True, False]


def test_what_is_not_all_is_said(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", sealed=False)
    Far(tmp_path / "far", store(tmp_path / "nas"), None).archive(*map(sidecar, range(9)))
    assert find(one, limit=4)[-1].detail == "5 older ones fit as well"
    assert codes(find(one, fields=(("leg", ""),)))[-1] == "slow"
    assert "slow" not in codes(find(one, since=1, fields=(("leg", ""),)))


def test_a_recording_is_shown_with_all_that_is_known(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    far = Far(tmp_path / "far", store(tmp_path / "nas"), one.ring)
    recording, _ = far.archive(
        sidecar(1, path=os.fsdecode(b"\xff.wav"), rows=[record(1, more={"x": "y"}), record(1)]), sidecar(2)
    )
    with one.reach() as reached:
        shown = list(show_call.apply(one.settings, one.ring, reached, recording[:8]))
        assert [each.code for each in shown] == ["found", "receipt", "sidecar", "record", "record"]
        assert shown[1].data["original"] == far.receipts[recording].original
        assert shown[2].data["path"] == "\\udcff.wav"
        assert shown[3].data["more"] == {"x": "y"}
        for each in shown:
            each.as_json().encode()
        assert codes(show_call.apply(one.settings, one.ring, reached, "0" * 8)) == ["unknown"]


NOW = datetime(2026, 11, 30, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("text", "zone", "first", "last"), [
    ("2026-11-30", "Europe/Moscow", "2026-11-29T21:00:00", "2026-11-30T20:59:59"),
    ("2026-11-30 14:05", "Europe/Moscow", "2026-11-30T11:05:00", "2026-11-30T11:05:59"),
    ("2026-11-30T14:05:30", "UTC", "2026-11-30T14:05:30", "2026-11-30T14:05:30"),
    ("2026-11-30T14:05:30+03:00", "UTC", "2026-11-30T11:05:30", "2026-11-30T11:05:30"),
    ("7d", "Europe/Moscow", "2026-11-23T12:00:30", "2026-11-23T12:00:30"),
    ("yesterday", "Europe/Moscow", "2026-11-28T21:00:00", "2026-11-29T20:59:59"),
    ("today", "Pacific/Kiritimati", "2026-11-30T10:00:00", "2026-12-01T09:59:59"),
    ("28.11.2026", "UTC", "2026-11-28T00:00:00", "2026-11-28T23:59:59"),
    ("90m", "UTC", "2026-11-30T10:30:30", "2026-11-30T10:30:30"),
    ("2026-10-25 02:30", "Europe/Berlin", "2026-10-25T00:30:00", "2026-10-25T01:30:59"),  # the clock shows it twice
    ("2026-10-25", "Europe/Berlin", "2026-10-24T22:00:00", "2026-10-25T22:59:59"),  # a day of 25 hours
])  # fmt: skip
def test_times_are_those_of_the_pbx(text, zone, first, last):
    zone = ZoneInfo(zone)
    assert datetime.fromtimestamp(moments.since(text, zone, NOW), UTC).isoformat() == f"{first}+00:00"
    assert datetime.fromtimestamp(moments.until(text, zone, NOW), UTC).isoformat() == f"{last}+00:00"


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "31.11.2026", "28.11.26", "2026-13-01", "7w", "'", "2026-11-30 25:00", "999999d9"]
)
def test_what_is_no_time(text):
    for read in (moments.since, moments.until):
        with pytest.raises(InputError, match="is no time"):
            read(text, ZoneInfo("UTC"), NOW)


@pytest.mark.parametrize(("text", "zone", "said"), [
    ("2026-11-30", "UTC", "2026-11-30"),
    ("28.11.2026", "UTC", "2026-11-28"),
    ("today", "UTC", "2026-11-30"),
    ("today", "Pacific/Kiritimati", "2026-12-01"),
    ("yesterday", "UTC", "2026-11-29"),
])  # fmt: skip
def test_days_are_those_of_the_pbx(text, zone, said):
    assert moments.day(text, ZoneInfo(zone), NOW) == said


@pytest.mark.parametrize("text", ["20261128", "2026-11-28 07", "7d", "2026-11-31", "31.11.2026", "28.11.26", "now", ""])
def test_what_is_no_day(text):
    with pytest.raises(InputError, match="is no day"):
        moments.day(text, ZoneInfo("UTC"), NOW)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "999999d"])
def test_the_ends_of_the_calendar_are_no_bug(text):
    for zone in map(ZoneInfo, ("Asia/Tokyo", "America/New_York")):
        for read in (moments.since, moments.until):
            with suppress(InputError):
                assert abs(read(text, zone, NOW)) < 1 << 40


def test_the_shortest_name_that_is_one_of_a_kind(tmp_path, filled):
    with base.reading(filled) as opened:
        index = Index(opened)
        names = [row[0] for row in opened.execute("select uuid from recordings limit 20")]
        for uuid in random.Random(1).sample(names, 5):
            assert index.beginning(index.short(str(UUID(bytes=uuid)))) == [str(UUID(bytes=uuid))]


@pytest.mark.parametrize(
    ("said", "code"),
    [("60", 0), ("90s", 0), ("1m", 0), ("0h", 0), ("", 2), ("1.5", 2), ("-1", 2), ("long", 2), ("٣", 2), ("s", 2)],
)
@pytest.mark.parametrize("option", ["--min-duration", "--max-duration"])
def test_a_duration_is_seconds_or_a_span(tmp_path, run, option, said, code):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    ran = run("calls", "find", f"{option}={said}", "-C", one.root)
    assert ran.code == code
    assert ("it is seconds, as 90, or as 2m or 1h" in ran.err) == bool(code)
