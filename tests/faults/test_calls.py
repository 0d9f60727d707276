"""Archiving under faults: kills, two archivers, a store or a machine that fails, full disks, files that change.

After each trial come runs that nobody disturbs, and then: each recording is in the spool or comes back byte for byte;
each content has one receipt; every chain is whole, and `verify` finds nothing.
"""

import os
import random
import shutil
import time
from dataclasses import replace
from threading import Timer

import pytest
from botocore.config import Config
from calls.archives import HOUR, WEEK, Workspace, lay, name, noise, process, sound, tree
from deploy.far import far
from servers import proxy, sshd
from servers.disk import disk
from servers.faulty import faulty

from voicekit import stores
from voicekit.calls import keys, naming
from voicekit.calls.pages import LIMIT, Page
from voicekit.errors import VoicekitError
from voicekit.stores import Cap, s3
from voicekit.stores.careful import Careful

HASTY = replace(Careful.patience, tries=4, first=0.001, total=5.0)
LATE = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # broken connections, closed late
CAPS = frozenset({Cap.IF_ABSENT, Cap.REPLACE})


def some(total, *, few):
    """Seeds: a few by default, all of them in the long harness."""
    return [pytest.param(seed, marks=() if seed < few else pytest.mark.faults) for seed in range(total)]


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("key") / "calls.key"
    keys.init(path)
    keys.confirm(path, keys.backup(keys.load(path)))
    return path


class Trial:
    """A spool of recordings of many kinds, old and young, two of them the same; and who archives it."""

    def __init__(self, folder, key, seed, store=None, **more):
        self.chance = chance = random.Random(seed)
        spool = folder / "spool"
        for number in range(chance.randint(3, 8)):
            made = chance.choice((sound, lambda n: noise(n, chance.randint(1, 60_000)), lambda n: b"%d" % n * 500))
            path = name(number, chance.choice(("wav", "gsm", "ulaw")), chance.choice(("2026/11/20", "2026/11/21")))
            lay(spool, path, made(seed * 10 + number), chance.choice((HOUR, 2 * WEEK)))
        if chance.random() < 0.3:
            lay(spool, "large.gsm", noise(seed, 2_500_000), 2 * WEEK)
        lay(spool, "again.wav", chance.choice(list(tree(spool).values())), 2 * WEEK)
        self.one = Workspace(folder / "one", spool, store or f"file:{folder}/nas", key=key, **more)
        self.other = Workspace(folder / "other", spool, self.one.store, key=key, **more)
        self.originals = set(tree(spool).values())

    def path(self):
        """One of the files of the spool."""
        return self.one.spool / os.fsdecode(self.chance.choice(sorted(tree(self.one.spool))))

    def check(self, *workspaces):
        """As the head of this file says, after runs that nobody disturbs."""
        workspaces = workspaces or (self.one,)
        for one in (*workspaces, *workspaces):
            bad = [outcome for outcome in one.archive() if outcome.bad]
            assert not bad
        for one in workspaces:
            one.check(self.originals)
            assert not [*one.spool.rglob(".voicekit*")]


def attempt(run):
    """A run that may have to stop as a whole."""
    try:
        return run()
    except (VoicekitError, OSError) as error:
        return error


@pytest.fixture(scope="module")
def usual(tmp_path_factory, key):
    """Seconds that a run takes."""
    trial = Trial(tmp_path_factory.mktemp("usual"), key, 1)
    begun = time.monotonic()
    process(trial.one).join()
    return time.monotonic() - begun


@pytest.mark.parametrize("seed", some(340, few=4))
def test_killed_at_any_moment(tmp_path, key, usual, seed):
    trial = Trial(tmp_path, key, seed)
    for _ in range(trial.chance.randint(1, 3)):
        run = process(trial.one)
        time.sleep(trial.chance.uniform(0, 1.2 * usual))
        run.kill()
        run.join()
    trial.check()


