"""How a run gives way to calls: bytes a second, a busy machine, a disk that is nearly full."""

import io
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from calls.archives import HOUR, Workspace, aged, codes, lay, name, noise, sound, tree
from calls.conftest import alone
from hypothesis import given, settings
from hypothesis import strategies as st
from pbx.riff import data, fmt, riff, voice

from voicekit import stores
from voicekit.calls import courtesy, disk
from voicekit.calls.pace import Pace
from voicekit.calls.scratch import Scratch
from voicekit.errors import InputError, StoreError
from voicekit.hosts import local
from voicekit.jobs import archive_calls
from voicekit.stores import Body


class Clock:
    """A time that passes only when somebody sleeps."""

    def __init__(self, monkeypatch, *modules):
        self.now = 1000.0
        for module in modules:
            monkeypatch.setattr(module, "time", self)

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@given(st.integers(1, 10**7), st.lists(st.integers(0, 10**6), max_size=40))
@settings(max_examples=50)
def test_no_more_bytes_go_than_the_limit_allows(rate, sizes):
    """At no moment: of any time, but for what may go at once after a rest."""
    with pytest.MonkeyPatch.context() as patch:
        from voicekit.calls import pace

        clock = Clock(patch, pace)
        limit = Pace(rate)
        gone, begun = 0, clock.now
        for size in sizes:
            limit.take(size)
            gone += size
            assert gone <= rate * (clock.now - begun + 0.25) + 1e-6 * gone + 1
        assert gone >= rate * (clock.now - begun) * 0.999 - 1  # and not much fewer


@given(st.binary(max_size=300_000))
@settings(max_examples=20)
def test_what_is_sent_at_a_pace_are_the_same_bytes(content):
    limit = Pace(10**9)
    assert limit.reader(io.BytesIO(content)).read() == content
    assert Pace(None).body(Body.of(content)).outgoing(io.BytesIO(content)).read() == content


@pytest.mark.parametrize("size", [50_000, 3_000_000])
def test_a_store_sends_at_the_pace_that_was_asked(tmp_path, moto, moto_bucket, size):
    """To a folder and to S3, small and large, and what is there is what was put."""
    for address in (f"file:{tmp_path}", f"s3://{moto_bucket}/x?endpoint_url={moto.endpoint}"):
        taken = []

        class Counting(Pace):
            def take(self, size, taken=taken):
                taken.append(size)

        body = Counting(1).body(Body.of(noise(1, size)))
        store = stores.reach(address)
        store.put("calls/00/x", body)
        assert stores.read(store, "calls/00/x", size) == noise(1, size)
        assert sum(taken) == size
        assert max(taken) <= 1 << 16
        store.close()


def test_the_limit_holds_for_what_comes_over_ssh_and_what_goes_to_the_store(tmp_path, monkeypatch):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more='bwlimit = "10G"')
    for number in range(3):
        lay(one.spool, name(number), sound(number))
    taken = []
    monkeypatch.setattr(Pace, "take", lambda _, size: taken.append(size))
    one.archive()
    assert sum(taken) == sum(map(len, tree(tmp_path / "nas/calls").values()))
    one.check({sound(number) for number in range(3)})


def test_a_busy_machine_is_waited_for_and_then_left_alone(tmp_path, monkeypatch):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more="max_load = 3")
    for number in range(3):
        lay(one.spool, name(number), sound(number))
    clock = Clock(monkeypatch, courtesy)
    begun = clock.now
    loads = iter([9.0, 3.5, 2.0])
    monkeypatch.setattr(disk, "load", lambda *_: next(loads, 1.0))
    assert codes(one.archive()) == ["archived"] * 3
    assert clock.now == begun + 10
    lay(one.spool, name(9), sound(9))
    monkeypatch.setattr(disk, "load", lambda *_: 9.0)
    (busy,) = one.archive()
    assert (busy.code, busy.verdict, busy.data) == ("busy", "skipped", {"files": 1})
    assert "stays above 3; 1 recording left" in busy.detail
    assert 900 <= clock.now - begun < 1000
    monkeypatch.setattr(disk, "load", lambda *_: 0.0)
    assert codes(one.archive()) == ["archived"]


def test_a_disk_that_is_nearly_full_is_not_filled(tmp_path, monkeypatch):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    lay(one.spool, name(1), sound(1))
    real = os.statvfs

    def nearly(path):
        told = list(real(path))
        told[4] = 100  # blocks that are free for users
        return os.statvfs_result(told)

    monkeypatch.setattr(courtesy.os, "statvfs", nearly)
    (failed,) = one.archive()
    assert (failed.code, failed.bad) == ("not-archived", True)
    assert "voicekit calls free" in failed.detail
    assert not (tmp_path / "nas/calls").exists()


