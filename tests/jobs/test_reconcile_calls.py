"""calls reconcile: which calls have no recording, and should; and no number of anybody in what it says."""

import sqlite3
from contextlib import closing

import pytest
from calls.archives import HOUR, Workspace, codes, lay, sound
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voicekit.errors import InputError
from voicekit.jobs import reconcile_calls

BEGIN = 1795419000  # 2026-11-23 10:30 in Moscow
COLUMNS = (
    "calldate, src, dst, did, disposition, billsec, duration, uniqueid, linkedid, recordingfile, lastapp, lastdata, "
    "dstchannel, sequence, channel"
)


def call(number, way="in", *, answered=True, file=True, queue=False, at=60):
    """A row of FreePBX's table, and the name of its recording."""
    from datetime import datetime, timedelta, timezone

    begun = datetime.fromtimestamp(BEGIN + number * at, timezone(timedelta(hours=3)))
    uniqueid = f"{BEGIN + number * at}.{number}"
    name = f"{way}-600-89165550{number:03}-{begun:%Y%m%d}-{begun:%H%M%S}-{uniqueid}.wav"
    sides = {
        "in": ("89165550000", "600"),
        "q": ("89165550000", "600"),
        "out": ("201", "89165550000"),
        "internal": ("201", "202"),
    }[way]
    row = (
        f"{begun:%Y-%m-%d %H:%M:%S}", *sides, "4951234567" if way == "in" else "",
        "ANSWERED" if answered else "NO ANSWER", 30 * answered, 40, uniqueid, uniqueid, name if file else "",
        "Queue" if queue else "Dial", "700,t", "SIP/201-0000002a", number, "SIP/trunk-1",
    )  # fmt: skip
    return row, name


def workspace(folder, rows, more=""):
    with closing(sqlite3.connect(folder / "cdr.db")) as base, base:
        base.execute(f"create table cdr ({COLUMNS})")
        base.executemany(f"insert into cdr values ({', '.join('?' * 15)})", rows)
    cdr = f'cdr = "sqlite:///{folder}/cdr.db"\nzone = "Europe/Moscow"\ncountry = "RU"\n{more}\n'
    return Workspace(folder / "one", folder / "spool", f"file:{folder}/nas", more=cdr)


def reconcile(one, since=BEGIN - HOUR, until=BEGIN + 24 * HOUR):
    with one.reach() as store:
        spools = one.settings.chosen(())
        return list(reconcile_calls.apply(one.settings, one.ring, store, spools, since, until))


def missing(said):
    return sorted(int(outcome.subject.rpartition(".")[2]) for outcome in said if outcome.code == "no-recording")


def test_what_the_records_name_and_is_nowhere(tmp_path):
    """In the archive, in the spool, nowhere; not recorded; not answered."""
    calls = [call(number) for number in range(3)] + [call(3, file=False), call(4, file=False, answered=False)]
    one = workspace(tmp_path, [row for row, _ in calls])
    lay(one.spool, f"2026/11/23/{calls[0][1]}", sound(0))
    one.archive(free=False)
    (one.spool / f"2026/11/23/{calls[0][1]}").unlink()
    lay(one.spool, f"2026/11/23/{calls[1][1]}", sound(1), age=5)
    said = reconcile(one)
    assert missing(said) == [2]
    (found,) = [outcome for outcome in said if outcome.code == "no-recording"]
    assert found.bad
    assert found.detail == "2026-11-23 10:32:00, 30 s, in: its records name a file that is nowhere"
    assert said[-1].detail == "5 calls, 4 answered, 1 without a recording"
    for outcome in said:
        assert "8916" not in outcome.as_json()


def test_what_rules_would_have_deleted_is_not_missing(tmp_path):
    """The first rule that fits the call decides, as of recordings; what is there still counts as there."""
    kept = (('queue = "700"', "36500d"), ('direction = "in"', "1d"))
    rules = "".join(f'[[calls.retain.rules]]\n{which}\nkeep = "{how_long}"\n' for which, how_long in kept)
    rows = [call(0), call(1, queue=True), call(2, "out"), call(3)]
    one = workspace(tmp_path, [row for row, _ in rows], rules)
    lay(one.spool, f"2026/11/23/{rows[3][1]}", sound(3))
    said = reconcile(one)
    assert missing(said) == [1, 2]
    (told,) = [outcome for outcome in said if outcome.code == "reconciled"]
    assert told.data == {"calls": 4, "missing": 2, "past": 1}
    assert told.detail == "4 calls, 4 answered, 2 without a recording, 1 older than their recordings are kept"


