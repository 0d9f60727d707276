"""A channel moves from where it stands; of two that move it at one moment, one is told."""

import json
from threading import Barrier, Thread

import pytest

from voicekit import stores
from voicekit.errors import InputError, VerificationError
from voicekit.release import channels
from voicekit.stores import Body, Cap, read
from voicekit.stores.faults import ConflictError

ONE, TWO, AT = "1" * 64, "2" * 64, "2026-03-01T00:00:00+00:00"


@pytest.fixture(params=["folder", "rgw"])
def store(request, folder):
    if request.param == "folder":
        return folder()
    server, bucket = request.getfixturevalue("rgw"), request.getfixturevalue("rgw_bucket")
    return stores.reach(server.address(bucket, "p"), caps=frozenset({Cap.REPLACE, Cap.IF_ABSENT}))


def test_it_moves_and_remembers_where_it_was(store):
    assert channels.read(store, "production") is None
    channels.move(store, "production", ONE, "Ann", AT)
    moved = channels.move(store, "production", TWO, "Boris", AT)
    assert moved == channels.read(store, "production") == channels.Channel("production", TWO, ONE, 2, "Boris", AT)
    assert channels.move(store, "production", TWO, "Carl", AT) == moved
    assert list(channels.everyone(store)) == [moved]


def test_of_many_at_one_moment_none_is_lost(store):
    """Each move that was told to have succeeded stands in the chain of serials."""
    count = 8
    start, told = Barrier(count), []

    def publish(number):
        release = f"{number:x}" * 64
        start.wait()
        try:
            told.append((release, channels.move(store, "production", release, str(number), AT).serial))
        except ConflictError as error:
            told.append((release, str(error)))

    for _ in range(3):
        channels.move(store, "production", "f" * 64, "again", AT)
        before = channels.read(store, "production")
        told.clear()
        crew = [Thread(target=publish, args=(number,)) for number in range(1, count + 1)]
        for one in crew:
            one.start()
        for one in crew:
            one.join()
        moved = [serial for _, serial in told if isinstance(serial, int)]
        assert len(told) == count
        assert sorted(moved) == list(range(before.serial + 1, before.serial + 1 + len(moved)))
        assert channels.read(store, "production").serial == before.serial + len(moved)
        assert all("promote again" in text for _, text in told if isinstance(text, str))


@pytest.mark.parametrize("name", ["", "Prod", "../x", "a/b", "x" * 41, "п", "a.b", "1a", "last"])
def test_names_that_are_none(folder, name):
    with pytest.raises(InputError, match="can't name a channel"):
        channels.move(folder(), name, ONE, "Ann", AT)


RIGHT = {"channel": 1, "name": "a", "release": ONE, "previous": "", "serial": 1, "by": "Ann", "at": AT}


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"[" * 10_000, b" " * 70_000, *(json.dumps(RIGHT | change).encode() for change in (
        {"channel": 2}, {"name": "b"}, {"release": "../x"}, {"previous": 7}, {"serial": "1"}, {"by": 1},
        {"by": "x" * 1001}, {"more": 1}, {"by": "a\x1b[31m"}, {"by": "a\udcff"}, {"at": "a\nb"}, {"serial": True},
        {"serial": 0}, {"serial": -1}, {"serial": 10**20}, {"serial": 1.0})),
     json.dumps(RIGHT).encode().replace(b'"serial": 1', b'"serial": ' + b"9" * 4300)],
)  # fmt: skip
def test_what_a_stranger_wrote(folder, data):
    store = folder()
    store.put("channels/a.json", Body.of(data))
    with pytest.raises(VerificationError):
        channels.read(store, "a")
    with pytest.raises(VerificationError):
        channels.move(store, "a", TWO, "Ann", AT)
    assert read(store, "channels/a.json", 1 << 20) == data


@pytest.mark.parametrize("by", ["x" * 1001, "A\udcffB", "a\nb", "a\x1b[31mb", "a\x85b"])
def test_what_could_not_be_read_again_is_not_written(folder, by):
    store = folder()
    with pytest.raises(InputError, match="who moved it") as caught:
        channels.move(store, "a", ONE, by, AT)
    str(caught.value).encode()
    assert not list(store.list())
    channels.move(store, "a", ONE, "Анна 🙂", AT)
    with pytest.raises(InputError):
        channels.move(store, "a", TWO, by, AT)
    assert channels.read(store, "a").by == "Анна 🙂"


def test_a_channel_that_was_moved_too_often_stays(folder):
    store = folder()
    store.put("channels/a.json", Body.of(json.dumps(RIGHT | {"serial": 1 << 53}).encode()))
    with pytest.raises(InputError, match="counted"):
        channels.move(store, "a", TWO, "Ann", AT)
    assert channels.read(store, "a").release == ONE
