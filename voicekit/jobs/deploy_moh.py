"""Music on hold to targets: a class of it, all or nothing; other classes stay as they are."""

import tempfile
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from voicekit import stores
from voicekit.deploy import each, moh, ship, tell
from voicekit.deploy.look import Seen, look
from voicekit.deploy.moh import Music
from voicekit.deploy.plan import Plan
from voicekit.deploy.plan import plan as planned
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict
from voicekit.release import blob_key
from voicekit.release.manifest import Manifest
from voicekit.targets import Target


def foretell(workspace: str, music: Music, targets: Sequence[Target], *, take_over: bool) -> Iterator[Outcome]:
    """What `apply` would do on each target; nothing is written there. `workspace` is its name."""

    def one(target: Target, machine: Machine) -> Iterator[Outcome]:
        manifest, seen, made = _planned(workspace, music, machine, target)
        yield from tell.told(target, made, take_over=take_over)
        yield _refusal(target, manifest, seen, made, take_over=take_over) or tell.planned(target, manifest, seen, made)

    return each(one, targets)


def apply(workspace: str, music: Music, targets: Sequence[Target], *, take_over: bool) -> Iterator[Outcome]:
    """Bring the music to each target, and have Asterisk read it."""
    with tempfile.TemporaryDirectory() as folder:
        store = stores.reach(f"file:{quote(folder)}")  # proved, like the sounds of a release
        for body in music.files.values():
            store.put(blob_key(body.sha256), body)

        def one(target: Target, machine: Machine) -> Iterator[Outcome]:
            manifest, seen, made = _planned(workspace, music, machine, target)
            told = tell.told(target, made, take_over=take_over)
            yield from (outcome for outcome in told if outcome.verdict is not Verdict.DONE)
            refusal = _refusal(target, manifest, seen, made, take_over=take_over)
            if refusal:
                yield refusal
                return
            idle = made.idle and seen.state == "applied" and seen.release == manifest.id
            if idle:
                yield tell.kept(target, manifest, seen)
            else:
                said = ship.apply(machine, manifest, store, seen, made, take_over=take_over)
                yield tell.applied(target, manifest, seen, made, said)
            yield moh.reload(target, machine, [music.name], changed=not idle)

        yield from each(one, targets)


def _planned(workspace: str, music: Music, machine: Machine, target: Target) -> tuple[Manifest, Seen, Plan]:
    seen = look(machine, moh.folder(machine, target.sounds), music.files)
    manifest = moh.manifest(workspace, music, seen)
    return manifest, seen, planned(manifest, seen, approved_only=False)


def _refusal(target: Target, manifest: Manifest, seen: Seen, made: Plan, *, take_over: bool) -> Outcome | None:
    """What others deployed there is no reason: it stays."""
    return tell.refusal(target, manifest, seen, made, {seen.release}, take_over=take_over, back="rollback --moh")
