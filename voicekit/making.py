"""Carrying steps out: in parallel, with the lock and the manifest saved as they are done."""

from collections.abc import Iterable, Iterator, Sequence

from voicekit import manifest, parallel
from voicekit.build import Made, Maker, Step
from voicekit.checkpoint import Checkpoint
from voicekit.decision import doubtful, outcome, why
from voicekit.errors import VoicekitError
from voicekit.lock import Key
from voicekit.manifest import Built
from voicekit.outcome import Outcome, Verdict
from voicekit.state import Situation
from voicekit.workspace import Workspace

LIMIT = 300.0  # seconds a prompt, engine and all


def record(
    situation: Situation, built: dict[Key, Built], steps: Iterable[tuple[Step, Made | Outcome]]
) -> Iterator[tuple[Step, Made | Outcome]]:
    """Pass on what steps gave, once it is in the lock and in `built`, the manifest; both are saved now and then.

    The manifest is saved before the first step, and promises nothing of what is made: killed at any time, the next
    run makes it again. Call it while holding the workspace (`Workspace.exclusive`).
    """
    workspace, lock = situation.workspace, situation.lock

    def save() -> None:
        lock.save(workspace.lock, staging=workspace.staging)
        manifest.save(workspace.manifest, built.values(), staging=workspace.staging)

    save()
    with Checkpoint(save) as checkpoint:
        for step, made in steps:
            if isinstance(made, Made):
                key = made.entry.key
                lock.entries[key] = made.entry
                if made.built:
                    built[key] = made.built
                else:
                    _withdraw(workspace, built.pop(key, None))
                checkpoint.changed()
            yield step, made


def _withdraw(workspace: Workspace, line: Built | None) -> None:
    """Remove the built files of a prompt whose new sound is doubtful: they say what it no longer is to say."""
    for file in line.files.values() if line else ():
        (workspace.sounds / file.path).unlink(missing_ok=True)


def spread(maker: Maker, steps: Sequence[Step], workers: int) -> Iterator[tuple[Step, Made | Outcome]]:
    """Make each in one of `workers` processes; what fails is an outcome, and stops no other."""

    def make(step: Step) -> Made | Outcome:
        try:
            return maker.make(step)
        except VoicekitError as error:
            return outcome(step.state, Verdict.FAILED, "not-made", str(error), "then run voicekit revoice again")
        except OSError as error:  # a full disk, a folder that can't be written
            return outcome(step.state, Verdict.FAILED, "not-written", f"{error.filename or 'disk'}: {error.strerror}")

    for step, made in parallel.each(make, steps, workers=workers, limit=LIMIT):
        if isinstance(made, parallel.Crash):
            yield step, outcome(step.state, Verdict.FAILED, "crashed", made.detail, data={"trace": made.trace})
        else:
            yield step, made


def outcome_of(step: Step, made: Made) -> Outcome:
    """What became of a prompt that was made."""
    if made.built is None:
        return doubtful(step.state, made.entry)
    code = (
        "composed" if step.composing
        else "spoken" if step.speech
        else "taken" if step.take
        else "finished" if step.state.why
        else "built"
    )  # fmt: skip
    reason = why(step.state)
    level = f"{made.entry.level:.1f} dBov" if made.entry.level is not None else "no speech"
    data = {
        "seconds": made.entry.seconds,
        "level": made.entry.level,
        "master": made.entry.master,
        "files": [file.path for file in made.built.files.values()],
        "why": list(step.state.why),
        **{name: found for name, found in made.entry.checks.items() if name in ("voice", "heard", "wrong")},
    }
    return outcome(step.state, Verdict.DONE, code, f"{made.entry.seconds:.1f} s, {level} ({reason})", data=data)
