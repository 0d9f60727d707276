"""A release of the workspace as it is now, put on its own shelf."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from voicekit import release
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.release import assemble, garbage, transfer
from voicekit.release.assemble import Plan
from voicekit.release.manifest import Manifest
from voicekit.state import Situation
from voicekit.stores import Store


def plan(situation: Situation) -> Plan:
    """What would be in it, each byte of it read and compared with what was built."""
    return assemble.plan(situation)


def foretell(plan: Plan, *, partial: bool) -> Iterator[Outcome]:
    """What `apply` would do, with nothing done."""
    yield from _left_out(plan, partial=partial)
    if plan.manifest is None or (_unready(plan) and not partial):
        yield _nothing(plan)
    else:
        yield _outcome(plan.manifest, Verdict.SKIPPED, "would-release")


def apply(plan: Plan, shelf: Store, *, partial: bool) -> Iterator[Outcome]:
    """Put it on the shelf: blobs first, its manifest last. Without `partial`, only when every prompt is fit.

    Call it while holding the workspace, from before the plan on.
    """
    yield from _left_out(plan, partial=partial)
    if plan.manifest is None or (_unready(plan) and not partial):
        yield _nothing(plan)
        return
    for _ in transfer.put(plan.manifest, plan.bodies, shelf):
        pass
    new = transfer.seal(plan.manifest, shelf, datetime.now(UTC))
    if reason := garbage.broken(shelf, transfer.needs(plan.manifest, masters=False)):
        yield Outcome(plan.manifest.id[: release.SHORT], Verdict.FAILED, "incomplete", reason, garbage.AGAIN)
    elif new:
        yield _outcome(plan.manifest, Verdict.DONE, "released")
    else:
        transfer.date(plan.manifest.id, shelf, datetime.now(UTC))  # it is the last one that was made
        yield _outcome(plan.manifest, Verdict.KEPT, "kept")


def _unready(plan: Plan) -> int:
    return sum(outcome.bad for outcome in plan.left_out)


def _left_out(plan: Plan, *, partial: bool) -> Iterator[Outcome]:
    for outcome in plan.left_out:
        yield replace(outcome, verdict=Verdict.SKIPPED) if partial else outcome


def _nothing(plan: Plan) -> Outcome:
    if plan.manifest is None:
        return Outcome("release", Verdict.REFUSED, "no-release", "no prompt has a sound", "run voicekit revoice")
    detail = f"{counted(_unready(plan), 'prompt')} not fit for it"
    return Outcome("release", Verdict.REFUSED, "no-release", detail, "mend them, or leave them out with --partial")


def _outcome(manifest: Manifest, verdict: Verdict, code: str) -> Outcome:
    detail = f"{counted(len(manifest.prompts), 'prompt')}, {release.total(manifest.blobs)}"
    data = {"release": manifest.id, "prompts": len(manifest.prompts), "bytes": sum(manifest.blobs.values())}
    return Outcome(manifest.id[: release.SHORT], verdict, code, detail, data=data)
