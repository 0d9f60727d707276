"""Releases on PBXs: what lies there (`look`), what would change (`plan`), and how it gets there (`ship`).

All changes there are made by the scripts of `release/pack`, the same that somebody else's hands run; what they keep,
they keep beside the sounds. Nothing is remembered here: a target says itself what it has.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files

from voicekit import threads
from voicekit.errors import VoicekitError
from voicekit.hosts import machine
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict
from voicekit.targets import Target

ONCE = 8  # targets at the same time

_LIBRARY = ("voicekit.release.pack", "lib.sh")


@contextmanager
def reach(target: Target) -> Iterator[Machine]:
    """The machine of a target."""
    if target.host is None:
        yield machine.here(sudo=target.sudo)
    else:
        with machine.there(target.host, sudo=target.sudo) as reached:
            yield reached


def script(name: str) -> str:
    """A script of this package behind what all of them need."""
    library = (files(_LIBRARY[0]) / _LIBRARY[1]).read_text()
    return f"set -eu\nunset CDPATH\n{library}\n{(files('voicekit.deploy') / name).read_text()}"


def each(work: Callable[[Target, Machine], Iterator[Outcome]], targets: Sequence[Target]) -> Iterator[Outcome]:
    """The outcomes of all targets, those of one in a row; what stops one is an outcome of it, and stops no other."""

    def run(target: Target) -> list[Outcome]:
        with reach(target) as machine:
            return list(work(target, machine))

    for target, result in threads.each(run, targets, threads=ONCE):
        if isinstance(result, VoicekitError):
            yield Outcome(target.name, Verdict.FAILED, "not-done", str(result), data={"target": target.name})
        else:
            yield from result
