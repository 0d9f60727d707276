"""Every object of one store into another."""

from collections.abc import Iterator
from dataclasses import dataclass

from voicekit.errors import InputError, VoicekitError
from voicekit.outcome import Outcome, Verdict
from voicekit.stores import Stat, Store, copying, keys
from voicekit.stores.copying import Did

_DONE = {
    Did.COPIED: (Verdict.DONE, "copied"),
    Did.THERE: (Verdict.KEPT, "there"),
    Did.FOREIGN: (Verdict.SKIPPED, "foreign"),
    Did.HELD: (Verdict.REFUSED, "held"),
}
_DETAILS = {
    Did.FOREIGN: "not a key that voicekit gives; copy it with another tool",
    Did.HELD: "it may name what could not be copied; mend that first, and run this again",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """`total` objects of `bytes` in all."""

    source: Store
    target: Store
    prefix: str
    total: int
    bytes: int


def plan(source: Store, target: Store, prefix: str = "") -> Plan:
    """What there is to copy. Raises `InputError` for a store into itself."""
    if source.name == target.name:
        raise InputError(f"{source.name}: source and target are one store; name another target")
    return Plan(source, target, prefix, *copying.total(source, prefix))


def foretell(steps: Plan) -> Iterator[Outcome]:
    """One outcome for an object that is not there by name and size."""
    there = {stat.key: stat.size for stat in steps.target.list(steps.prefix)}
    for stat in steps.source.list(steps.prefix):
        if not keys.good(stat.key):
            yield _outcome(stat, Did.FOREIGN)
        elif there.get(stat.key) != stat.size:
            yield Outcome(stat.key, Verdict.SKIPPED, "would-copy", f"{stat.size} bytes")


def apply(steps: Plan) -> Iterator[Outcome]:
    """One outcome an object, as they are done."""
    for stat, did in copying.copy(steps.source, steps.target, steps.prefix):
        yield _outcome(stat, did)


def _outcome(stat: Stat, did: Did | VoicekitError) -> Outcome:
    if isinstance(did, VoicekitError):
        return Outcome(stat.key, Verdict.FAILED, "not-copied", str(did))
    verdict, code = _DONE[did]
    return Outcome(stat.key, verdict, code, _DETAILS.get(did, f"{stat.size} bytes"), data={"bytes": stat.size})
