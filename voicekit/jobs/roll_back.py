"""Targets back to what they had before their last release."""

from collections.abc import Iterator, Sequence

from voicekit.deploy import each, moh, ship
from voicekit.deploy.look import look
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict
from voicekit.release import SHORT
from voicekit.targets import Target


def apply(workspace: str, targets: Sequence[Target], *, music: bool = False) -> Iterator[Outcome]:
    """`workspace` is its name; with `music`, it is the music on hold that goes back.

    Also what finishes a release that was stopped on its way: all is as before then.
    """

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        seen = look(machine, moh.folder(machine, target.sounds) if music else target.sounds, ())
        data = {"target": target.name, "release": seen.release}
        if seen.state in ("none", "rolled-back"):
            why = "there is no release" if seen.state == "none" else f"{seen.release[:SHORT]} was rolled back before"
            yield Outcome(target.name, Verdict.KEPT, "kept", f"{why}; nothing was changed", data=data)
            return
        ship.roll_back(machine, workspace, seen)
        detail = f"as it was before {seen.release[:SHORT]}"
        yield Outcome(target.name, Verdict.DONE, "rolled-back", detail, data=data)
        if music:
            yield moh.reload(target, machine, (), changed=True)

    return each(one, targets)
