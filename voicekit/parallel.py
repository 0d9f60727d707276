"""Forked workers, and the only fork in voicekit.

A task that crashes, hangs or is killed takes nothing with it but itself: the others go on. `each` spreads tasks over
workers, some of them a process. Within a task, what must have a process of its own is called through `fresh`:
espeak-ng gives the same bytes for the same words only in a fresh process and breaks under threads (docs/engines.md).
"""

import ctypes
import gc
import os
import signal
import socket
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, TypeVar

from voicekit.errors import VoicekitError

T = TypeVar("T")
R = TypeVar("R")

_PR_SET_PDEATHSIG = 1  # prctl(2)


class Crash(Exception):  # noqa: N818  `each` gives it back as a value
    """A task that gave no result; `detail` is one line, `trace` the Python traceback if there was one."""

    def __init__(self, detail: str, trace: str = "") -> None:
        super().__init__(detail, trace)
        self.detail = detail
        self.trace = trace


@dataclass(slots=True)
class _Worker:
    pid: int
    pipe: Connection
    task: int  # index of what it is at
    deadline: float
    killed: bool = False


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(
    function: Callable[[T], R], tasks: Sequence[T], *, workers: int, limit: float | None = None
) -> Iterator[tuple[T, R | Crash]]:
    """Yield (task, result) in the order of completion, computed by `workers` forked processes.

    A task that takes longer than `limit` seconds is killed. Closing the iterator (or an exception in its consumer)
    kills all workers.
    """
    waiting = deque(range(len(tasks)))
    running: dict[Connection, _Worker] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                worker = _start(function, tasks, waiting.popleft(), limit)
                running[worker.pipe] = worker
            for worker in _ready(running):
                task = tasks[worker.task]
                result: R | Crash = _receive(worker)
                if waiting and not worker.killed:
                    _assign(worker, waiting.popleft(), limit)
                else:
                    _reap(running.pop(worker.pipe))
                yield task, result
    finally:
        for worker in running.values():
            _reap(worker)


@contextmanager
def fresh(function: Callable[[T], R], *, limit: float) -> Iterator[Callable[[T], R]]:
    """`function`, each call in a fresh process, forked from this one as it is now; for tasks of `each` to call.

    Enter it before loading what the calls do not need: forking, and writing to what is shared, costs by what is
    loaded (docs/performance.md). A call raises the `VoicekitError` that the function raised, and `Crash` for every
    other end; one that takes longer than `limit` seconds is killed.
    """
    asking, requests = socket.socketpair()
    server = _forked(lambda: _serve(function, requests, limit))
    requests.close()
    try:
        yield lambda task: _ask(asking, task, limit)
    finally:
        asking.close()
        os.kill(server, signal.SIGKILL)  # its children go with it (_die_with)
        os.waitpid(server, 0)


def _ask(server: socket.socket, task: T, limit: float) -> Any:
    """Hand one end of a pipe to the server, whose child takes the task from it and answers."""
    deadline = _deadline(limit)
    ours, theirs = Pipe()
    with ours:
        try:
            with theirs:
                socket.send_fds(server, [b"."], [theirs.fileno()])
            ours.send(task)
            result = ours.recv()
        except (OSError, EOFError):
            result = _lost(deadline)
    if isinstance(result, VoicekitError | Crash):
        raise result
    return result


def _serve(function: Callable[[T], R], requests: socket.socket, limit: float) -> None:
    while handles := socket.recv_fds(requests, 1, 1)[1]:
        with Connection(handles[0]) as connection:
            _forked(lambda: _answer(function, connection, limit))
        with suppress(ChildProcessError):  # none is left
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _answer(function: Callable[[T], R], connection: Connection, limit: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, limit)  # SIGALRM ends this process, also within a C library
    result: R | VoicekitError | Crash
    try:
        result = function(connection.recv())
    except VoicekitError as error:
        result = error
    except Exception as error:  # noqa: BLE001  the boundary, as in _work
        result = _crash(error)
    connection.send(result)


def _start(function: Callable[[T], R], tasks: Sequence[T], first: int, limit: float | None) -> _Worker:
    ours, theirs = Pipe()
    pid = _forked(lambda: _work(function, tasks, theirs))
    theirs.close()
    worker = _Worker(pid, ours, first, 0)
    _assign(worker, first, limit)
    return worker


def _assign(worker: _Worker, task: int, limit: float | None) -> None:
    worker.task, worker.deadline = task, _deadline(limit)
    worker.pipe.send(task)


def _work(function: Callable[[T], R], tasks: Sequence[T], pipe: Connection) -> None:
    while True:
        task = tasks[pipe.recv()]
        try:
            result: R | Crash = function(task)
        except Exception as error:  # noqa: BLE001  the boundary: whatever a task raises is that task's result
            result = error if isinstance(error, Crash) else _crash(error)
        pipe.send(result)


def _crash(error: Exception) -> Crash:
    return Crash(f"{type(error).__name__}: {error}", traceback.format_exc())


def _forked(life: Callable[[], None]) -> int:
    """Fork a child that does `life` and nothing else; returns its process id.

    It leaves by os._exit: nothing of the parent's may run or be flushed twice.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    # An interrupt during the fork would be raised in a hook of some library, which Python ignores.
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)
        return pid
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)
        _die_with(parent)
        gc.disable()  # a collection would touch, and so copy, every page that is shared with the parent
        life()
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


def _ready(running: dict[Connection, _Worker]) -> list[_Worker]:
    """Workers with something to receive, or past their deadline (those are killed first)."""
    patience = min(worker.deadline for worker in running.values()) - time.monotonic()
    heard = wait(list(running), timeout=None if patience == float("inf") else max(patience, 0))
    ready = [worker for pipe, worker in running.items() if pipe in heard]
    if not ready:
        ready = [worker for worker in running.values() if worker.deadline <= time.monotonic()]
        for worker in ready:
            _kill(worker)
    return ready


def _receive(worker: _Worker) -> Any:
    """The result of its task; the `Crash` that stands for it when the worker is dead, which is noted."""
    try:
        return worker.pipe.recv()
    except (EOFError, ConnectionResetError):
        worker.killed = True
        return _lost(worker.deadline)


def _kill(worker: _Worker) -> None:
    worker.killed = True
    os.kill(worker.pid, signal.SIGKILL)  # dead or not: a zombie until waitpid, so the number is still its own


def _lost(deadline: float) -> Crash:
    """What became of a process that gave no result."""
    if deadline <= time.monotonic():
        return Crash("took too long and was stopped")
    return Crash("its process died (out of memory, or a fault in a library)")


def _reap(worker: _Worker) -> None:
    """End a worker, whatever it is doing, and leave no zombie."""
    _kill(worker)
    worker.pipe.close()
    os.waitpid(worker.pid, 0)
