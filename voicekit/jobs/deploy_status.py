"""What targets have: which release, and what somebody changed since."""

from collections.abc import Iterator, Sequence

from voicekit.deploy import each, tell
from voicekit.deploy.look import Seen, look
from voicekit.deploy.plan import drift as drifted
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.release import SHORT, assemble, shelf, stock
from voicekit.targets import Target
from voicekit.workspace import Workspace

_DRIFT = {
    "changed": (
        "changed since it was deployed",
        "voicekit deploy adopt takes it into the workspace; apply --take-over puts ours back",
    ),
    "missing": ("missing since it was deployed", "voicekit deploy apply puts it back"),
    "sibling": (
        "the same prompt in another format, which voicekit did not put there",
        "Asterisk may play it instead; deploy apply --take-over moves it away",
    ),
}


def drift(workspace: str, targets: Sequence[Target]) -> Iterator[Outcome]:
    """An outcome for each file that is not as we left it, and one for each target. `workspace` is its name."""

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        seen = look(machine, target.sounds, (), thorough=True)
        if stranger := tell.stranger(target, workspace, seen):
            yield stranger
            return
        found = drifted(seen)
        for path, what in found.items():
            yield Outcome(f"{target.name}: {path}", Verdict.FAILED, what, *_DRIFT[what], {"target": target.name})
        if not found:
            yield Outcome(target.name, Verdict.KEPT, "as-left", _has(seen), data={"target": target.name})

    return each(one, targets)


def status(workspace: Workspace, targets: Sequence[Target]) -> Iterator[Outcome]:
    """One outcome for each target."""
    store = shelf.of(workspace)
    known = list(stock.releases(store))

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        seen = look(machine, target.sounds, ())
        if stranger := tell.stranger(target, workspace.name, seen):
            yield stranger
            return
        parts = [_has(seen)]
        if seen.state == "applied" and seen.release not in known:
            parts.append("which this workspace does not know")
        elif seen.state == "applied" and seen.release != known[-1]:
            parts.append(f"the last one here is {known[-1][:SHORT]}")
        if found := drifted(seen):
            parts.append(f"{counted(len(found), 'file')} not as left (voicekit deploy drift)")
        parts += (f"announcement {name} until {end:%Y-%m-%d %H:%M} UTC" for name, end in seen.armed.items())
        data = {"target": target.name, "release": seen.release, "state": seen.state, "drift": len(found)}
        yield Outcome(target.name, Verdict.KEPT, seen.state, ", ".join(parts), data=data)

    if known:
        yield from tell.behind(known[-1], assemble.changed(workspace, stock.load(store, known[-1])))
    yield from each(one, targets)


def _has(seen: Seen) -> str:
    if seen.state == "none":
        return f"{seen.sounds}: no release yet"
    if seen.state == "rolled-back":
        return f"{seen.sounds}: as it was before {seen.release[:SHORT]} (number {seen.serial})"
    return f"{seen.sounds}: {seen.release[:SHORT]} (number {seen.serial}, {seen.state})"
