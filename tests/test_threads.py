"""Every task gives its result once, few are begun before they are wanted, and nothing goes on when nobody listens."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.errors import StoreError
from voicekit.threads import each


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = threading.active_count()
    yield
    assert threading.active_count() <= before  # those of servers before this test may end meanwhile


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 5))
def test_every_task_gives_its_result_once(tasks, threads):
    results = list(each(lambda task: task * task, tasks, threads=threads))
    assert sorted(results) == sorted((task, task * task) for task in tasks)


def test_they_run_at_the_same_time():
    meeting = threading.Barrier(4, timeout=10)
    assert len(list(each(lambda _: meeting.wait(), range(4), threads=4))) == 4


def test_what_fails_is_the_result_of_its_task():
    def work(task):
        if task % 2:
            raise StoreError(f"no {task}")
        return task

    results = {task: str(result) for task, result in each(work, range(6), threads=2)}
    assert results == {0: "0", 1: "no 1", 2: "2", 3: "no 3", 4: "4", 5: "no 5"}


def test_a_bug_is_raised():
    with pytest.raises(ZeroDivisionError):
        list(each(lambda task: 1 // task, [1, 0, 2], threads=2))


def test_tasks_are_read_as_they_are_needed():
    read = []
    results = each(lambda task: task, (read.append(n) or n for n in range(1000)), threads=3)
    next(results)
    assert len(read) <= 6
    results.close()


def test_so_many_are_read_ahead():
    read, going = [], threading.Event()
    results = each(lambda _: going.wait(10), (read.append(n) or n for n in range(1000)), threads=3, ahead=20)
    threading.Timer(0.1, going.set).start()
    next(results)
    assert len(read) == 23
    results.close()


def test_what_raises_in_the_tasks_is_raised():
    def tasks():
        yield 1
        raise StoreError("the listing broke off")

    with pytest.raises(StoreError):
        list(each(lambda task: task, tasks()))


def test_a_consumer_that_stops_begins_no_task():
    begun = []

    def work(task):
        begun.append(task)
        time.sleep(0.02)

    results = each(work, range(100), threads=2)
    next(results)
    results.close()
    count = len(begun)
    time.sleep(0.1)
    assert len(begun) == count < 10


@pytest.mark.skipif(sys.platform != "linux", reason="by a signal")
def test_ctrl_c_ends_it_at_once():
    script = "import time\nfrom voicekit.threads import each\nprint('on', flush=True)\n"
    script += "list(each(lambda _: time.sleep(0.2), range(10_000), threads=4))\n"
    run = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    run.stdout.readline()
    time.sleep(0.3)
    os.kill(run.pid, signal.SIGINT)
    began = time.monotonic()
    _, complaint = run.communicate(timeout=20)
    assert b"KeyboardInterrupt" in complaint
    assert time.monotonic() - began < 5
