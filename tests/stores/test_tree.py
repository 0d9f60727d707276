"""What lies between the steps of a tree of files: others that come in between, each time at the worst moment."""

import pytest

from voicekit import stores
from voicekit.stores import Body
from voicekit.stores.faults import ConflictError
from voicekit.stores.folder import Local


@pytest.fixture
def store(tmp_path, reach):
    return reach(f"file:{tmp_path}")


@pytest.mark.parametrize("sooner", [True, False])
def test_an_object_that_is_replaced_while_it_is_opened(store, monkeypatch, sooner):
    """Before its file is opened, or after; its hash was read already, or is yet to be."""
    store.put("a", Body.of(b"one"))
    opened, met = Local.open, []

    def meddling(self, path):
        file = None if sooner else opened(self, path)
        if path == "a" and not met:
            met.append(path)
            store.put("a", Body.of(b"two"))
        return opened(self, path) if sooner else file

    monkeypatch.setattr(Local, "open", meddling)
    assert stores.read(store, "a", 9) == b"two"
    assert met


def test_an_object_that_comes_while_one_is_put_if_absent(store, monkeypatch):
    """Before the lock is had: who had it first has won."""
    alone, met = Local.alone, []

    def meddling(self, key):
        if not met:
            met.append(key)
            store.put("a", Body.of(b"sooner"))
        return alone(self, key)

    monkeypatch.setattr(Local, "alone", meddling)
    with pytest.raises(ConflictError):
        store.put("a", Body.of(b"later"), if_absent=True)
    assert stores.read(store, "a", 9) == b"sooner"


def test_a_file_that_goes_while_all_are_listed(store, tmp_path, monkeypatch):
    from voicekit import fs

    for key in "abc":
        store.put(key, Body.of(b""))
    walk = fs.walk

    def meddling(folder):
        for path in walk(folder):
            if path.name == "b":
                path.unlink()
            yield path

    monkeypatch.setattr(fs, "walk", meddling)
    assert [stat.key for stat in store.list()] == ["a", "c"]


def test_hashes_that_are_no_hashes_prove_nothing(store, tmp_path):
    store.put("a", Body.of(b"one"))
    (tmp_path / ".voicekit/sha256/a").write_bytes(b"\xff\x00 garbage \n" * 100)
    assert store.stat("a").sha256 == ""
    store.put("a", Body.of(b"one"))
    assert stores.read(store, "a", 9) == b"one"
