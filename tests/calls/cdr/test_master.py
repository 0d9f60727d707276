"""Master.csv: every form of its lines, damage, files of gigabytes, rotated ones; on a PBX without Python."""

import os
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from calls.cdr.shapes import AGENT, FILE, HOSTILE, MENU, RANG, ROWS, SINCE, TEXTS, UNTIL, as_csv, csv_line
from hypothesis import given
from hypothesis import strategies as st
from servers import sshd

from voicekit.calls.cdr.call import Recording, match
from voicekit.calls.cdr.clock import Clock
from voicekit.calls.cdr.master import Master, parsed
from voicekit.calls.cdr.records import Records
from voicekit.errors import StoreError
from voicekit.hosts import machine

MOSCOW = Clock(ZoneInfo("Europe/Moscow"))
END = "2026-11-23 10:43:22"
LINES = [csv_line(as_csv(row, end=END)) for row in ROWS]

# Lines of a real Asterisk: facts of 2026-11-23.
REAL = b'''\
"","1001","talk","call","""Alice Test"" <1001>","Local/q@vmx-00000042;1","","Playback","demo-congrats","2026-11-23 07:40:59","2026-11-23 07:40:59","2026-11-23 07:41:05",5,5,"ANSWERED","DOCUMENTATION","1795419659.132","","","1795419659.132",132
"","2002","q","vmx","""Bob Test"" <2002>","Local/q@vmx-00000042;2","Local/answer@vk-00000043;1","Queue","q1,,,,20","2026-11-23 07:40:59","2026-11-23 07:40:59","2026-11-23 07:41:05",5,5,"ANSWERED","DOCUMENTATION","1795419659.133","","","1795419659.132",133
"","","s","app",""""" <>","Local/s@app-00000041;2","","Hangup","","2026-11-23 07:40:59",,"2026-11-23 07:41:09",9,0,"NO ANSWER","DOCUMENTATION","1795419659.131","","","1795419659.130",131
'''  # noqa: E501


def rows_of(data):
    return list(parsed(data.splitlines(keepends=True)))


def master(path, clock=MOSCOW):
    return Records(Master(machine.here(), clock, str(path)))


def test_lines_of_a_real_asterisk():
    first, queue, missed = rows_of(REAL)
    assert (first["clid"], first["src"], first["duration"]) == ('"Alice Test" <1001>', "1001", "5")
    assert (queue["uniqueid"], queue["linkedid"], queue["sequence"]) == ("1795419659.133", "1795419659.132", "133")
    assert (missed["answer"], missed["clid"]) == ("", '"" <>')


@pytest.mark.parametrize(("uniqueid", "userfield", "new"), list(product([False, True], repeat=3)))
def test_columns_are_as_cdr_conf_says(uniqueid, userfield, new):
    row = as_csv(MENU, end=END) | {"userfield": "a word", "peeraccount": "p"}
    line = csv_line(row, uniqueid=uniqueid, userfield=userfield, new=new)
    (found,) = rows_of(line)
    assert len(found) == 16 + uniqueid + userfield + 3 * new
    assert found.get("uniqueid") == (row["uniqueid"] if uniqueid else None)
    assert found.get("userfield") == ("a word" if userfield else None)
    assert found.get("linkedid") == (row["linkedid"] if new else None)


@pytest.mark.parametrize(("uniqueid", "userfield", "new"), list(product([False, True], repeat=3)))
def test_who_had_the_file_in_a_spreadsheet_has_quoted_all(uniqueid, userfield, new):
    row = as_csv(MENU, end=END)
    line = csv_line(row, uniqueid=uniqueid, userfield=userfield, new=new)
    quoted = csv_line({k: str(v or "") for k, v in row.items()}, uniqueid=uniqueid, userfield=userfield, new=new)
    assert rows_of(quoted.replace(b"\n", b"\r\n")) == rows_of(line)


@pytest.mark.parametrize("name", sorted(HOSTILE.keys() - {"long"}))
def test_words_are_words(name):
    row = as_csv(MENU, end=END) | {"userfield": HOSTILE[name], "clid": HOSTILE[name]}
    before, found, after = rows_of(LINES[0] + csv_line(row) + LINES[1])
    assert (found["userfield"], found["clid"]) == (HOSTILE[name], HOSTILE[name])
    assert (before, after) == tuple(rows_of(LINES[0] + LINES[1]))


