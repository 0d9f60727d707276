"""Asking again: how often, how long to wait between, and when to give up."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from voicekit.errors import EngineError, VoicekitError

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


class PassingError(VoicekitError):
    """Not now, but perhaps later; `after` is how many seconds the other side asks to wait, None when it does not say.

    The message is «what happened; what to do». `lasting` is what it becomes when it does not pass.
    """

    lasting: ClassVar[type[VoicekitError]]

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message, after)
        self.after = after

    def __str__(self) -> str:
        return str(self.args[0])


class BusyError(PassingError, EngineError):
    """Of a speech service."""

    lasting = EngineError


@dataclass(frozen=True, slots=True)
class Patience:
    """Exponential backoff with jitter: `first` s, doubled each time, at most `longest` s, `tries` requests in all.

    After `total` seconds nothing is asked again, so that with a last request of a minute and a half a prompt is
    given up before the 300 s at which its process is killed.
    """

    tries: int = 5
    first: float = 1.0
    longest: float = 60.0
    total: float = 150.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    def persist(self, ask: Callable[[], T]) -> T:
        """What `ask` gives, asked again for each `PassingError`; in the end its lasting kind, the tries counted."""
        end = self.clock() + self.total
        for number in range(1, self.tries + 1):
            try:
                return ask()
            except PassingError as error:
                wait = self._wait(number, error.after)
                if number == self.tries or self.clock() + wait > end:
                    what, _, remedy = str(error).rpartition("; ")
                    times = f" ({number} times)" if number > 1 else ""
                    raise error.lasting(f"{what}{times}; {remedy}") from None
                # Who it is, and not what it says: that may have the key of an object, in which others wrote a number.
                _LOG.info("%s: busy, or no answer; asked again in %.1f s", _who(error), wait)
            self.sleep(wait)
        raise AssertionError("at least one try")

    def _wait(self, number: int, after: float | None) -> float:
        """Half of it by lot: two machines that were turned away together do not come back together."""
        wait = min(self.first * 2.0 ** (number - 1), self.longest)
        return max(wait * (0.5 + 0.5 * self.chance()), min(after or 0.0, self.longest))


def _who(error: PassingError) -> str:
    return str(error).partition("; ")[0].partition(": ")[0]
