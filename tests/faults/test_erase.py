"""Random histories of an archive, with crashes: what is on hold stays, what is erased is nowhere, and all agree on it.

A step that was cut off is done again, or brought to its end by `calls erase` alone; then the archive is as it would be
if nothing had happened.
"""

import random
import time
from contextlib import contextmanager
from functools import partial

import pytest
from calls.archives import HOUR, WEEK, Workspace, lay, process, sha, sound, tree
from calls.erasing import Eraser, erase, find, hold, nowhere, of, reindex, retain, spellings, unhold

from voicekit.calls import hearing, naming, removal, wiping
from voicekit.calls.chain import Kind
from voicekit.calls.ledger import Ledger
from voicekit.calls.pages import Begun, Page
from voicekit.calls.seen import Seen
from voicekit.stores import read

CALLERS = ("79165550001", "79165550002", "79165550003")
CASES = ("first", "second")
MORE = """country = "RU"
[[calls.retain.rules]]
direction = "out"
keep = "forever"
[[calls.retain.rules]]
keep = "1d"
"""


class CrashError(BaseException):
    """The process is dead, here."""


class Fuse:
    """`left` steps until a crash, before or after one; None: never."""

    def __init__(self):
        self.left, self.after = None, False

    def burn(self, act, *args, **options):
        if self.left is None:
            return act(*args, **options)
        self.left -= 1
        if self.left < 0:
            raise CrashError
        if self.left == 0 and not self.after:
            raise CrashError
        result = act(*args, **options)
        if self.left == 0:
            raise CrashError
        return result


class Crashing:
    """A store that changes nothing any more once the fuse has burnt down."""

    def __init__(self, inner, fuse):
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name):
        found = getattr(self._inner, name)
        changing = ("put", "replace", "delete", "purge", "hold")
        return partial(self._fuse.burn, found) if name in changing else found


class Fragile(Workspace):
    """A workspace whose store may crash."""

    fuse: Fuse

    @contextmanager
    def reach(self):
        with super().reach() as store:
            yield Crashing(store, self.fuse)


@pytest.fixture
def fuse(monkeypatch):
    """Every step on this machine burns it too."""
    made = Fuse()
    for owner, name in (
        (Ledger, "append"),
        (Ledger, "seal"),
        (Seen, "forget"),
        (Begun, "leave_out"),
        (wiping, "wipe"),
    ):
        whole = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *args, whole=whole, **options: made.burn(whole, *args, **options))
    removed = removal.removed
    monkeypatch.setattr(removal, "removed", lambda *args: iter(made.burn(lambda: list(removed(*args)))))
    return made


