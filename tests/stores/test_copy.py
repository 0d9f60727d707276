"""Moving house: every object arrives, proved; nothing is overwritten; cut short, it goes on."""

from threading import Lock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import stores
from voicekit.stores import Body, copying
from voicekit.stores.copying import Did
from voicekit.stores.faults import ConflictError, DamagedError, StoreError

KEYS = ["blobs/a", "blobs/b", "channels/x.json", "masters/m.flac", "releases/r/manifest.jsonl"]


@pytest.fixture
def folder(tmp_path):
    def make(name):
        (tmp_path / name).mkdir()
        return stores.reach(f"file:{tmp_path / name}")

    return make


def filled(store, keys=KEYS):
    for key in keys:
        store.put(key, Body.of(key.encode() * 50))
    return store


def contents(store):
    return {stat.key: stores.read(store, stat.key, 1 << 20) for stat in store.list()}


def results(source, target, **options):
    return {stat.key: did for stat, did in copying.copy(source, target, **options)}


def test_all_arrives_and_a_second_time_nothing_is_done(folder):
    source, target = filled(folder("a")), folder("b")
    assert results(source, target) == dict.fromkeys(KEYS, Did.COPIED)
    assert contents(source) == contents(target)
    assert results(source, target) == dict.fromkeys(KEYS, Did.THERE)


def test_into_object_storage_and_back(folder, rgw, rgw_bucket):
    source, target, back = filled(folder("a")), stores.reach(rgw.address(rgw_bucket, "p")), folder("c")
    assert set(results(source, target).values()) == {Did.COPIED}
    assert set(results(target, back).values()) == {Did.COPIED}
    assert contents(back) == contents(source)


def test_what_lies_there_with_other_bytes_stays(folder):
    source, target = filled(folder("a")), folder("b")
    target.put("blobs/a", Body.of(b"theirs"))
    target.put("blobs/b", Body.of(b"blobs/x" * 50))  # of the same size
    did = results(source, target)
    assert {key for key, what in did.items() if isinstance(what, ConflictError)} == {"blobs/a", "blobs/b"}
    assert stores.read(target, "blobs/a", 99) == b"theirs"


def test_a_damaged_object_is_not_carried_on(folder, tmp_path):
    source, target = filled(folder("a")), folder("b")
    (tmp_path / "a/blobs/a").write_bytes(b"x" * 350)
    did = results(source, target)
    assert isinstance(did.pop("blobs/a"), DamagedError)
    assert did == {
        "blobs/b": Did.COPIED,
        "masters/m.flac": Did.COPIED,
        "releases/r/manifest.jsonl": Did.HELD,
        "channels/x.json": Did.HELD,
    }
    assert target.stat("blobs/a") is None


def test_what_is_not_ours_is_named_and_left(folder, tmp_path):
    source, target = filled(folder("a")), folder("b")
    (tmp_path / "a/blobs/with space").write_bytes(b"x")
    (tmp_path / "a/blobs/unproved").write_bytes(b"x")
    did = results(source, target)
    assert did["blobs/with space"] is Did.FOREIGN
    assert "not put by voicekit" in str(did["blobs/unproved"])
    assert sorted(contents(target)) == ["blobs/a", "blobs/b", "masters/m.flac"]


class Brittle:
    """A store that refuses everything from the nth put on."""

    def __init__(self, store, puts):
        self._store, self.puts = store, puts
        self.name, self.caps, self.done, self.lock = store.name, store.caps, [], Lock()

    def put(self, key, body, *, if_absent=False):
        with self.lock:  # one by one, to count them
            if self.puts <= len(self.done):
                raise StoreError("the line is down")
            self._store.put(key, body, if_absent=if_absent)
            self.done.append(key)

    def __getattr__(self, name):
        return getattr(self._store, name)


@settings(max_examples=20, deadline=None)
@given(puts=st.integers(0, 5))
def test_cut_short_it_names_nothing_absent_and_goes_on(tmp_path_factory, puts):
    root = tmp_path_factory.mktemp("copy")
    source, target = ((root / name).mkdir() or stores.reach(f"file:{root / name}") for name in "ab")
    filled(source)
    brittle = Brittle(target, puts)
    results(source, brittle)
    ranks = [next((n for n, stage in enumerate(copying.LAST, 1) if key.startswith(stage)), 0) for key in brittle.done]
    assert ranks == sorted(ranks)
    again = results(source, target)
    assert sum(did is Did.COPIED for did in again.values()) == 5 - puts
    assert contents(source) == contents(target)


def test_only_a_part(folder):
    source, target = filled(folder("a")), folder("b")
    assert set(results(source, target, prefix="blobs/")) == {"blobs/a", "blobs/b"}


def test_a_full_temporary_folder_is_told(folder, monkeypatch):
    source, target = filled(folder("a")), folder("b")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copying.Body, "of_file", full)
    assert "set TMPDIR" in str(results(source, target)["blobs/a"])


def test_the_command(site, run):
    (site.root / "a").mkdir()
    (site.root / "b").mkdir()
    filled(stores.reach(f"file:{site.root / 'a'}"))
    command = ("store", "copy", "file:a", "file:b", "-C", site.root, "--json")
    assert run(*command, "--dry-run").counts == {"would-copy": 5}
    assert run(*command, "--prefix", "blobs/").counts == {"copied": 2}
    assert run(*command).counts == {"copied": 3, "there": 2}
    assert run(*command, "--dry-run").counts == {}
    (site.root / "b/blobs/a").unlink()
    stores.reach(f"file:{site.root / 'b'}").put("blobs/a", Body.of(b"other"))
    ran = run(*command)
    assert (ran.code, ran.counts) == (3, {"there": 2, "not-copied": 1, "held": 2})
    ran = run("store", "copy", "file:a", "file:a", "-C", site.root)
    assert (ran.code, "one store" in ran.err) == (4, True)


def test_what_was_cut_short_behind_its_back_is_put_again(folder, tmp_path):
    """The hash beside it is still there: it is the bytes that count."""
    source, target = filled(folder("a")), folder("b")
    results(source, target)
    (tmp_path / "b/blobs/a").write_bytes(b"cut")
    (tmp_path / "b/blobs/b").write_bytes(b"y" * 350)
    assert results(source, target)["blobs/a"] is Did.COPIED
    source.put("blobs/b", Body.of(b"blobs/b" * 50))
    target.put("blobs/b", Body.of(b"blobs/b" * 50), if_absent=True)
    assert contents(source) == contents(target)