@pytest.mark.parametrize("text", ["500K", "2M", "1g", "100"])
def test_rates(text):
    from voicekit.calls import settings as calls

    assert calls.size(text) == {"500K": 512_000, "2M": 2 << 20, "1g": 1 << 30, "100": 100}[text]


@pytest.mark.parametrize("text", ["", "0", "2MB", "-1", "1.5M", "٣", "1" * 12])
def test_what_is_no_rate(text):
    from voicekit.calls import settings as calls

    with pytest.raises(InputError, match="in bytes"):
        calls.size(text)


def test_ours_is_work_that_can_wait():
    program = "import os\nfrom voicekit.hosts import local\nlocal.give_way()\nprint(os.nice(0))"
    assert int(alone(program)[0]) >= 10


def test_scripts_on_a_pbx_give_way(machine, folder):
    from voicekit.calls import spool

    done = machine.sh(spool.script("written.sh") + "nice\n", "")
    assert done.out.strip() in (b"19", b"")


def test_the_disk_of_a_spool(machine, folder):
    lay(folder, "one.wav", b"1" * 5000)
    room = disk.room(machine, str(folder))
    told = os.statvfs(folder)
    assert abs(room.free - told.f_bavail * told.f_frsize) < 1 << 30
    assert 0 < room.percent < 100
    assert 0 <= disk.load(machine, str(folder)) < 1000
    assert room.above(100) == 0
    assert abs(room.above(room.percent - 1) - (room.used + room.free) / 100) < 1 << 20
    with pytest.raises(StoreError, match="no such folder"):
        disk.room(machine, str(folder / "none"))


def test_expected_recordings_are_told_as_soon_as_they_are_known(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    for number in range(3):
        lay(one.spool, name(number), sound(number), HOUR)
    told = []
    with one.reach() as store:
        outcomes = archive_calls.apply(one.settings, one.ring, store, one.settings.chosen(()), expect=told.append)
        assert next(outcomes).code == "archived"
        assert told == [3]
        list(outcomes)


def test_give_way_without_ionice(monkeypatch):
    monkeypatch.setattr(local, "find", lambda *_: None)
    monkeypatch.setattr(os, "nice", lambda _: 0)
    local.give_way()


def test_no_more_scratch_is_taken_than_there_is():
    """By 8 threads at once; who wants more than there is gets none, at once."""
    room, now, most, lock = Scratch(1000), 0, 0, threading.Lock()

    def work(size):
        nonlocal now, most
        with room.taken(size) as had:
            if had:
                with lock:
                    now += size
                    most = max(most, now)
                time.sleep(0.001)
                with lock:
                    now -= size
        return had

    with ThreadPoolExecutor(8) as crew:
        sizes = [300, 1000, 1, 999, 0, 1001, 400, 400] * 10
        assert [*crew.map(work, sizes)] == [size <= 1000 for size in sizes]
    assert 400 <= most <= 1000


def test_what_is_larger_than_the_scratch_is_kept_as_it_is(tmp_path):
    long = riff(fmt(), data(voice(100).tobytes()))
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more='scratch = "1M"')
    lay(one.spool, name(1), long)
    lay(one.spool, name(2), sound(2))
    one.archive()
    encodings = {entry.body["size"]: entry.body["encoding"] for entry in one.entries() if entry.kind == "receipt"}
    assert encodings == {len(long): "keep", len(sound(2)): "flac"}
    one.check({long, sound(2)})


TESTS = str(Path(__file__).parents[1])
LONG = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from calls.archives import Workspace
one = Workspace(*map(Path, sys.argv[1:3]), sys.argv[3], more='scratch = "1G"')
print(*[outcome.code for outcome in one.archive()])
"""


@pytest.mark.parametrize("hours", [1, pytest.param(4, marks=pytest.mark.faults)])
def test_memory_is_flat_in_length_and_number(tmp_path, hours):
    """A call of four hours in stereo, 460 MB, beside 500 short ones; also while it is encoded."""
    spool = tmp_path / "spool"
    path = lay(spool, name(1), riff(fmt(channels=2, align=4), data(b"", size=0), size=0))
    minute = np.tile(np.stack([voice(2), voice(2, seed=2)], axis=1), (30, 1)).tobytes()
    with path.open("ab") as file:
        for _ in range(60 * hours):
            file.write(minute)
    aged(path, HOUR * 2)
    for number in range(125 * hours):
        lay(spool, name(number, "gsm", "2026/11/21"), noise(number, 50_000))
    said, most = alone(LONG, tmp_path / "one", spool, f"file:{tmp_path}/nas", TESTS)
    assert said.split() == ["archived"] * (125 * hours + 1)
    assert most < 200  # MB
