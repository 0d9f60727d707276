"""What failed is remembered: for so long, through kills and damage, and no run ends for what can't be remembered."""

import os
import signal
import stat
import time
from contextlib import suppress
from datetime import date, timedelta

import pytest
from calls.archives import Workspace, codes, lay, name, process, sound

from voicekit.calls.failures import KEPT, KILLED, STOPPED, Memory, remembered
from voicekit.errors import LockedError, StoreError
from voicekit.jobs import archive_calls

DAY = date(2026, 11, 30)
FIRST, LAST = date(2020, 1, 1), date(2030, 1, 1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "calls/failures.sqlite"


@pytest.fixture
def one(tmp_path):
    return Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")


def run(path, day=DAY, spool="pbx1", ended=True, **failures):
    memory = Memory(path, day)
    memory.begun()
    memory.note(spool, failures)
    if ended:
        memory.ended()
    assert not memory.trouble


def told(path):
    return remembered(path, FIRST, LAST)


def all_of(workspace):
    found = told(workspace.settings.failures)
    return [dict(each) for each in found.failures.values()], sum(found.runs.values())


def test_failures_are_counted_by_day_and_code(path):
    assert told(path).since is None
    run(path, unseen=1, unread=2)
    run(path, unread=3)
    run(path, DAY - timedelta(2), spool="pbx2")
    found = told(path)
    assert found.since == DAY - timedelta(2)
    assert found.runs == {DAY: 2, DAY - timedelta(2): 1}
    assert found.failures == {DAY: {"unseen": 1, "unread": 5}}
    assert remembered(path, DAY, DAY).runs == {DAY: 2}
    assert remembered(path, DAY + timedelta(1), LAST).failures == {}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_stays_small(path):
    for number in range(0, 2 * KEPT, 7):
        run(path, DAY + timedelta(number), unseen=1)
    last = DAY + timedelta(number)
    assert min(told(path).failures) >= last - timedelta(KEPT)
    assert len(told(path).failures) == KEPT // 7 + 1


def test_a_killed_run_is_told_by_the_next(path):
    run(path, ended=False, unseen=1)
    assert told(path).failures == {DAY: {"unseen": 1}}
    run(path, DAY + timedelta(1))
    run(path, DAY + timedelta(2))
    assert told(path).failures == {DAY: {"unseen": 1, KILLED: 1}}


def test_a_run_that_could_not_begin_does_not_hide_a_killed_one(path):
    run(path, ended=False)
    with pytest.raises(StoreError), Memory(path, DAY).stops():
        raise StoreError("away")
    run(path)
    assert told(path).failures == {DAY: {STOPPED: 1, KILLED: 1}}


def test_another_run_is_no_failure(path):
    memory = Memory(path, DAY)
    with pytest.raises(LockedError), memory.stops():
        raise LockedError("another")
    assert told(path).since is None


@pytest.mark.parametrize("at", [0, 100, 2048])
def test_a_damaged_one_is_begun_anew(path, at):
    for number in range(200):
        run(path, DAY + timedelta(number), unseen=number + 1)
    data = path.read_bytes()
    path.write_bytes(data[:at] + b"\xff" * 3000 + data[at + 3000 :])
    run(path, unread=7)
    assert told(path).failures[DAY]["unread"] == 7


def test_what_can_not_be_remembered_stops_nothing(one):
    one.settings.failures.mkdir(parents=True)
    lay(one.spool, name(1), sound(1))
    said = one.all_of_archive()
    assert codes(said) == ["archived", "not-remembered", "summary"]


def test_what_the_archiver_could_not_do(one, tmp_path):
    """Nothing; a spool that is away; the store is away; and a run that is killed."""
    lay(one.spool, name(1), sound(1))
    one.archive()
    assert all_of(one) == ([], 1)
    one.spool.rename(tmp_path / "away")
    assert codes(one.archive()) == ["not-archived"]
    assert all_of(one) == ([{"not-archived": 1}], 2)
    (tmp_path / "away").rename(one.spool)
    (tmp_path / "nas").rename(tmp_path / "other")
    with pytest.raises(StoreError):
        one.archive()
    assert all_of(one) == ([{"not-archived": 1, STOPPED: 1}], 2)


def test_a_run_that_the_system_killed(one):
    for number in range(300):
        lay(one.spool, name(number), sound(number))
    run = process(one, free=False)
    while not all_of(one)[1]:
        time.sleep(0.005)
    os.kill(run.pid, signal.SIGKILL)
    run.join()
    for _ in range(200):  # what it was just starting may have its lock for a moment longer
        with suppress(LockedError):
            one.archive()
            break
        time.sleep(0.01)
    assert all_of(one) == ([{KILLED: 1}], 2)
    one.archive()
    assert all_of(one) == ([{KILLED: 1}], 3)


def test_nothing_of_a_caller_is_in_it(one):
    path = lay(one.spool, name(1), sound(1))
    path.chmod(0)
    list(archive_calls.apply(one.settings, one.ring, one.settings.reach(), one.settings.chosen(())))
    data = one.settings.failures.read_bytes()
    assert b"7916" not in data
    assert b"555" not in data
