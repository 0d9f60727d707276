"""Servers and folders that answer what none should: an error in one sentence, no traceback, nothing believed."""

import os
from datetime import UTC, datetime

import pytest

from voicekit import stores
from voicekit.errors import StoreError, plain
from voicekit.stores import Body, Stat
from voicekit.stores.careful import Careful
from voicekit.stores.s3 import S3

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WHERE = "s3://bucket/p?endpoint_url=http://127.0.0.1:9"


class Client:
    """boto3's, with answers of our own."""

    def __init__(self, **answers):
        self.answers = answers

    def __getattr__(self, name):
        return lambda **_: self.answers[name]

    def get_paginator(self, _):
        return type("Pages", (), {"paginate": lambda _, **__: [self.answers["list"]]})()


def answering(tmp_path, **answers):
    store = stores.bare(WHERE, tmp_path, frozenset())
    store._connection = (Client(**answers), None)
    assert isinstance(store, S3)
    return store


GOOD = {"ContentLength": 1, "LastModified": NOW, "Metadata": {}, "ETag": '"x"', "Body": None}


@pytest.mark.parametrize("lacking", ["ContentLength", "LastModified", "Metadata", "ETag"])
def test_an_answer_that_lacks_something(tmp_path, lacking):
    odd = {name: value for name, value in GOOD.items() if name != lacking}
    store = answering(tmp_path, head_object=odd, get_object=odd)
    for act in (store.stat, store.open):
        with pytest.raises(StoreError, match="not S3's"):
            act("blobs/x")


def test_a_range_of_unknown_size(tmp_path):
    store = answering(tmp_path, get_object={**GOOD, "ContentRange": "bytes 0-4/*"})
    with pytest.raises(StoreError, match="not S3's"):
        store.open("blobs/x", 0, 5)


@pytest.mark.parametrize("one", [{"Key": "p/a"}, {"Key": "q/a", "Size": 1, "LastModified": NOW}, {"Size": 1}])
def test_a_listing_of_something_else(tmp_path, one):
    with pytest.raises(StoreError, match="not S3's"):
        list(answering(tmp_path, list={"Contents": [one]}).list())


class Listing:
    """A store that lists what it likes."""

    name, caps = "odd", frozenset()

    def __init__(self, *keys):
        self.keys = keys

    def list(self, prefix="", after=""):
        return iter([Stat(key, 1, NOW) for key in self.keys])


@pytest.mark.parametrize("keys", [("channels/x",), ("blobs/b", "blobs/a"), ("blobs/a", "blobs/a")])
def test_keys_that_were_not_asked_for_are_never_acted_on(keys):
    with pytest.raises(StoreError, match="not asked for"):
        list(Careful(Listing(*keys)).list("blobs/"))


def test_a_folder_that_is_a_link_is_not_listed(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other/notes").write_bytes(b"mine")
    (tmp_path / "store").mkdir()
    (tmp_path / "store/blobs").symlink_to(tmp_path / "other")
    assert list(stores.reach(f"file:{tmp_path}/store").list("blobs/")) == []
    (tmp_path / "link").symlink_to(tmp_path / "store")
    stores.reach(f"file:{tmp_path}/link").put("masters/a", Body.of(b""))
    assert [stat.key for stat in stores.reach(f"file:{tmp_path}/link").list("masters/")] == ["masters/a"]


def test_a_time_that_is_none(tmp_path):
    store = stores.reach(f"file:{tmp_path}")
    store.put("blobs/a", Body.of(b""))
    try:
        os.utime(tmp_path / "blobs/a", (1e15, 1e15))
    except OSError:
        pytest.skip("this file system knows no such year")
    assert store.stat("blobs/a").size == 0


def test_words_of_others_do_not_act_on_a_terminal(run, monkeypatch):
    def odd(*_, **__):
        raise StoreError("the server says \x1b]0;OWNED\x07\x9b2J")

    monkeypatch.setattr(stores, "bare", odd)
    assert run("store", "check", "file:x").err == "voicekit: the server says \\x1b]0;OWNED\\x07\\x9b2J\n"
    assert plain("слово\u200b") == "слово\\x200b"