FIELDS = ("src", "dst", "clid", "lastdata", "userfield", "peeraccount", "accountcode")


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS, TEXTS)), max_size=4))
def test_what_asterisk_writes_comes_back(texts):
    rows = [as_csv(MENU, end=END) | words for words in texts]
    found = rows_of(b"".join(map(csv_line, rows)))
    assert [{name: row[name] for name in FIELDS} for row in found] == texts


@given(st.lists(st.binary(max_size=60) | st.sampled_from([*LINES, b'"', b"\n", b'",', b'"\n"', REAL[:70]])))
def test_no_bytes_are_too_much(pieces):
    data = b"".join(pieces)
    for row in rows_of(data):
        assert row is None or len(row) >= 16


@given(st.integers(0, len(LINES[1]) - 1), st.integers(0, len(LINES[1])))
def test_of_a_torn_line_nothing_is_lost_but_itself(start, length):
    """A piece of a line, with its line break, among whole ones."""
    torn = LINES[1][start : start + length].rstrip(b"\n") + b"\n"
    found = rows_of(LINES[0] + torn + LINES[2] + LINES[3])
    whole = rows_of(LINES[0] + LINES[2] + LINES[3])
    if torn not in (LINES[1], b"\n"):
        assert found.count(None) == 1
        assert [row for row in found if row] == whole


def test_a_line_without_an_end_takes_no_memory_and_no_other_line():
    endless = b"\0" * 4096  # as a file system leaves them after a power cut, in pieces as the reader has them
    found = list(parsed([LINES[0], *[endless] * 30, b"\n", LINES[1]]))
    assert [row for row in found if row] == rows_of(LINES[0] + LINES[1])
    opened = list(parsed([b'"never closed\n', *LINES * 3]))
    assert [row for row in opened if row] == rows_of(b"".join(LINES * 3))
    assert opened.count(None) == 1


def test_on_a_pbx(far):
    log = far / "Master.csv"
    log.write_bytes(LINES[0] + b'"torn","li\n' + b"".join(LINES[1:]))
    records = master(log)
    found = list(records.rows(SINCE, UNTIL))
    assert [row.sequence for row in found] == [row["sequence"] for row in ROWS]
    assert found[0].start == datetime(2026, 11, 23, 7, 40, 59, tzinfo=UTC)
    assert records.odd == 1
    moment = datetime(2026, 11, 23, 7, 41, 2, tzinfo=UTC)  # RANG
    assert [row.sequence for row in records.rows(moment, moment + timedelta(seconds=1))] == [RANG["sequence"]]


def test_utc_where_cdr_conf_says_usegmtime(far):
    (far / "Master.csv").write_bytes(LINES[0])
    (row,) = master(far / "Master.csv", Clock(ZoneInfo("UTC"))).rows(SINCE, UNTIL)
    assert row.start.hour == 10


def test_recordings_have_their_calls(far):
    (far / "Master.csv").write_bytes(b"".join(LINES))
    recordings = [Recording(FILE, MENU["uniqueid"]), Recording("x.wav", AGENT["uniqueid"]), Recording("y.wav", "7.7")]
    found = list(master(far / "Master.csv").of(recordings))
    call, same, none = match(recordings, found)
    assert [row.sequence for row in call.rows] == [132, 134, 136, 138]
    assert (same, none) == (call, None)


def test_a_file_that_is_not_there_is_said_in_a_sentence(far):
    with pytest.raises(StoreError, match=r"Master\.csv is not there: does cdr\.conf have \[csv\]"):
        list(master(far / "Master.csv").rows(SINCE, UNTIL))


def sequences(rows):
    return sorted(row.sequence for row in rows)


def calls(first, count, step):
    """Lines of calls that ended one after another, numbered."""
    for number in range(count):
        ended = f"{first + step * number:%Y-%m-%d %H:%M:%S}"
        yield csv_line(as_csv(RANG | {"calldate": ended, "sequence": number}, end=ended))


