"""parallel.fresh: a process for each call, and whatever happens in it stays there."""

import os
import signal
import time
from pathlib import Path

import pytest
from sites import children

from voicekit import parallel
from voicekit.errors import EngineError

calls = []


def act(task):
    """What the task says: fall ill in its way, or answer."""
    calls.append(task)
    match task:
        case "refuse":
            raise EngineError("no such voice; take another")
        case "bug":
            raise LookupError("lost")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "leave":
            os._exit(0)
        case "hang":
            signal.pause()
        case "lambda":
            return lambda: None
    return os.getpid(), len(calls), task


def gone(pid) -> bool:
    """Whether a process ends within a few seconds (a zombie has ended)."""
    for _ in range(500):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z"):
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def fresh():
    with parallel.fresh(act, limit=1.5) as function:
        yield function


def test_every_call_starts_from_the_same_state(fresh):
    answers = [fresh(n) for n in range(5)]
    assert len({pid for pid, _, _ in answers} | {os.getpid()}) == 6
    assert [(count, task) for _, count, task in answers] == [(1, n) for n in range(5)]


def test_an_error_for_the_user_arrives_as_it_is(fresh):
    with pytest.raises(EngineError, match="no such voice; take another"):
        fresh("refuse")


@pytest.mark.parametrize(
    ("task", "detail", "trace"),
    [
        ("bug", "LookupError: lost", "raise LookupError"),
        ("die", "its process died", ""),
        ("leave", "its process died", ""),
        ("lambda", "its process died", ""),
        ("hang", "took too long", ""),
    ],
)
def test_every_other_end_is_a_crash_of_this_call_alone(fresh, task, detail, trace):
    with pytest.raises(parallel.Crash) as caught:
        fresh(task)
    assert caught.value.detail.startswith(detail)
    assert trace in caught.value.trace
    assert fresh("well")[2] == "well"


def test_large_answers_arrive_whole():
    with parallel.fresh(lambda size: b"x" * size, limit=10) as fresh:
        assert len(fresh(20_000_000)) == 20_000_000


def test_workers_share_it_and_a_crash_in_it_is_the_result_of_their_task(fresh):
    tasks = ["die", "bug", *range(20)]
    results = dict(parallel.each(fresh, tasks, workers=2))
    assert results.keys() == set(tasks)
    assert results["die"].detail.startswith("its process died")
    assert results["bug"].detail == "LookupError: lost"
    assert {results[n][2] for n in range(20)} == set(range(20))
    assert len({results[n][0] for n in range(20)}) == 20


def test_nothing_is_left_behind():
    before, there = len(list(Path("/proc/self/fd").iterdir())), children()
    with parallel.fresh(act, limit=5) as fresh:
        fresh(1)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert children() == there


def test_a_killed_parent_takes_all_of_it_along(tmp_path):
    told = tmp_path / "pids"

    def tell(_):
        told.write_text(f"{os.getppid()} {os.getpid()}")
        signal.pause()

    pid = os.fork()
    if not pid:
        with parallel.fresh(tell, limit=60) as fresh:
            fresh(1)
        os._exit(0)
    while not (told.exists() and len(told.read_text().split()) == 2):
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert all(map(gone, told.read_text().split()))
