"""Whatever happens to a task, every other one gives its result, and no process is left."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import parallel
from voicekit.errors import EngineError
from voicekit.parallel import Crash, each, fresh


def children():
    """Processes of ours, dead ones that were not waited for too."""
    return set(Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split())


@pytest.fixture(autouse=True)
def no_child_is_left():
    before = children()
    yield
    assert children() == before


@settings(derandomize=True, deadline=None, max_examples=15)
@given(st.integers(0, 12), st.integers(1, 4))
def test_every_task_gives_its_result_once(count, workers):
    results = list(each(lambda task: task * task, range(count), workers=workers))
    assert sorted(results) == [(task, task * task) for task in range(count)]


def test_large_results_come_whole():
    assert dict(each(lambda task: bytes([task]) * 3_000_000, [1, 2], workers=2)) == {
        task: bytes([task]) * 3_000_000 for task in (1, 2)
    }


def test_workers_take_task_after_task():
    pids = {pid for _, pid in each(lambda _: time.sleep(0.01) or os.getpid(), range(12), workers=3)}
    assert len(pids) == 3
    assert os.getpid() not in pids


def fail(task):
    raise ValueError(f"task {task}")


FAULTS = {
    "raises": (fail, "ValueError: task 2"),
    "exits": (lambda _: os._exit(0), "its process died"),
    "sys.exit": (lambda _: sys.exit(0), "its process died"),
    "is killed": (lambda _: os.kill(os.getpid(), signal.SIGKILL), "its process died"),
    "hangs": (lambda _: time.sleep(60), "took too long and was stopped"),
    "gives what can't be sent": (lambda _: lambda: None, "its process died"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("workers", [1, 3])
def test_a_fault_is_the_result_of_its_task_alone(fault, workers):
    function, detail = FAULTS[fault]
    tasks = range(8)
    limit = 0.8 if fault == "hangs" else None
    work = lambda task: function(task) if task == 2 else -task  # noqa: E731  a closure over the fault
    results = dict(each(work, tasks, workers=workers, limit=limit))
    crash = results.pop(2)
    assert isinstance(crash, Crash)
    assert crash.detail.startswith(detail)
    assert results == {task: -task for task in tasks if task != 2}
    assert ("in fail" in crash.trace) == (fault == "raises")


def test_the_limit_is_for_a_task_not_for_its_worker():
    results = list(each(lambda task: time.sleep(0.15) or task, range(5), workers=1, limit=0.5))
    assert [result for _, result in results] == list(range(5))


@pytest.mark.parametrize("how", ["close", "raise"])
def test_a_consumer_that_stops_leaves_no_child(tmp_path, how):
    def work(task):
        if task:
            time.sleep(0.3)
            (tmp_path / str(task)).touch()
        return task

    results = each(work, range(20), workers=3)
    assert next(results) == (0, 0)
    if how == "close":
        results.close()
    else:
        with pytest.raises(KeyError):
            results.throw(KeyError)
    time.sleep(0.4)
    assert not list(tmp_path.iterdir())


def test_fresh_calls_have_a_process_each_and_see_the_parent_as_it_was():
    seen = ["before"]
    with fresh(lambda task: (task, os.getpid(), seen), limit=60) as call:
        seen.append("after")
        answers = [call(task) for task in range(5)]
    assert [task for task, _, _ in answers] == list(range(5))
    assert len({pid for _, pid, _ in answers} | {os.getpid()}) == 6
    assert all(found == ["before"] for _, _, found in answers)


def test_fresh_calls_from_many_workers():
    with fresh(lambda task: (task, os.getpid()), limit=60) as call:
        answers = dict(each(call, range(20), workers=3))
    assert {task: answer[0] for task, answer in answers.items()} == {task: task for task in range(20)}
    assert len({pid for _, pid in answers.values()}) == 20


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fresh_call_raises_its_fault_and_the_next_one_works(fault):
    function, detail = FAULTS[fault]
    with fresh(lambda task: function(task) if task == 2 else -task, limit=0.8 if fault == "hangs" else 60) as call:
        with pytest.raises(Crash) as caught:
            call(2)
        assert caught.value.detail.startswith(detail)
        assert call(4) == -4


def test_a_fresh_call_raises_what_is_said_to_the_user():
    def refuse(_):
        raise EngineError("no licence")

    with fresh(refuse, limit=60) as call, pytest.raises(EngineError, match="no licence"):
        call(1)


def test_nothing_of_the_parent_runs_twice(tmp_path):
    """What the parent has buffered is written once, and its exit handlers run once."""
    script = tmp_path / "script.py"
    script.write_text(
        "import atexit\nfrom voicekit.parallel import each\n"
        "atexit.register(print, 'bye')\nprint('hello')\n"
        "print(sorted(r for _, r in each(lambda t: t, range(4), workers=2)))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout == "hello\n[0, 1, 2, 3]\nbye\n"
    assert done.stderr == ""


@pytest.mark.parametrize("how", ["workers", "fresh"])
def test_workers_die_with_their_parent(tmp_path, how):
    script = tmp_path / "script.py"
    script.write_text(
        "import os, pathlib, sys, time\nfrom voicekit.parallel import each, fresh\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "def work(task):\n    (folder / f'{os.getpid()}.pid').touch()\n    time.sleep(60)\n"
        "with fresh(work, limit=60) as call:\n"
        "    list(each(call if 'fresh' in sys.argv else work, range(2), workers=2))\n"
    )
    parent = subprocess.Popen([sys.executable, script, tmp_path, how])
    while len(list(tmp_path.glob("*.pid"))) < 2:
        assert parent.poll() is None
        time.sleep(0.01)
    parent.kill()
    parent.wait()
    for path in tmp_path.glob("*.pid"):
        wait_for_end(int(path.stem))


def wait_for_end(pid):
    """Until a process that may be nobody's child is gone, or a zombie that nobody waits for."""
    end = time.monotonic() + 20
    while alive(pid):
        assert time.monotonic() < end
        time.sleep(0.01)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_there_is_at_least_one_processor():
    assert 1 <= parallel.processors() <= (os.cpu_count() or 1)
