"""Delete from a store what no release and no lock names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from voicekit.approvals import Approvals
from voicekit.errors import VoicekitError
from voicekit.lock import Lock
from voicekit.outcome import Outcome, Verdict
from voicekit.release import garbage
from voicekit.stores import Stat, Store
from voicekit.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go."""

    store: Store
    stats: list[Stat]

    @property
    def bytes(self) -> int:
        return sum(stat.size for stat in self.stats)


def plan(store: Store, workspace: Workspace | None, before: datetime) -> Plan:
    """What was put `before` then (UTC) and is named by no release there, nor by this workspace's lock or approvals."""
    masters: set[str] = set()
    if workspace:
        masters = {entry.master for entry in Lock.load(workspace.lock).entries.values()}
        masters |= {answer.master for answer in Approvals.load(workspace.approvals).answers}
    return Plan(store, garbage.unnamed(store, masters, before))


def foretell(steps: Plan) -> Iterator[Outcome]:
    """One outcome an object."""
    for stat in steps.stats:
        yield Outcome(stat.key, Verdict.SKIPPED, "would-delete", _what(stat), data={"bytes": stat.size})


def apply(steps: Plan) -> Iterator[Outcome]:
    """One outcome an object, as it is gone."""
    for stat, gone in garbage.remove(steps.store, steps.stats):
        if isinstance(gone, VoicekitError):
            yield Outcome(stat.key, Verdict.FAILED, "not-deleted", str(gone))
        elif not gone:
            yield Outcome(stat.key, Verdict.KEPT, "named", "a release that came meanwhile names it")
        else:
            yield Outcome(stat.key, Verdict.DONE, "deleted", _what(stat), data={"bytes": stat.size})


def _what(stat: Stat) -> str:
    return f"{stat.size} bytes, of {stat.modified.date().isoformat()}"