def test_in_doubt_a_recording_should_be_there(tmp_path):
    """Its file's name tells a queue that the records do not: the index would have it, and the first rule keep it."""
    kept = (('queue = "600"', "36500d"), ("", "1d"))
    rules = "".join(f'[[calls.retain.rules]]\n{which}\nkeep = "{how_long}"\n' for which, how_long in kept)
    one = workspace(tmp_path, [call(0, "q")[0], call(1)[0]], rules)
    assert missing(reconcile(one)) == [0]


@pytest.mark.parametrize(
    ("rule", "expected"), [("in", [0, 3]), ("out", [1]), ("internal", [2]), ("queue", [3]), ('in", "out', [0, 1, 3])]
)
def test_what_should_be_recorded_by_the_rules(tmp_path, rule, expected):
    calls = [call(0), call(1, "out"), call(2, "internal"), call(3, queue=True), call(4, answered=False)]
    rows = [(*row[:9], "", *row[10:]) for row, _ in calls]
    one = workspace(tmp_path, rows, f'recorded = ["{rule}"]')
    assert missing(reconcile(one)) == expected


def test_only_the_time_that_is_asked_for(tmp_path):
    one = workspace(tmp_path, [call(number, at=3600)[0] for number in range(5)])
    assert missing(reconcile(one, BEGIN + 3600, BEGIN + 3 * 3600)) == [1, 2, 3]


def test_recordings_of_no_call_are_counted(tmp_path):
    one = workspace(tmp_path, [call(0)[0]])
    for number in (0, 1):
        lay(one.spool, f"2026/11/23/{call(number)[1]}", sound(number))
    one.archive(free=False)
    said = reconcile(one)
    assert codes(said) == ["no-call", "reconciled"]
    assert said[0].data == {"recordings": 1}


def test_who_has_no_record_that_can_be_read_is_told_so(tmp_path):
    log = lay(tmp_path, "Master.csv", b"9;6;ANSWERED\n" * 3)
    more = f'cdr = "csv:{log}"\nzone = "Europe/Moscow"\n'
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=more)
    said = reconcile(one)
    assert [(outcome.code, outcome.bad) for outcome in said] == [("odd-records", True), ("reconciled", False)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(*[st.booleans()] * 3), min_size=1, max_size=12))
def test_exactly_those_are_named_that_are_nowhere(tmp_path_factory, told):
    """Of calls that are answered or not, with a file that is named or not, and there or not."""
    folder = tmp_path_factory.mktemp("reconcile")
    calls = [call(number, answered=a, file=f) for number, (a, f, _) in enumerate(told)]
    one = workspace(folder, [row for row, _ in calls], 'recorded = ["in"]')
    for (_, name), (_, _, there) in zip(calls, told, strict=True):
        if there:
            lay(one.spool, f"2026/11/23/{name}", sound(len(name)))
    expected = [number for number, (a, f, there) in enumerate(told) if (a or f) and not there]
    assert missing(reconcile(one)) == expected


def test_records_that_can_not_be_had(tmp_path):
    one = workspace(tmp_path, [])
    (tmp_path / "cdr.db").unlink()
    assert codes(reconcile(one)) == ["not-reconciled"]
    other = Workspace(tmp_path / "other", tmp_path / "spool", f"file:{tmp_path}/nas")
    with pytest.raises(InputError, match="cdr = "):
        reconcile(other)


def test_a_file_that_is_archived_twice_is_told(tmp_path):
    """It was changed after it was archived, or converted beside it; a pair of one channel is no such thing."""
    one = workspace(tmp_path, [call(number)[0] for number in range(3)])
    names = [f"2026/11/23/{call(number)[1]}" for number in range(3)]
    for number, name in enumerate(names):
        lay(one.spool, name, sound(number))
    lay(one.spool, names[1].replace(".wav", "-in.wav"), sound(11))
    one.archive(free=False)
    assert codes(reconcile(one)) == ["reconciled"]
    lay(one.spool, names[0], sound(0) + b"more")
    lay(one.spool, names[2].replace(".wav", ".gsm"), bytes(33) * 50)
    one.archive(free=False)
    said = [outcome for outcome in reconcile(one) if outcome.code == "twice"]
    assert [len(outcome.data["recordings"]) for outcome in said] == [2, 2]
    assert not any(outcome.bad or "8916" in outcome.as_json() for outcome in said)


def test_what_is_there_for_longer_than_a_rule_says(tmp_path):
    rules = '[[calls.retain.rules]]\nqueue = "sales"\nkeep = "forever"\n[[calls.retain.rules]]\nkeep = "1d"'
    one = workspace(tmp_path, [call(0)[0]], rules)
    lay(one.spool, f"2026/11/23/{call(0)[1]}", sound(0))
    one.archive(free=False)
    (expired,) = [outcome for outcome in reconcile(one) if outcome.code == "expired"]
    assert (expired.subject, expired.data, expired.bad) == ("rule 2", {"recordings": 1}, False)
