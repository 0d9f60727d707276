"""What is named by a release, the lock or an answer stays; all else of blobs and Masters goes, once it is old."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from voicekit import stores
from voicekit.release import BLOBS, MASTERS, blob_key, garbage, manifest_key, master_key, stock
from voicekit.stores import Body
from voicekit.stores.faults import ConflictError

LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def store(site, run, revoice):
    """A release of the small workspace, pushed; and what nobody names beside it."""
    revoice()
    (site.root / "nas").mkdir()
    for command in (("build",), ("push", "--store", "file:nas")):
        assert run("release", *command, "-C", site.root).code == 0
    reached = stores.reach(f"file:{site.root / 'nas'}")
    for key in (blob_key("0" * 64), master_key("1" * 64), "probe/1/basics", "calls/a", "releases/odd", "other"):
        reached.put(key, Body.of(b"old"))
    return reached


UNNAMED = {blob_key("0" * 64), master_key("1" * 64), "probe/1/basics"}


def names(stats):
    return {stat.key for stat in stats}


def test_only_what_nobody_names(store):
    assert names(garbage.unnamed(store, set(), LATER)) == UNNAMED


def test_not_what_is_young(store):
    assert garbage.unnamed(store, set(), datetime.now(UTC) - timedelta(days=1)) == []


def test_not_what_the_lock_or_an_answer_names(store):
    assert names(garbage.unnamed(store, {"1" * 64}, LATER)) == UNNAMED - {master_key("1" * 64)}


def test_what_no_release_names_any_more(store):
    (release,) = stock.releases(store)
    store.delete(manifest_key(release))
    here = {stat.key for stat in store.list() if stat.key.startswith((BLOBS, MASTERS, garbage.PROBES))}
    assert names(garbage.unnamed(store, set(), LATER)) == here
    assert len(here) > 10


def test_a_release_that_cannot_be_read_stops_it(store, site):
    """What it names is not known."""
    (release,) = stock.releases(store)
    (site.root / "nas" / manifest_key(release)).write_bytes(b"{}")
    with pytest.raises(Exception, match="damaged"):
        garbage.unnamed(store, set(), LATER)


def test_all_of_it_goes_and_the_release_is_whole(store, site, run):
    assert {result for _, result in garbage.remove(store, garbage.unnamed(store, set(), LATER))} == {True}
    assert names(store.list()) & UNNAMED == set()
    assert run("release", "verify", "--store", "file:nas", "-C", site.root).code == 0


class Pushed:
    """A store into which, at the nth look at its releases, a release comes that names what nobody named."""

    def __init__(self, store, release, manifest, look):
        self._store, self._release, self._manifest, self._look = store, release, manifest, look

    def list(self, prefix="", after=""):
        if prefix == "releases/":
            self._look -= 1
            if self._look == 0:
                self._store.put(manifest_key(self._release), Body.of(self._manifest))
        return self._store.list(prefix, after)

    def __getattr__(self, name):
        return getattr(self._store, name)


@pytest.mark.parametrize("look", [1, 2])
def test_a_release_that_comes_meanwhile_keeps_what_it_names_or_is_told(store, look):
    (release,) = stock.releases(store)
    manifest = stores.read(store, manifest_key(release), 1 << 20)
    blobs = set(map(blob_key, stock.load(store, release).blobs))
    store.delete(manifest_key(release))
    doomed = [stat for stat in garbage.unnamed(store, set(), LATER) if stat.key in blobs]
    results = list(garbage.remove(Pushed(store, release, manifest, look), doomed))
    if look == 1:  # before the first batch
        assert {result for _, result in results} == {False}
        assert blobs <= names(store.list())
    else:  # after the last one
        assert {stat.key for stat, result in results if isinstance(result, ConflictError)} == blobs


def test_a_release_that_came_since_the_plan_keeps_what_it_names(store):
    """While somebody was asked whether to delete."""
    (release,) = stock.releases(store)
    manifest = stores.read(store, manifest_key(release), 1 << 20)
    store.delete(manifest_key(release))
    doomed = garbage.unnamed(store, set(), LATER)
    store.put(manifest_key(release), Body.of(manifest))
    assert {stat.key for stat, result in garbage.remove(store, doomed) if result is True} == UNNAMED
    assert not list(store.list(garbage.NOTES))


class Disturbed:
    """A store in which something happens before the first delete of a blob."""

    def __init__(self, store, act):
        self._store, self._act = store, act

    def delete(self, key):
        act, self._act = self._act, lambda: None
        act()
        self._store.delete(key)

    def __getattr__(self, name):
        return getattr(self._store, name)


@pytest.fixture
def killed(store, site, run):
    """Old blobs that nobody names; a run sees no release, one is pushed, all are deleted, the run is killed.

    Gives what the push said, and what it needs.
    """
    (release,) = stock.releases(store)
    blobs = set(map(blob_key, stock.load(store, release).blobs))
    store.delete(manifest_key(release))
    doomed = [stat for stat in garbage.unnamed(store, set(), LATER) if stat.key in blobs]
    said = []

    def push():
        said.append(run("release", "push", "--store", "file:nas", "-C", site.root, "--json"))

    with ThreadPoolExecutor(1) as alone, pytest.MonkeyPatch.context() as patch:
        patch.setattr(garbage.threads, "each", lambda act, tasks: ((task, act(task)) for task in tasks))
        running = garbage.remove(Disturbed(store, lambda: alone.submit(push).result()), doomed)
        for _ in doomed:
            next(running)
        running.close()
    assert not blobs & names(store.list())
    return said[0], blobs


def test_a_push_beside_it_is_told(killed):
    said, _ = killed
    assert said.code != 0
    assert said.outcomes[-1]["code"] == "incomplete"
    assert "store gc" in said.outcomes[-1]["detail"]


def test_a_release_that_is_made_beside_it_is_told(store, site, run):
    """On the workspace's own shelf."""
    (release,) = stock.releases(store)
    blob = blob_key(min(stock.load(store, release).blobs))
    here = stores.reach(f"file:{site.root / 'store'}")
    here.put("gc/x.json", Body.of(f'["{blob}"]'.encode()))
    here.delete(manifest_key(release))
    ran = run("release", "build", "-C", site.root, "--json")
    assert (ran.code, ran.outcomes[-1]["code"]) == (3, "incomplete")
    here.delete("gc/x.json")
    assert run("release", "build", "-C", site.root, "--json").counts == {"kept": 1}


