"""Workspaces that archive a spool, and recordings as a PBX leaves them there."""

import hashlib
import os
import random
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from multiprocessing import get_context
from pathlib import Path

from pbx.riff import data, fmt, riff, voice

from voicekit import stores
from voicekit.calls import hearing, keys, ledgers, settings, spool
from voicekit.calls.adoptable import Place
from voicekit.calls.receipts import Receipt
from voicekit.calls.restore import Restorer
from voicekit.jobs import adopt_calls, archive_calls, free_calls, restore_calls, verify_calls

NUMBERS = ("79161234567", "5551234", "alice")  # of callers: in names of files, and nowhere else
HOUR, DAY, WEEK = 3600, 86_400, 7 * 86_400

ODD = [
    b"plain.wav", b"two words.wav", b" blank before", b"blank behind ", b"it's \"quoted\".wav", b"+7*916#1.wav",
    b"-rf", b"--help.wav", b"$(touch x).wav", b"`id`;&|<>.wav", b"back\\slash\\n.wav", b"\xff\xfe\x81\x88.wav",
    "звонок с сайта.wav".encode(), b"tab\there\r.wav", b"*", b"?[a].wav", b"~.wav", b"%s%n.wav",
]  # fmt: skip


def name(number=1, extension="wav", day="2026/11/20"):
    stamp = day.replace("/", "")
    return f"{day}/out-{NUMBERS[0]}-{NUMBERS[1]}-{stamp}-120000-1795419{number:03}.{number}.{extension}"


def sound(seed=1, seconds=0.25):
    """A recording of about 4 kB, not the same for two seeds."""
    return riff(fmt(), data((voice(seconds, seed=seed) + seed % 251).astype("<i2").tobytes()))


def lay(folder: Path, path: str | bytes, content: bytes, age: float = HOUR) -> Path:
    target = folder / os.fsdecode(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    aged(target, age)
    return target


def aged(path: Path, age: float) -> None:
    then = time.time() - age
    os.utime(path, (then, then), follow_symlinks=False)


def tree(folder: Path) -> dict[bytes, bytes]:
    """All files, hidden ones too, with their content; names as bytes."""
    return {
        os.fsencode(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


class Workspace:
    """`host` is a line of [targets.far], for a spool on another machine; `key` a key file of another workspace's."""

    def __init__(self, root: Path, spool: Path, store: str, *, key: Path | None = None, host="", more="", sealed=True):
        self.root, self.spool, self.store = root, spool, store
        root.mkdir(parents=True, exist_ok=True)
        spool.mkdir(parents=True, exist_ok=True)
        if store.startswith("file:"):
            Path(store.removeprefix("file:")).mkdir(parents=True, exist_ok=True)
        self.key = key or root / "calls.key"
        if sealed and not self.key.exists():
            keys.init(self.key)
            keys.confirm(self.key, keys.backup(keys.load(self.key)))
        target, aim = (f'[targets.far]\nhost = "{host}"\n', 'target = "far"\n') if host else ("", "")
        (root / "voicekit.toml").write_text(
            f'version = 1\n[stores]\nnas = "{store}"\n{target}[calls]\nkey = "{self.key}"\n'
            f'encryption = "{"on" if sealed else "off"}"\n{more}\n'
            f'[calls.spools.pbx1]\npath = "{spool}"\n{aim}'
        )
        self.settings = settings.load(root)
        self.ring = keys.load(self.key) if sealed else None

    @property
    def writer(self):
        return ledgers.writer(self.settings.ledger)

    def reach(self):
        return closing(self.settings.reach())

    def archive(self, **options):
        """What became of each; not the line on all of them."""
        return [outcome for outcome in self.all_of_archive(**options) if outcome.code != "summary"]

    def all_of_archive(self, *, store=None, **options):
        spools = self.settings.chosen(())
        if store is not None:
            return list(archive_calls.apply(self.settings, self.ring, store, spools, **options))
        with self.reach() as store:
            return list(archive_calls.apply(self.settings, self.ring, store, spools, **options))

    def adopt(self, prefix="recordings/", *, pbx="", spool="", store=None, dry=False):
        """calls adopt: what became of each; not the line on all of them."""
        place = Place.of(prefix, self.settings.one(pbx, spool), spool)
        job = adopt_calls.plan if dry else adopt_calls.apply
        with self.reach() as reached:
            said = list(job(self.settings, self.ring, store or reached, place))
        return [outcome for outcome in said if outcome.code != "summary"]

    def free(self, mark):
        """calls free: what became of each."""
        with self.reach() as store:
            return list(free_calls.apply(self.settings, self.ring, store, self.settings.chosen(()), mark))

    def verify(self):
        with self.reach() as store:
            return list(verify_calls.apply(self.settings, self.ring, store))

    def restore(self, recordings, folder):
        with self.reach() as store:
            return list(restore_calls.apply(self.settings, self.ring, store, recordings, folder, "a dispute"))

    def entries(self):
        with self.reach() as store:
            return list(hearing.everything(self.settings, store))

    def receipts(self):
        """The contents that have a receipt, as often as they have one."""
        return [entry.body["original"] for entry in self.entries() if entry.kind == "receipt"]

    def restored(self) -> set[bytes]:
        """Every archived content, as it comes back."""
        bodies = [entry.body for entry in self.entries() if entry.kind == "receipt"]
        with self.reach() as store:
            restorer = Restorer(store, self.ring)
            return {b"".join(restorer.blocks(Receipt.of(body))) for body in bodies}

    def check(self, originals: set[bytes]) -> None:
        """Nothing is lost, doubled or damaged: each content is in the spool or comes back, and has one receipt."""
        receipts, back = self.receipts(), self.restored()
        assert originals <= back | set(tree(self.spool).values())
        assert sorted(receipts) == sorted(map(sha, back))
        assert {outcome.code for outcome in self.verify()} <= {"verified"}


def process(workspace: Workspace, job="archive", **options):
    """A run in a process of its own, which is begun."""
    made = _PROCESSES.Process(target=_run, args=(workspace, job, dict(os.environ), options))
    made.start()
    return made


def _run(workspace: Workspace, job: str, environment: dict[str, str], options) -> None:
    os.environ.clear()
    os.environ.update(environment)
    bad = [outcome for outcome in getattr(workspace, job)(**options) if outcome.bad]
    sys.exit(f"{bad}" if bad else 0)


_PROCESSES = get_context("forkserver")  # 30 ms for one, and not 500
_PROCESSES.set_forkserver_preload(["calls.archives", "voicekit.calls.flac", "voicekit.calls.seal"])


def codes(outcomes):
    return sorted(outcome.code for outcome in outcomes)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def store(folder: Path):
    return stores.reach(f"file:{folder}")


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def look(machine, folder):
    with spool.look(machine, str(folder)) as (seen, found):
        return seen, {one.path: one for one in found}


@contextmanager
def holding(path: Path, mode: str):
    """Another process has the file open."""
    program = "import sys, time\nfile = open(sys.argv[1], sys.argv[2])\nprint(flush=True)\ntime.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", program, path, mode], stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline()
        yield
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
