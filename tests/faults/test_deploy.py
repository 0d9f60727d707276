"""Deploys under faults: the far side killed at any command that writes, cut connections, a killed voicekit, full disks.

Afterwards each file that a call may play is whole, the next apply leaves exactly the new set or the next rollback
exactly the old one, and what somebody else had put there is lost in no case.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from deploy.far import Customer, far, last
from release.packages import tree
from servers import proxy, sshd
from servers.disk import disk

from voicekit.hosts.ssh import Host

OLD = {"en/custom/one": b"one, old" * 900, "en/custom/two": b"two", "en/custom/gone": b"gone", "en/custom/four": b"4"}
NEW = {
    "en/custom/one": b"one, new" * 1000,
    "en/custom/two": b"two",
    "en/more/deep/three": b"three" * 5000,
    "ru/four": b"four",
    "en/custom/four": b"four",
}
THEIRS = {"en/custom/one.ulaw": b"by hand", "en/custom/two.gsm": b"another format", "en/hello.ulaw": b"Asterisk's"}
FAR = ("here-dash", "here-busybox", "ssh-dash", "ssh-busybox")


def some(total, *, few=2):
    """Seeds: a few by default, all of them in the long harness."""
    return [pytest.param(seed, marks=() if seed < few else pytest.mark.faults) for seed in range(total)]


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    """`sides(name)`: a far side, made when it is asked for."""
    from contextlib import ExitStack

    made = {}
    with ExitStack() as stack:

        def side(name):
            place, _, shell = name.partition("-")
            if not shutil.which(shell):
                pytest.skip(f"no {shell} here: apt-get install {shell}")
            if place == "ssh" and sshd.PROGRAM is None:
                pytest.skip(sshd.MISSING)
            if name not in made:
                made[name] = stack.enter_context(far(tmp_path_factory.mktemp(name), place, shell))
            made[name].kill(0)
            return made[name]

        yield side


class Trial:
    """A target in one of three situations, and the run that is to be disturbed."""

    def __init__(self, folder: Path, seed: int, situations=("first", "over", "back")):
        self.chance = random.Random(seed)
        self.situation = situations[seed % len(situations)]
        self.customer = Customer(folder / "acme")
        self.old, self.new = self.customer.release(OLD), self.customer.release(NEW)
        self.sounds = folder / "sounds"
        for name, data in THEIRS.items():
            path = self.sounds / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.pristine = folder / "pristine"

    def prepare(self, target):
        """Up to the moment before the run; notes how all is now, and how it will be if nothing goes wrong."""
        if self.situation != "first":
            assert last(self.customer.apply(self.old, target, take_over=True)) == "applied"
        if self.situation == "back":
            self.before_new = tree(self.sounds)
            assert last(self.customer.apply(self.new, target)) == "applied"
        self.before = tree(self.sounds)
        shutil.rmtree(self.pristine, ignore_errors=True)
        shutil.copytree(self.sounds, self.pristine)
        self.run(target)
        self.after = tree(self.sounds)
        self.reset()

    def reset(self):
        shutil.rmtree(self.sounds)
        shutil.copytree(self.pristine, self.sounds)

    def run(self, target):
        if self.situation == "back":
            return self.customer.roll_back(target)
        return self.customer.apply(self.new, target, take_over=self.situation == "first")

    def check(self, target):
        """After the fault: every file is one of both, whole; then one of the two ways out, chosen by the seed."""
        now = tree(self.sounds)
        for name, (_, _, _, data) in now.items():
            good = [one[name][3] for one in (self.before, self.after) if name in one]
            assert data in good, name
        forth = self.chance.random() < 0.5
        outcomes = self.customer.apply(self.new, target, take_over=True) if forth else self.customer.roll_back(target)
        assert outcomes[-1].code in ("applied", "kept", "rolled-back"), outcomes[-1]
        new, old = (self.before, self.after) if self.situation == "back" else (self.after, self.before)
        found = tree(self.sounds)
        if forth:
            assert contents(found) == contents(new)
        else:  # what was finished, or never begun, before the fault may be a step further back
            assert contents(found) in (contents(old), contents(self._first()))
        self._nothing_lost(found)

    def _first(self):
        return {name: (0, 0, 0, data) for name, data in THEIRS.items()}

    def _nothing_lost(self, found):
        kept = {path.read_bytes() for path in self.sounds.rglob("*") if path.is_file()}
        assert set(THEIRS.values()) <= kept


def contents(found):
    return {name: entry[3] for name, entry in found.items() if entry[3] is not None}


@pytest.mark.parametrize("seed", some(240, few=4))
def test_the_far_side_is_killed(sides, tmp_path, monkeypatch, seed):
    side = sides(FAR[seed % 4])
    monkeypatch.setenv("PATH", side.path)
    trial, target = Trial(tmp_path, seed // 4), side.target(tmp_path / "sounds")
    trial.prepare(target)
    side.kill(0)
    trial.run(target)
    total = side.kill(0)
    assert total > 20
    trial.reset()
    side.kill(trial.chance.randrange(1, total + 1))
    assert trial.run(target)[-1].bad
    side.kill(0)
    trial.check(target)


@pytest.mark.parametrize("seed", some(120, few=2))
def test_the_connection_is_cut(sides, tmp_path, monkeypatch, seed):
    side = sides(("ssh-dash", "ssh-busybox")[seed % 2])
    trial = Trial(tmp_path, seed // 2)
    monkeypatch.setenv("PATH", side.path)
    trial.prepare(side.target(trial.sounds))
    between = proxy.Proxy("127.0.0.1", side.server.port)
    target = side.target(trial.sounds)
    through = type(target)("pbx", Host("127.0.0.1", port=str(between.port)), str(trial.sounds))
    try:
        way = trial.chance.choice(("up", "down"))
        between.cut(**{way: trial.chance.randrange(3000, 60_000 if way == "up" else 12_000)})
        trial.run(through)
    finally:
        between.close()
    settle(trial.sounds)
    trial.check(target)


def settle(sounds):
    """What was begun there goes on without us, as far as it gets: a run that is still at it is no fault."""
    time.sleep(0.3)
    for _ in range(200):
        boxes = [
            path.name.partition(".")[2]
            for path in [*(sounds / ".voicekit").glob("ship.*"), *Path("/var/lib/voicekit").glob("ship.*")]
        ]
        if not any(at_work(number) for number in boxes):
            return
        time.sleep(0.05)


def at_work(number):
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


_RUN = """
import sys
from pathlib import Path
from deploy.far import Customer
from voicekit.hosts.ssh import Host
from voicekit.release import stock
from voicekit.targets import Target
folder, situation, host, take_over = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4] == "first"
customer = Customer(folder / "acme")
target = Target("pbx", Host(host) if host else None, str(folder / "sounds"))
print("ready", flush=True)
if situation == "back":
    customer.roll_back(target)