@pytest.mark.parametrize("seed", some(100, few=3))
def test_killed_while_it_adopts(tmp_path, key, seed):
    """What others have put stays as it is; and no page speaks of a recording that has no receipt."""
    one, chance = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", key=key), random.Random(seed)
    others = tmp_path / "nas/recordings"
    for number in range(600):
        lay(others, name(number), noise(number, 2000))
    before = tree(others)
    for _ in range(chance.randint(1, 3)):
        running = process(one, "adopt")
        time.sleep(chance.uniform(0.02, 0.9))
        running.kill()
        running.join()
    assert not [outcome for outcome in one.adopt() if outcome.bad]
    assert tree(others) == before
    receipts = [entry.body["recording"] for entry in one.entries() if entry.kind == "adopt"]
    with one.reach() as store:
        told = [Page.parse(stores.read(store, stat.key, LIMIT), stat.key) for stat in store.list(naming.PAGES)]
    assert sorted(receipts) == sorted(recording for page in told for recording in page.entries)
    assert [outcome.code for outcome in one.verify()] == ["verified"] * 600


@pytest.mark.parametrize("seed", some(200, few=4))
def test_two_at_once(tmp_path, key, usual, seed):
    """On one spool and one store; of half of them one is killed. Who is not killed fails in nothing."""
    trial = Trial(tmp_path, key, seed)
    runs = [process(trial.one), process(trial.other)]
    if killed := seed % 2:
        time.sleep(trial.chance.uniform(0, 1.2 * usual))
        runs[0].kill()
    for run in runs:
        run.join()
    assert [run.exitcode for run in runs][killed:] == [0, 0][killed:]
    trial.check(trial.one, trial.other)


@pytest.mark.parametrize("seed", some(140, few=3))
@LATE
def test_a_bucket_that_fails(tmp_path, key, moto, moto_bucket, monkeypatch, seed):
    """Refuses, breaks off, answers 500 and 503 or half, flips bits on the way there and back."""
    monkeypatch.setattr(Careful, "patience", HASTY)
    address = moto.address(moto_bucket, "p")
    trial = Trial(tmp_path, key, seed, store=address)
    with faulty(moto.endpoint, seed, rate=trial.chance.choice((0.2, 0.35, 0.5))) as between:
        caps = CAPS if seed % 2 else frozenset()
        reached = stores.reach(moto.address(moto_bucket, "p", between.endpoint), caps=caps)
        for read_back in (False, True):
            attempt(lambda read_back=read_back: trial.one.archive(store=reached, read_back=read_back))
        reached.close()
    trial.check()


@pytest.mark.parametrize("seed", some(60, few=2))
@LATE
def test_a_bucket_that_stalls(tmp_path, key, moto, moto_bucket, monkeypatch, usual, seed):
    """Takes what is put, and its answer never comes, on some connections, at some moment."""
    monkeypatch.setattr(Careful, "patience", HASTY)
    monkeypatch.setattr(s3, "Config", lambda **options: Config(**{**options, "read_timeout": 0.3}))
    trial = Trial(tmp_path, key, seed, store=moto.address(moto_bucket, "p"))
    with proxy.before(moto.endpoint) as between:
        reached = stores.reach(moto.address(moto_bucket, "p", between.url), caps=CAPS if seed % 2 else frozenset())
        later = Timer(trial.chance.uniform(0, usual), setattr, (between, "stalls", trial.chance.randint(1, 12)))
        later.start()
        attempt(lambda: trial.one.archive(store=reached, read_back=seed % 3 == 0))
        later.cancel()
        reached.close()
    trial.check()


