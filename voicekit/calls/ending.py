"""A process that is told to end, as by a window of SSH that is closed: it leaves nothing that others could hear."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def tidily() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block as Ctrl-C does, by an exception, so that what it has opened is removed. One that
    is ignored, as by nohup, stays so; in a thread nothing changes, for only the main one may say what signals do.
    """
    if current_thread() is not main_thread():
        yield
        return
    former = {number: signal.getsignal(number) for number in _SIGNALS}
    former = {number: handler for number, handler in former.items() if handler not in (signal.SIG_IGN, None)}

    def end(number: int, _: FrameType | None) -> None:
        for each in former:
            signal.signal(each, signal.SIG_IGN)  # who ends a session sends both: what is being removed goes on
        sys.exit(128 + number)

    try:
        for number in former:
            signal.signal(number, end)
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
