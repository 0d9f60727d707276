"""kill -9 at any moment: nothing in build/ is ever half a file, and the next run ends where an undisturbed one ends."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sites import Site

WORDS = [
    "Welcome.", "Press one for sales.", "Press two for support.", "Please hold the line.", "Nobody is here.",
    "You are next.", "Goodbye.", "That is no option.", "We open at nine.", "Leave a message.", "Thank you.", "Zero.",
]  # fmt: skip
SCENARIOS = {  # what changes before the run that is killed, and after it
    "first run": ({}, {}),
    "words": ({"first": "Today"}, {}),
    "level": ({"level": -24}, {}),
    "level and back": ({"level": -24}, {"level": -20}),
}


def write(site, engine, first="Now", level=-20):
    """24 prompts, half of which begin with the word `first`."""
    site.voice(engine=engine, finish=f"level = {level}")
    site.words({f"custom/p{n}": f"{first if n < 12 else 'Later'}: {WORDS[n % 12]}" for n in range(24)})


def start(site):
    """`voicekit revoice` in a session, and so a process group, of its own."""
    argv = [sys.executable, "-m", "voicekit", "revoice", "-C", str(site.root)]
    return subprocess.Popen(argv, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def revoice(site):
    """A run that nobody disturbs."""
    run = start(site)
    _, complaint = run.communicate()
    assert (run.returncode, complaint.decode()) == (0, "")


def kill(run, *, everybody):
    """Kill the parent, or all at once; the workers must be gone in either case."""
    if everybody:
        os.killpg(run.pid, signal.SIGKILL)
    else:
        run.kill()
    run.communicate()
    end = time.monotonic() + 20
    while any(members(run.pid)):
        assert time.monotonic() < end, "workers outlive their parent"
        time.sleep(0.005)


def members(group):
    """Live processes of a process group."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, found, *_ = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(found) == group and state not in "ZX":
            yield path


class Scenario:
    """A workspace, what undisturbed runs make of it, and runs of it that are killed."""

    def __init__(self, folder, engine, name):
        self.engine, (self.change, self.change_back) = engine, SCENARIOS[name]
        self.site, self.pristine = Site(folder / "site"), folder / "pristine"
        self.write({})
        if self.change:
            revoice(self.site)
        self.before = self.site.tree()
        shutil.copytree(self.site.root, self.pristine)
        self.write(self.change)
        began = time.monotonic()
        revoice(self.site)
        self.seconds = time.monotonic() - began
        self.changed = self.site.tree()
        assert self.changed != self.before

    def write(self, change):
        write(self.site, self.engine, **change)

    def disturb(self, chance):
        """A run that is killed at a random moment, and the run after it; gives whether work was under way."""
        shutil.rmtree(self.site.root)
        shutil.copytree(self.pristine, self.site.root)
        self.write(self.change)
        untouched = self.site.tree()
        run = start(self.site)
        time.sleep(chance.uniform(0.3, 1.0) * self.seconds)
        kill(run, everybody=chance.random() < 0.5)
        assert self.foreign() == []
        alive, begun = run.returncode == -signal.SIGKILL, self.site.tree() != untouched
        if not (alive and begun):  # the machine is more busy than when it was measured, or less
            self.seconds *= 1.2 if alive else 0.8
        self.write(self.change_back or self.change)
        revoice(self.site)
        assert self.site.tree() == (self.before if self.change_back else self.changed)
        assert list((self.site.root / ".voicekit/tmp").iterdir()) == []
        return alive and begun

    def foreign(self):
        """Built files that are no file of an undisturbed run, byte for byte."""
        built = self.site.tree("build/sounds")
        return [name for name, data in built.items() if data not in (self.before.get(name), self.changed.get(name))]


CASES = [("tone", "first run", 1), ("espeak", "words", 1), ("espeak", "level", 1), ("tone", "level and back", 1)]
FAULTS = [(engine, name, 25) for engine in ("tone", "espeak") for name in SCENARIOS]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells workers of their parent's death")
@pytest.mark.parametrize(
    ("engine", "name", "moments"), CASES + [pytest.param(*case, marks=pytest.mark.faults) for case in FAULTS]
)
def test_a_killed_run_is_taken_up_by_the_next(tmp_path, engine, name, moments):
    scenario = Scenario(tmp_path, engine, name)
    chance = random.Random(f"{engine} {name} {moments}")
    landed = tries = 0
    while landed < moments:
        assert tries < 2 * moments + 2, "most kills came before or after the work"
        tries += 1
        landed += scenario.disturb(chance)
