"""Of the calls that should have a recording, how many have one, by day; and some that have none."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from voicekit.calls.cdr.clock import anonymous
from voicekit.calls.reconcile import Expected
from voicekit.calls.report import days

MOST = 50  # calls without a recording that are named


@dataclass(frozen=True, slots=True)
class Missing:
    """A call without a recording: when it began, in seconds since 1970, and nothing of whom it was of."""

    pbx: str
    began: int
    seconds: int
    direction: str
    call: str


@dataclass(slots=True)
class Coverage:
    """`named` are the last of those that are `missing`."""

    expected: Counter[date] = field(default_factory=Counter)
    missing: Counter[date] = field(default_factory=Counter)
    named: deque[Missing] = field(default_factory=lambda: deque(maxlen=MOST))

    @classmethod
    def of(cls, pbx: str, calls: Iterable[Expected], zone: ZoneInfo) -> "Coverage":
        found = cls()
        for each in calls:
            began = int(each.call.start.timestamp())
            day = days.day(began, zone)
            found.expected[day] += 1
            if not each.there:
                found.missing[day] += 1
                call = anonymous(each.call.linkedid)
                found.named.append(Missing(pbx, began, each.call.billsec, each.direction, call))
        return found

    def add(self, other: "Coverage") -> None:
        """What is known of another PBX."""
        self.expected += other.expected
        self.missing += other.missing
        self.named = deque(sorted([*self.named, *other.named], key=lambda one: one.began), maxlen=MOST)

    @property
    def share(self) -> float | None:
        """The part that has a recording; None where none was expected."""
        return 1 - self.missing.total() / self.expected.total() if self.expected.total() else None
