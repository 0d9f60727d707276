"""Whether a call still writes to a file: what is not known to be over is not over.

What Asterisk does to a file under recording is measured: it grows in steps of its 32 KiB buffer, and its header is
written at the open and at the close only, but MixMonitor with `a` (FreePBX always) opens and writes it anew, header
of no sizes and all. So neither a file at rest nor a whole header proves that the call is over; all signs together do.
"""

from dataclasses import dataclass
from enum import StrEnum

from voicekit.calls.spool import Found, Look

CALM = 60  # seconds without a change: longer than a step of any format takes (g729: 32.8 s)
UNFINISHED = 3600  # seconds in which a header without sizes is that of a call on hold; afterwards of one that crashed
YOUNG = 86_400  # seconds in which a file without sound is not even named as such: its call may not have begun to speak

_HEADERS = {"wav": 44, "wav16": 44, "WAV": 60}  # bytes of a file that was opened, and nothing came


class Why(StrEnum):
    """Why a file is left alone this time."""

    OPEN = "open"
    LIVE = "live"
    YOUNG = "young"
    MIXING = "mixing"
    UNKNOWN = "unknown"
    LINKED = "linked"
    EMPTY = "empty"
    FUTURE = "future"
    HEADER = "header"  # has no sizes yet, and is younger than UNFINISHED


@dataclass(frozen=True, slots=True)
class Rules:
    """`min_age` in seconds: what is older is over, even where nobody can know who has it open (None: never)."""

    min_age: int | None = None


def why_not(found: Found, seen: Look, rules: Rules, *, uniqueid: str, extension: str, leg: bool) -> Why | None:
    """The first reason why this file is not settled; None when it is. `leg`: of a pair that sox mixes."""
    age = seen.now - found.modified
    signs = (
        (found.number in seen.open, Why.OPEN),
        (bool(uniqueid) and uniqueid in seen.live, Why.LIVE),
        (age < -YOUNG, Why.FUTURE),  # by a clock that was wrong; a little less is a list that took long
        (age < max(CALM, rules.min_age or 0), Why.YOUNG),
        (leg and seen.mixing, Why.MIXING),
        (bool(seen.blind) and rules.min_age is None, Why.UNKNOWN),
        (found.links > 1, Why.LINKED),
        (empty(found.size, extension), Why.EMPTY),
    )
    return next((why for holds, why in signs if holds), None)


def empty(size: int, extension: str) -> bool:
    """Whether nothing but a header can be in it."""
    return size <= _HEADERS.get(extension, 0)
