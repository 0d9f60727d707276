"""The times of a PBX: local, by a zone with its rules, without a word of which of two equal hours is meant."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_CALL = re.compile(r"(?<![0-9])1[0-9]{9}\.[0-9]{1,9}$")  # before it may be whatever a name has
_EPOCH = re.compile(r"(?:.*-)?([0-9]{1,11})\.[0-9]{1,12}", re.DOTALL)
_TWICE = timedelta(hours=1)  # at most what a zone repeats when its clocks go back


def epoch(uniqueid: str) -> datetime | None:
    """When a channel came into being: `epoch.n`, or `system-epoch.n` where the PBX has a name."""
    if not (found := _EPOCH.fullmatch(uniqueid)):
        return None
    return datetime.fromtimestamp(int(found[1]), UTC)


def anonymous(uniqueid: str) -> str:
    """`epoch.n` at its end, which tells of nobody: it may come from the name of a file. "" where there is none."""
    return found[0] if (found := _CALL.search(uniqueid)) else ""


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock by which records are written."""

    zone: ZoneInfo

    def readings(self, local: datetime) -> tuple[datetime, ...]:
        """The moments, in UTC, at which this clock shows this: two in the hour that autumn repeats, else one."""
        both = (local.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        first, second = both
        return (first, second) if first < second else (first,)

    def span(self, since: datetime, until: datetime) -> tuple[datetime, datetime]:
        """What this clock shows, at the least and the most, from one moment to another."""
        first, last = (moment.astimezone(self.zone).replace(tzinfo=None, fold=0) for moment in (since, until))
        return first - _TWICE, last + _TWICE
