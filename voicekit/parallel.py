"""Forked workers, and the only fork in voicekit.

A task that crashes, hangs or is killed takes nothing with it but itself: the others go on. espeak-ng gives the
same bytes for the same words only in a fresh process and breaks under threads (docs/engines.md), hence one
process a task there; cheap tasks share a worker in chunks.
"""

import ctypes
import gc
import os
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from typing import Generic, NoReturn, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_PR_SET_PDEATHSIG = 1  # prctl(2)


@dataclass(frozen=True, slots=True)
class Crash:
    """A task that gave no result; `detail` is one line, `trace` the Python traceback if there was one."""

    detail: str
    trace: str = ""


@dataclass(slots=True)
class _Worker(Generic[T]):
    pid: int
    results: Connection
    tasks: deque[T]
    deadline: float


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(
    function: Callable[[T], R],
    tasks: Sequence[T],
    *,
    workers: int,
    chunk: int = 1,
    limit: float | None = None,
) -> Iterator[tuple[T, R | Crash]]:
    """Yield (task, result) in the order of completion, each computed in a forked process.

    `chunk` tasks share one process; 1 gives every task a fresh one. A task that takes longer than `limit`
    seconds is killed. Closing the iterator (or an exception in its consumer) kills all workers.
    """
    waiting = deque(deque(tasks[start : start + chunk]) for start in range(0, len(tasks), chunk))
    running: dict[Connection, _Worker[T]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                worker = _start(function, waiting.popleft(), limit)
                running[worker.results] = worker
            for worker in _ready(running):
                task = worker.tasks.popleft()
                result: R | Crash = _receive(worker)
                if isinstance(result, Crash) or not worker.tasks:
                    del running[worker.results]
                    _reap(worker)
                    if worker.tasks:
                        waiting.appendleft(worker.tasks)
                else:
                    worker.deadline = _deadline(limit)
                yield task, result
    finally:
        for worker in running.values():
            _reap(worker)


def _start(function: Callable[[T], R], tasks: deque[T], limit: float | None) -> _Worker[T]:
    receiving, sending = Pipe(duplex=False)
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        _work(function, tasks, sending, parent)
    sending.close()
    return _Worker(pid, receiving, tasks, _deadline(limit))


def _work(function: Callable[[T], R], tasks: deque[T], results: Connection, parent: int) -> NoReturn:
    """The child's whole life. It leaves by os._exit: nothing of the parent's may run or be flushed twice."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    _die_with(parent)
    gc.disable()  # a collection would touch, and so copy, every page that is shared with the parent
    try:
        for task in tasks:
            try:
                result: R | Crash = function(task)
            except Exception as error:  # noqa: BLE001  the boundary: whatever a task raises is that task's result
                result = Crash(f"{type(error).__name__}: {error}", traceback.format_exc())
            results.send(result)
    finally:
        os._exit(0)


def _die_with(parent: int) -> None:
    """Have the kernel kill this worker when its parent dies, also by kill -9 (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before prctl took hold
        os._exit(1)


def _deadline(limit: float | None) -> float:
    return time.monotonic() + limit if limit else float("inf")


def _ready(running: dict[Connection, _Worker[T]]) -> list[_Worker[T]]:
    """Workers with something to receive, or past their deadline (those are killed first)."""
    patience = min(worker.deadline for worker in running.values()) - time.monotonic()
    heard = wait(list(running), timeout=None if patience == float("inf") else max(patience, 0))
    if not heard:
        late = [worker for worker in running.values() if worker.deadline <= time.monotonic()]
        for worker in late:
            os.kill(worker.pid, signal.SIGKILL)
        return late
    return [worker for connection, worker in running.items() if connection in heard]


def _receive(worker: _Worker[T]) -> R | Crash:
    try:
        result: R | Crash = worker.results.recv()
    except EOFError:
        if worker.deadline <= time.monotonic():
            return Crash("took too long and was stopped")
        return Crash("its process died (out of memory, or a fault in a library)")
    return result


def _reap(worker: _Worker[T]) -> None:
    """End a worker, whatever it is doing, and leave no zombie."""
    if worker.tasks:
        os.kill(worker.pid, signal.SIGKILL)  # a zombie until waitpid: the number is still its own
    worker.results.close()
    os.waitpid(worker.pid, 0)
