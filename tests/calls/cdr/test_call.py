"""Calls of several records, and the recordings that are of them."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from calls.cdr.shapes import AGENT, FILE, MENU, OTHER, RANG, ROWS, TAKEN, TEXTS
from hypothesis import given
from hypothesis import strategies as st

from voicekit.calls.cdr.call import Call, Recording, joined, match
from voicekit.calls.cdr.clock import Clock
from voicekit.calls.cdr.records import Records
from voicekit.calls.cdr.row import Cdr, read
from voicekit.errors import InputError

MOSCOW = Clock(ZoneInfo("Europe/Moscow"))
CALL = MENU["linkedid"]


def cdr(row, **more):
    return read(row | more, MOSCOW)


def all_of(*rows):
    return [cdr(row) for row in rows]


def test_rows_of_a_call_are_joined_in_their_order():
    queue, other = joined(all_of(*reversed(ROWS)))
    assert [row.sequence for row in queue.rows] == [132, 134, 136, 138]
    assert [row.sequence for row in other.rows] == [140]


def test_who_called_whom_and_what_became_of_it():
    queue, other = joined(all_of(*ROWS))
    assert (queue.linkedid, queue.caller, queue.called) == (CALL, "79161234567", "74951234567")
    assert (queue.queue, queue.agent, queue.answered) == ("600", "1002", True)
    assert queue.start == datetime(2026, 11, 23, 7, 40, 59, tzinfo=UTC)
    assert queue.end == datetime(2026, 11, 23, 7, 43, 22, tzinfo=UTC)
    assert queue.billsec == 143  # from the menu's answer to the end; the agent's leg is the same time again
    assert (other.caller, other.called, other.queue, other.agent) == ("1005", "1006", "", "")
    assert (other.answered, other.billsec) == (False, 0)


def test_nobody_took_it_from_the_queue():
    (call,) = joined(all_of(MENU, RANG))
    assert (call.queue, call.agent) == ("600", "")


@pytest.mark.parametrize(
    ("channel", "agent"),
    [
        ("Local/answer@vk-00000043;1", "answer"),
        ("PJSIP/1001-0000002a", "1001"),
        ("SIP/sip-trunk-1-0000002a", "sip-trunk-1"),
        ("Agent/1001", "1001"),
        ("nonsense", ""),
    ],
)
def test_agents_are_read_off_their_channels(channel, agent):
    (call,) = joined([cdr(TAKEN, dstchannel=channel)])
    assert call.agent == agent


def test_rows_without_linkedid_are_of_their_channel_and_without_both_each_of_its_own():
    bare = [cdr(MENU, linkedid=""), cdr(TAKEN, linkedid=""), cdr(OTHER, linkedid="")]
    assert [len(call.rows) for call in joined(bare)] == [2, 1]
    assert joined(bare)[0].linkedid == CALL
    nameless = [cdr(row, linkedid="", uniqueid="") for row in ROWS]
    assert len(joined(nameless)) == len(ROWS)


def test_recordings_find_their_call_by_file_then_channel_then_call():
    rows = all_of(*ROWS)
    recordings = [
        Recording(FILE, ""),
        Recording("renamed.wav", AGENT["uniqueid"]),
        Recording("renamed.wav", CALL),
        Recording(FILE, OTHER["uniqueid"]),  # the file is the stronger sign
        Recording("", ""),
        Recording("nothing.wav", "1795419659.999"),
    ]
    found = match(recordings, rows)
    assert [call and call.linkedid for call in found] == [CALL, CALL, CALL, CALL, None, None]


def test_a_call_may_be_known_by_its_name_alone_or_by_a_file_with_its_folders():
    leg = cdr(AGENT)
    assert match([Recording("x.wav", CALL)], [leg])[0].rows == (leg,)
    filed = cdr(AGENT, recordingfile=f"/var/spool/asterisk/monitor/2026/{FILE}")
    assert match([Recording(FILE, "")], [filed])[0].rows == (filed,)


def test_a_call_comes_back_from_json():
    (call,) = joined(all_of(MENU, TAKEN, AGENT))
    told = json.dumps(call.body)
    assert Call.of(json.loads(told)) == call
    assert "peeraccount" not in told  # what is empty takes no room
    with pytest.raises(InputError, match="version"):
        Call.of({"call": 2, "rows": []})


MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(st.data())
def test_every_record_comes_back_from_json(data):
    kinds = {str: TEXTS, int: st.integers(0, 2**40)}
    values = {one.name: data.draw(kinds[one.type]) for one in fields(Cdr) if one.type in kinds}
    values |= {"more": data.draw(st.dictionaries(TEXTS, TEXTS.filter(bool)))}
    row = Cdr(data.draw(MOMENTS), data.draw(st.none() | MOMENTS), data.draw(MOMENTS), **values)
    row = replace(row, sequence=data.draw(st.none() | st.integers(0, 9)), fold=data.draw(st.sampled_from([None, 0, 1])))
    assert Cdr.of(json.loads(json.dumps(row.body))) == row


def test_a_name_that_comes_again_each_year_is_of_the_call_of_its_time():
    rows = [
        cdr(OTHER, calldate=f"20{year}-11-23 10:00:00", linkedid=f"x{year}", recordingfile="1.wav") for year in (19, 24)
    ]
    at = rows[1].start
    for moment, linkedid in ((at, "x24"), (at.replace(year=2019), "x19"), (at.replace(year=2022), None), (None, "x19")):
        (found,) = match([Recording("1.wav", "", moment)], rows)
        assert (found and found.linkedid) == linkedid


@pytest.mark.parametrize("seconds", [-60_000_000_000, -1, 250_000_000_000, 10**17])
def test_a_call_of_thousands_of_years_is_a_call(seconds):
    """No database keeps such a number from being written."""
    rows = all_of(MENU | {"recordingfile": "1.wav", "uniqueid": "", "linkedid": ""})
    ends = (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC), rows[0].end)
    for end in ends:
        odd = [replace(row, billsec=seconds, end=end, disposition="ANSWERED") for row in rows]
        (found,) = match([Recording("1.wav", "", rows[0].start)], odd)
        assert (found is None) == (end == ends[1])
        assert Call(tuple(odd)).billsec == seconds


def test_rows_of_no_time_that_can_be_are_passed_over():
    """A server may answer with rows that were not asked for."""

    class Place:
        clock = MOSCOW

        def select(self, ask):
            for start in ("0001-01-02 00:00:00", "9998-12-31 00:00:00", MENU["calldate"]):
                yield MENU | {"calldate": start}

    found = match([Recording("", MENU["uniqueid"])], Records(Place()).of([Recording("", MENU["uniqueid"])]))
    assert found[0].start.year == 2026


def test_other_columns_are_kept():
    row = cdr(MENU, recorddir="in", hangupcause=16, nothing=None)
    assert row.more == {"amaflags": "3", "recorddir": "in", "hangupcause": "16"}
