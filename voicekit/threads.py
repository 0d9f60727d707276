"""Many things that wait for a network, at once: in threads of this process. What computes goes to `parallel`."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from voicekit.errors import VoicekitError

T = TypeVar("T")
R = TypeVar("R")

MANY = 32  # more gain nothing: Python signs and hashes for one of them at a time
GRACE = 10.0  # seconds that threads get to end what they are at, once nobody wants the rest

_Task = tuple[int, T] | None  # None: go home
_Result = tuple[int, R | BaseException]


def each(
    function: Callable[[T], R], tasks: Iterable[T], *, threads: int = MANY, ahead: int | None = None
) -> Iterator[tuple[T, R | VoicekitError]]:
    """Yield (task, result) as they end; a `VoicekitError` is the result of its task, and stops no other.

    `tasks` is read by the caller's own thread, `ahead` of those under way (unless told, as many as threads): the
    threads live on these while the caller is busy elsewhere. When the iterator is closed, or the run interrupted, no
    task is begun any more; those under way get a moment to end. Any other exception is a bug, or a disk that fails,
    and is raised here.
    """
    waiting: SimpleQueue[_Task[T]] = SimpleQueue()
    done: SimpleQueue[_Result[R]] = SimpleQueue()
    crew: list[Thread] = []
    running: dict[int, T] = {}
    try:
        for number, task in enumerate(tasks):
            if len(crew) < threads:
                crew.append(_started(function, waiting, done))
            running[number] = task
            waiting.put((number, task))
            if len(running) >= threads + (threads if ahead is None else ahead):
                yield _ended(running, done)
        while running:
            yield _ended(running, done)
    finally:
        _send_home(crew, waiting)


def _ended(running: dict[int, T], done: "SimpleQueue[_Result[R]]") -> tuple[T, R | VoicekitError]:
    number, result = done.get()
    task = running.pop(number)
    if isinstance(result, BaseException) and not isinstance(result, VoicekitError):
        raise result
    return task, result


def _started(function: Callable[[T], R], waiting: "SimpleQueue[_Task[T]]", done: "SimpleQueue[_Result[R]]") -> Thread:
    thread = Thread(target=_work, args=(function, waiting, done), daemon=True)  # never holds up the end of the program
    thread.start()
    return thread


def _work(function: Callable[[T], R], waiting: "SimpleQueue[_Task[T]]", done: "SimpleQueue[_Result[R]]") -> None:
    while (given := waiting.get()) is not None:
        number, task = given
        try:
            done.put((number, function(task)))
        except BaseException as error:  # noqa: BLE001  the boundary: whatever a task raises is that task's result
            done.put((number, error))


def _send_home(crew: list[Thread], waiting: "SimpleQueue[_Task[T]]") -> None:
    with suppress(Empty):
        while True:
            waiting.get_nowait()
    for _ in crew:
        waiting.put(None)
    end = time.monotonic() + GRACE
    for thread in crew:
        thread.join(max(end - time.monotonic(), 0))
