"""How a spool's disk fills, from what arrived there a day in the last weeks: with recordings removed, and without."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from voicekit.calls.disk import Room

WEEKS = 4  # that are looked back on
_SHORTEST, _USUAL, _LONGEST = 7, 90, 200  # days that are looked ahead


@dataclass(frozen=True, slots=True)
class Forecast:
    """`lying` are bytes that recordings in the spool take now, `arrived` bytes a day (none: nothing is known), `keep`
    days that a recording stays.
    """

    room: Room
    lying: int
    arrived: Sequence[int]
    keep: float

    @property
    def size(self) -> int:
        return self.room.used + self.room.free

    @property
    def usual(self) -> int:
        """Bytes of a day in the middle."""
        return round(median(self.arrived)) if self.arrived else 0

    @property
    def busiest(self) -> int:
        return max(self.arrived, default=0)

    def days_left(self, rate: int) -> float | None:
        """Days until the disk is full if nothing more is removed; None: it never is."""
        return self.room.free / rate if rate else None

    def settled(self, rate: int) -> float:
        """Bytes that will be used when as much goes each day as comes; may be more than the disk has."""
        return max(self.room.used - self.lying, 0) + rate * self.keep

    def fits(self, rate: int) -> bool:
        return self.settled(rate) <= self.size

    def used(self, day: float, *, freeing: bool) -> float:
        """Bytes that are used so many days from now, at the usual rate; never more than the disk has."""
        if not freeing:
            return min(self.room.used + self.usual * day, self.size)
        way = min(day / self.keep, 1.0) if self.keep else 1.0
        return min(self.room.used + (self.settled(self.usual) - self.room.used) * way, self.size)

    @property
    def horizon(self) -> int:
        """Days that are worth drawing: until it is full, where that is not far away."""
        left = self.days_left(self.usual)
        until = 1.2 * left if left is not None and left < 1.5 * _USUAL else _USUAL
        return min(max(ceil(until), ceil(1.5 * self.keep), _SHORTEST), _LONGEST)