def test_what_a_killed_run_broke_is_told_by_the_next(killed, store, site):
    _, blobs = killed
    for _ in range(2):  # a note is kept until its run can do nothing any more
        told = list(garbage.remove(store, []))
        assert {stat.key for stat, result in told if isinstance(result, ConflictError)} == blobs
        for path in (site.root / "nas/gc").iterdir():
            os.utime(path, (1, 1))
    assert list(garbage.remove(store, [])) == []
    assert not list(store.list(garbage.NOTES))


def test_a_push_after_it_mends_it(killed, store, site, run):
    push = ("release", "push", "--store", "file:nas", "-C", site.root, "--json")
    assert run(*push).outcomes[-1]["code"] == "incomplete"  # it may still be alive
    assert run("release", "verify", "--store", "file:nas", "-C", site.root).code == 0
    for path in (site.root / "nas/gc").iterdir():
        os.utime(path, (1, 1))
    assert run(*push).outcomes[-1]["code"] == "kept"
    assert list(garbage.remove(store, [])) == []


@pytest.mark.parametrize("data", [b"", b"{", b"7", b"{}", b"[1, null]", b"[" * 100_000, b" " * (2 << 20), b'["x"]'])
def test_a_note_that_is_none_stops_nobody(store, site, run, data):
    store.put("gc/x.json", Body.of(data))
    assert run("release", "push", "--store", "file:nas", "-C", site.root).code == 0
    assert list(garbage.remove(store, [])) == []


def test_what_took_too_long_is_begun_no_more(store, monkeypatch):
    monkeypatch.setattr(garbage, "_LEASE", timedelta(seconds=-1))
    told = list(garbage.remove(store, garbage.unnamed(store, set(), LATER)))
    assert all("in time" in str(result) for _, result in told)
    assert names(store.list()) >= UNNAMED


def test_the_command(store, site, run):
    command = ("store", "gc", "file:nas", "-C", site.root, "--json")
    assert run(*command, "--yes").counts == {}
    assert run(*command, "--dry-run", "--min-age", "0").code == 2
    old = datetime.now(UTC).timestamp() - 8 * 86400
    for path in (site.root / "nas").rglob("*"):
        os.utime(path, (old, old))
    assert set(run(*command, "--dry-run").codes) == UNNAMED
    assert run(*command, stdin="n\n").code == 130
    assert run(*command, "--yes").counts == {"deleted": 3}
    assert run(*command, "--yes").counts == {}