@pytest.fixture
def small(tmp_path):
    """A disk of its own, of 4 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    with disk(folder, "4m") as made:
        yield made


@pytest.mark.parametrize("seed", some(120, few=3))
def test_a_full_disk(tmp_path, key, small, seed):
    """That of the store, or that of workspace and ledger, or both at once."""
    trial = Trial(tmp_path, key, seed)
    here = seed % 3 != 1
    root, nas = (small / "one" if here else tmp_path / "one"), (tmp_path / "nas" if seed % 3 == 0 else small / "nas")
    one = Workspace(root, trial.one.spool, f"file:{nas}", key=key)
    ballast = small / "ballast"
    ballast.write_bytes(b"\0" * (shutil.disk_usage(small).free - trial.chance.randrange(0, 150_000)))
    for _ in range(2):
        attempt(one.archive)
    ballast.unlink()
    trial.check(one)


@pytest.fixture
def roomy(tmp_path):
    """A disk of its own, with room for a trial."""
    folder = tmp_path / "roomy"
    folder.mkdir()
    with disk(folder, "40m") as made:
        yield made


@pytest.mark.parametrize("seed", some(80, few=3))
def test_killed_while_it_frees_a_disk(tmp_path, key, roomy, usual, seed):
    """The workspace is on that disk, so that a stand-in's ledger is lost with its process; or it is elsewhere."""
    trial = Trial(roomy, key, seed)
    one = trial.one if seed % 2 else Workspace(tmp_path / "one", trial.one.spool, f"file:{tmp_path}/nas", key=key)
    for _ in range(trial.chance.randint(1, 3)):
        run = process(one, "free", mark=1)
        time.sleep(trial.chance.uniform(0, 1.2 * usual))
        run.kill()
        run.join()
    trial.check(one)


@pytest.mark.parametrize("seed", some(240, few=4))
def test_files_that_change_at_the_worst_moment(tmp_path, key, seed):
    """Before or after any put, somebody appends to one, rewrites it, puts another in its place, or removes it."""
    trial = Trial(tmp_path, key, seed)
    at, after = trial.chance.randrange(1, 26), trial.chance.random() < 0.5
    written = b"written %d" % seed

    def meddle():
        """What its owner overwrites or removes before it was archived is not ours to keep; what he writes is."""
        path = trial.path()
        trial.originals.discard(path.read_bytes())
        deed = trial.chance.choice(("ab", "wb", "r+b", "replace", "remove"))
        if deed == "remove":
            path.unlink()
            return
        if deed == "replace":
            lay(path.parent, ".new", written, 0).replace(path)
        else:
            with path.open(deed) as file:
                file.write(written)
        trial.originals.add(path.read_bytes())

    class Meddled:
        def __init__(self, inner):
            self._inner, self.puts = inner, 0

        def __getattr__(self, what):
            return getattr(self._inner, what)

        def put(self, key, body, **more):
            self.puts += 1
            mine = self.puts == at
            if mine and not after:
                meddle()
            self._inner.put(key, body, **more)
            if mine and after:
                meddle()

    with trial.one.reach() as reached:
        trial.one.archive(store=Meddled(reached))
    trial.check()


@pytest.fixture(scope="module")
def side(tmp_path_factory):
    if sshd.PROGRAM is None:
        pytest.skip(sshd.MISSING)
    with far(tmp_path_factory.mktemp("far"), "ssh", "dash") as made:
        yield made


@LATE
@pytest.mark.parametrize("seed", some(80, few=2))
def test_the_connection_is_cut(tmp_path, key, side, monkeypatch, seed):
    monkeypatch.setenv("PATH", side.path)
    between = proxy.Proxy("127.0.0.1", side.server.port)
    try:
        trial = Trial(tmp_path, key, seed, host=f"ssh://127.0.0.1:{between.port}")
        way = trial.chance.choice(("up", "down"))
        size = 20_000 if way == "up" else 8_000 + sum(map(len, trial.originals))
        between.cut(**{way: trial.chance.randrange(2000, size)})
        attempt(trial.one.archive)
        between.heal()
        time.sleep(0.2)  # what was begun there goes on as far as it gets
        trial.check()
    finally:
        between.close()