class History:
    """What was done, and what has to be true of it. `calls` are contents by the name of the file."""

    def __init__(self, folder, seed, fuse):
        self.folder, self.chance, self.fuse = folder, random.Random(seed), fuse
        self.one = Fragile(folder / "one", folder / "spool", f"file:{folder}/nas", more=MORE)
        self.one.fuse, self.others = fuse, folder / "nas/recordings"
        self.calls: dict[str, bytes] = {}
        self.held: dict[str, set[str]] = {}
        self.gone: dict[str, Kind] = {}
        self.number = seed * 1000

    # What can be done

    def archive(self):
        self.recorded(self.one.spool)
        return self.one.archive

    def adopt(self):
        """What others have put in the store."""
        self.recorded(self.others)
        return self.one.adopt

    def recorded(self, folder):
        for _ in range(self.chance.randint(1, 3)):
            self.number += 1
            caller, way = self.chance.choice(CALLERS), self.chance.choice(("in", "out"))
            parties = f"74951234567-{caller}" if way == "in" else f"{caller}-201"
            name = f"2026/11/20/{way}-{parties}-20261120-120000-17954{self.number:05}.{self.number}.wav"
            content = sound(self.number)
            lay(folder, name, content, self.chance.choice((HOUR, 2 * WEEK)))
            self.calls[name] = content

    def archive_again(self):
        return self.one.archive

    def hold(self):
        caller, case = self.chance.choice(CALLERS), self.chance.choice(CASES)

        def act():
            hold(self.one, of(caller), case)
            for name in self.there(caller):
                self.held.setdefault(name, set()).add(case)

        return act

    def unhold(self):
        case = self.chance.choice(CASES)

        def act():
            unhold(self.one, case=case)
            for cases in self.held.values():
                cases.discard(case)

        return act

    def retain(self):
        def act():
            retain(self.one)
            self.end([name for name in self.there() if "/in-" in name], Kind.DELETE)

        return act

    def erase(self):
        caller = self.chance.choice(CALLERS)

        def act():
            erase(self.one, of(caller))
            self.end(self.there(caller), Kind.ERASE)

        return act

    def restore(self):
        def act():
            found = [outcome.data["receipt"]["recording"] for outcome in find(self.one)]
            said = self.one.restore(found, self.folder / f"back{self.chance.random()}")
            assert {outcome.code for outcome in said} <= {"restored"}

        return act

    def reindex(self):
        return lambda: reindex(self.one)

    # What is true

    def there(self, caller=""):
        """What is archived, neither deleted nor erased."""
        return [name for name in self.calls if name not in self.gone and caller in name]

    def end(self, names, kind):
        self.gone |= dict.fromkeys((name for name in names if not self.held.get(name)), kind)

    def step(self):
        kinds = (
            self.archive, self.archive, self.archive_again, self.adopt, self.adopt, self.hold, self.hold, self.unhold,
            self.unhold, self.retain, self.erase, self.erase, self.restore, self.reindex,
        )  # fmt: skip
        act = self.chance.choice(kinds)()
        if self.chance.random() < 0.8:
            self.fuse.left = self.chance.randint(1, self.chance.choice((3, 6, 12, 24)))
            self.fuse.after = self.chance.random() < 0.5
            try:
                act()
            except CrashError:
                self.fuse.left = None
                if self.chance.random() < 0.5:
                    self.cut_off()
            self.fuse.left = None
        act()

    def cut_off(self):
        """Nobody does it again; what was begun is brought to its end all the same."""
        erase(self.one)
        reindex(self.one)
        self.agree()

    def agree(self):
        """What ledgers, index, pages and sounds say is one thing; and what is gone is gone."""
        with self.one.reach() as store:
            entries = list(hearing.everything(self.one.settings, store))  # every chain verifies
            told = [e for e in entries if e.kind in (Kind.RECEIPT, Kind.ADOPT)]
            receipts = {e.body["recording"]: e.body["original"] for e in told}
            adopted = {e.body["recording"] for e in told if e.kind is Kind.ADOPT}
            gone = {e.body["recording"] for e in entries if e.kind in (Kind.DELETE, Kind.ERASE)}
            keys = {
                recording
                for stat in store.list(naming.PAGES)
                for recording in Page.parse(read(store, stat.key, 1 << 26), stat.key).entries
            }
            sounds = {stat.key.rpartition("/")[2] for stat in store.list("calls/")}
        live = receipts.keys() - gone
        assert sounds >= live - adopted
        assert not sounds & (gone | adopted)
        objects = set(map(sha, tree(self.others).values()))
        assert objects >= {receipts[one] for one in live & adopted}
        assert not objects & {receipts[one] for one in gone}
        assert keys >= live
        assert not keys & gone
        indexed = find(self.one)
        assert {outcome.data["receipt"]["recording"] for outcome in indexed} == live
        court = Workspace(self.folder / "court", self.folder / "none", self.one.store, key=self.one.key, more=MORE)
        reindex(court)
        assert [outcome.data for outcome in find(court)] == [outcome.data for outcome in indexed]
        said = [outcome.code for outcome in self.one.verify()]
        assert [code for code in said if code != "unadopted"] == ["verified"] * len(live)
        erased = {e.body["recording"] for e in entries if e.kind is Kind.ERASE}
        lost = {self.by_content(receipts[one]) for one in erased}
        needles = [needle for name in lost for needle in (name.encode(), self.calls[name][60:700])]
        assert nowhere(self.one, needles, self.folder / "nas") == set()
        return {self.by_content(receipts[one]) for one in live}

    def by_content(self, original):
        return next(name for name, content in self.calls.items() if sha(content) == original)

    def check(self):
        assert self.agree() == set(self.there())
        held = {name for name, cases in self.held.items() if cases}
        assert held <= set(self.there())
        if CALLERS and not any(CALLERS[0] in name for name in self.there()):
            kept = [n for n, kind in self.gone.items() if CALLERS[0] in n and kind is Kind.DELETE]
            if not kept and any(CALLERS[0] in name for name in self.gone):
                assert nowhere(self.one, spellings(CALLERS[0]), self.folder / "nas") == set()


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=() if seed < 6 else pytest.mark.faults) for seed in range(150)]
)
def test_whatever_happens_all_agree(tmp_path, seed, fuse):
    history = History(tmp_path, seed, fuse)
    history.archive()()
    for _ in range(8):
        history.step()
        history.check()


@pytest.mark.parametrize("job", ["erase", "retain"])
@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=() if seed < 3 else pytest.mark.faults) for seed in range(60)]
)
def test_who_is_killed_while_he_erases_goes_on(tmp_path, seed, job):
    """By the system, at any moment; by then all that a killed process can leave is there."""
    chance = random.Random(seed)
    one = Eraser(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=MORE)
    contents = {}
    for number in range(12):
        caller = CALLERS[number % 3]
        name = f"2026/11/20/in-74951234567-{caller}-20261120-120000-17954{number:05}.{number}.wav"
        contents[name] = sound(number)
        lay(one.spool, name, contents[name], chance.choice((HOUR, 2 * WEEK)))
    one.archive()
    hold(one, of(CALLERS[1]))
    options = {"caller": CALLERS[0]} if job == "erase" else {}
    for _ in range(chance.randint(1, 3)):
        running = process(one, job, **options)
        time.sleep(chance.uniform(0.1, 0.6))
        running.kill()
        running.join()
    for _ in range(20):  # the script of who was killed may still have a file of the spool in hand
        said = erase(one, of(CALLERS[0])) if job == "erase" else retain(one)
        if not any(outcome.code == "not-erased" and outcome.subject == "pbx1" for outcome in said):
            break
        time.sleep(0.2)
    assert not [outcome for outcome in said if outcome.bad]
    find(one)
    gone = (0,) if job == "erase" else (0, 2)
    assert len(find(one)) == 12 - 4 * len(gone)
    assert [outcome.code for outcome in one.verify()] == ["verified"] * (12 - 4 * len(gone))
    assert len(tree(tmp_path / "nas/calls")) == 12 - 4 * len(gone)
    if job == "erase":
        needles = [
            needle for name in contents if CALLERS[0] in name for needle in (name.encode(), contents[name][60:700])
        ]
        assert nowhere(one, [*needles, *spellings(CALLERS[0])], tmp_path / "nas") == set()
