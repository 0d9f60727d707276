"""Servers and folders that answer what none should: an error in one sentence, no traceback, nothing believed."""

import os
from datetime import UTC, datetime

import pytest

from voicekit import stores
from voicekit.errors import StoreError, plain
from voicekit.stores import Body, Stat
from voicekit.stores.careful import Careful
from voicekit.stores.faults import AbsentError, DeniedError
from voicekit.stores.s3 import S3
from voicekit.stores.s3_wire import Answer

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


class Requests:
    """Each answered with these headers."""

    def __init__(self, headers):
        self.headers = headers

    def get(self, *_):
        return None

    def send(self, _):
        return Answer(200, self.headers, iter(()))


def answering(tmp_path, **answers):
    store = stores.bare(WHERE, tmp_path, frozenset())
    store._connection = (Client(**answers), Requests(answers.get("get")))
    assert isinstance(store, S3)
    return store


GOOD = {"ContentLength": 1, "LastModified": NOW, "Metadata": {}, "ETag": '"x"', "Body": None}


HEADERS = {"content-length": "1", "last-modified": "Sun, 01 Mar 2026 00:00:00 GMT", "etag": '"x"'}


@pytest.mark.parametrize("lacking", ["ContentLength", "LastModified", "Metadata", "ETag"])
def test_an_answer_that_lacks_something(tmp_path, lacking):
    odd = {name: value for name, value in GOOD.items() if name != lacking}
    with pytest.raises(StoreError, match="not S3's"):
        answering(tmp_path, head_object=odd).stat("blobs/x")


@pytest.mark.parametrize("odd", [{name: None} for name in HEADERS] + [{"last-modified": "of late"}])
def test_a_reading_that_lacks_something(tmp_path, odd):
    headers = {name: value for name, value in (HEADERS | odd).items() if value}
    with pytest.raises(StoreError, match="not S3's"):
        answering(tmp_path, get=headers).open("blobs/x")
    assert answering(tmp_path, get=HEADERS).open("blobs/x").stat == Stat("blobs/x", 1, NOW, "", "x")


def test_a_range_of_unknown_size(tmp_path):
    store = answering(tmp_path, get={**HEADERS, "content-range": "bytes 0-4/*"})
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


def test_a_link_that_leads_out_of_the_folder_is_no_object(tmp_path):
    """Who may write to the folder could have us read, adopt and hand out what only we may read."""
    (tmp_path / "secret").write_bytes(b"only ours")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/b").write_bytes(b"only ours")
    (tmp_path / "store/old").mkdir(parents=True)
    (tmp_path / "store/old/a").write_bytes(b"theirs")
    (tmp_path / "store/old/link").symlink_to(tmp_path / "secret")
    (tmp_path / "store/old/within").symlink_to("a")
    (tmp_path / "store/old/folder").symlink_to(tmp_path / "outside")
    store = stores.reach(f"file:{tmp_path}/store")
    assert [stat.key for stat in store.list("old/")] == ["old/a", "old/within"]
    assert store.stat("old/within").size == 6
    for key in ("old/link", "old/folder/b"):
        assert store.stat(key) is None
        with pytest.raises(AbsentError):
            store.open(key)
    with pytest.raises(DeniedError, match="a link leads out of the folder"):
        store.put("old/folder/c", Body.of(b"ours"))
    assert sorted(path.name for path in (tmp_path / "outside").iterdir()) == ["b"]


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