else:
    customer.apply(stock.load(customer.store, sys.argv[5]), target, take_over=take_over)
"""


@pytest.mark.parametrize("seed", some(100, few=2))
def test_voicekit_is_killed(sides, tmp_path, monkeypatch, seed):
    side = sides(FAR[seed % 4])
    monkeypatch.setenv("PATH", side.path)
    trial, target = Trial(tmp_path, seed // 4), side.target(tmp_path / "sounds")
    trial.prepare(target)
    here = Path(__file__).parents[1]
    began = time.monotonic()
    trial.run(target)
    took = time.monotonic() - began
    trial.reset()
    argv = [sys.executable, "-c", _RUN, tmp_path, trial.situation, side.host.name if side.host else "", trial.situation]
    process = subprocess.Popen(
        [*map(str, argv), trial.new.id],
        env=os.environ | {"PYTHONPATH": f"{here}{os.pathsep}{here.parent}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout.readline() == b"ready\n"
    time.sleep(trial.chance.uniform(0, took))
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    settle(trial.sounds)
    trial.check(target)


@pytest.fixture
def small(tmp_path):
    """`sounds` on a disk of its own that is all but full."""
    folder = tmp_path / "sounds"
    folder.mkdir()
    with disk(folder, "4m") as made:
        yield made


@pytest.mark.parametrize("seed", some(60, few=2))
def test_the_disk_is_full(sides, small, tmp_path, monkeypatch, seed):
    """There looked to be room (ROOM is nothing here), and then there was none: at one moment or another."""
    from voicekit.deploy import tell

    monkeypatch.setattr(tell, "ROOM", -(1 << 30))
    side = sides(FAR[seed % 4])
    monkeypatch.setenv("PATH", side.path)
    trial, target = Trial(tmp_path, seed // 4, ("first", "over", "back")), side.target(small)
    if trial.situation != "first":
        assert last(trial.customer.apply(trial.old, target, take_over=True)) == "applied"
    if trial.situation == "back":
        assert last(trial.customer.apply(trial.new, target)) == "applied"
    trial.before = tree(small)
    free = shutil.disk_usage(small).free
    ballast = small / "ballast"
    ballast.write_bytes(b"\0" * max(free - trial.chance.randrange(0, 120_000), 0))
    outcomes = trial.run(target)
    ballast.unlink()
    now = contents(tree(small))
    new = {f"{name}.ulaw": data for name, data in NEW.items()} | {"en/hello.ulaw": THEIRS["en/hello.ulaw"]}
    old = {f"{name}.ulaw": data for name, data in OLD.items()}
    for name, data in now.items():
        assert data in (new.get(name), old.get(name), THEIRS.get(name)), (name, outcomes[-1])
    assert trial.customer.apply(trial.new, target, take_over=True)[-1].code in ("applied", "kept")
    assert contents(tree(small)) == new
    trial._nothing_lost(None)