def test_in_a_long_file_only_what_is_near_is_read(far, monkeypatch):
    log, first = far / "Master.csv", datetime(2026, 1, 1)
    log.write_bytes(b"".join(calls(first, 40_000, timedelta(minutes=10))))  # 13 MB, 277 days
    came = []
    lines = Master._lines
    monkeypatch.setattr(Master, "_lines", lambda self, answer, size: came.append(size) or lines(self, answer, size))
    for day in (0, 1, 100, 270, 276):
        since = (first + timedelta(days=day)).replace(tzinfo=UTC)
        came.clear()
        records = master(log, Clock(ZoneInfo("UTC")))
        found = [row.sequence for row in records.rows(since, since + timedelta(hours=2))]
        assert found == list(range(day * 144, day * 144 + 12))
        assert records.odd == 0
        assert sum(came) < log.stat().st_size * 8.1 / 277 + 3 * 65_536  # a day of grace, a week, and blocks
    assert list(records.rows(UNTIL, UNTIL + timedelta(days=1))) == []


def test_a_long_call_is_written_down_when_it_ends(far):
    first = datetime(2026, 1, 1)
    lines = list(calls(first, 10_000, timedelta(minutes=10)))
    row = as_csv(RANG | {"calldate": "2026-01-05 12:00:00", "sequence": -1}, end="2026-01-12 11:00:00")
    lines.insert(7 * 144 * 11 // 7, csv_line(row))
    (far / "Master.csv").write_bytes(b"".join(lines))
    since = datetime(2026, 1, 5, 12, tzinfo=UTC)
    rows = master(far / "Master.csv", Clock(ZoneInfo("UTC"))).rows(since, since + timedelta(minutes=1))
    assert sequences(rows) == [-1, 4 * 144 + 72]


def test_damage_in_a_long_file_misleads_no_search(far):
    log, first = far / "Master.csv", datetime(2025, 1, 1)
    lines = list(calls(first, 10_000, timedelta(hours=1)))
    parts = (lines[:4000], [b"\0" * 300_000], lines[4000:7000], [b'"' * 99_999, b"\n" * 99_999], lines[7000:])
    log.write_bytes(b"".join(b"".join(part) for part in parts))
    for hour in (3990, 4010, 6990, 7050, 9999):
        since = (first + timedelta(hours=hour)).replace(tzinfo=UTC)
        (row,) = master(log, Clock(ZoneInfo("UTC"))).rows(since, since + timedelta(hours=1))
        assert row.sequence == hour


def test_rotated_files_are_read_as_far_as_they_are_wanted(far):
    def write(name, day):
        ended = datetime(2026, 11, day, tzinfo=UTC)
        (far / name).write_bytes(b"".join(calls(ended, 3, timedelta(hours=day))))
        os.utime(far / name, (ended.timestamp(), ended.timestamp()))

    for name, day in (("Master.csv.2", 1), ("Master.csv-20261110", 8), ("Master.csv.1", 15), ("Master.csv", 22)):
        write(name, day)
    for name in ("Master.csv.3.gz", "Master.csv.bak", "Master.csvx"):
        (far / name).write_bytes(b"not a line\n")
    (far / "Master.csv.9").mkdir()
    os.link(far / "Master.csv", far / "Master.csv.7")  # as a rotation makes it while we read
    records = master(far / "Master.csv", Clock(ZoneInfo("UTC")))
    assert sum(1 for _ in records.rows(SINCE, UNTIL)) == 12
    assert sum(1 for _ in records.rows(datetime(2026, 11, 8, tzinfo=UTC), UNTIL)) == 9
    assert records.odd == 0
    (far / "Master.csv.2").write_bytes(b"not a line\n")
    os.utime(far / "Master.csv.2", (0, 0))
    list(records.rows(SINCE, UNTIL))
    assert records.odd == 0  # nobody has written to it since


@pytest.mark.skipif(sshd.PROGRAM is None, reason=sshd.MISSING)
def test_over_ssh(tmp_path, monkeypatch):
    (tmp_path / "sshd").mkdir()
    (tmp_path / "Master.csv").write_bytes(b"".join(LINES) * 2000)
    with sshd.sshd(tmp_path / "sshd") as server:
        monkeypatch.setenv("PATH", server.path)
        with machine.there(machine.Host.parse("nas")) as far:
            records = Records(Master(far, MOSCOW, str(tmp_path / "Master.csv")))
            assert sum(1 for _ in records.rows(SINCE, UNTIL)) == 2000 * len(LINES)
            assert next(records.rows(SINCE, UNTIL)).sequence == 132  # who leaves early leaves nothing behind
