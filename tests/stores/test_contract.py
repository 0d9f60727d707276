"""What every kind of store promises (docs/stores.md). A new kind is one more row in conftest.py."""

import hashlib
import io
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from servers import proxy

from voicekit import fs, stores
from voicekit.errors import InputError, StoreError
from voicekit.stores import Body, Cap, Stat, Store, probe
from voicekit.stores.faults import AbsentError, ConflictError, DamagedError, NoBucketError, UnreachableError

LIMIT = 6_000_000


def pattern(size: int, seed: int = 1) -> bytes:
    """Bytes of which no two blocks are the same."""
    return hashlib.shake_128(seed.to_bytes(4, "big")).digest(size)


def listed(store: Store, *args: str) -> list[str]:
    return [stat.key for stat in store.list(*args)]


def read(store: Store, key: str) -> bytes:
    return stores.read(store, key, LIMIT)


# Bytes


def test_what_is_put_is_read(store, kind):
    for size in (0, 1, 2, 32767, 32768, 32769, fs.CHUNK - 1, fs.CHUNK, fs.CHUNK + 1, 5_000_000):
        key, data = f"sizes/{size}", pattern(size)
        store.put(key, Body.of(data))
        assert read(store, key) == data, size
        assert kind.behind.read(key) == data, size
        stat = store.stat(key)
        assert (stat.key, stat.size, stat.sha256) == (key, size, hashlib.sha256(data).hexdigest())
        assert stat.tag


def test_from_a_file(store, tmp_path):
    (tmp_path / "a").write_bytes(pattern(3_000_000))
    store.put("a", Body.of_file(tmp_path / "a"))
    assert read(store, "a") == pattern(3_000_000)


BORDERS = [0, 1, 32768, fs.CHUNK - 1, fs.CHUNK, fs.CHUNK + 1, 2 * fs.CHUNK + 4, 2 * fs.CHUNK + 5]


def test_every_range(store):
    data = pattern(2 * fs.CHUNK + 5)
    store.put("a", Body.of(data))
    ends = [*BORDERS, len(data) + 7, None]
    for start in [*BORDERS, len(data) + 3]:
        for end in ends:
            with store.open("a", start, end) as reading:
                assert b"".join(reading) == data[start:end], (start, end)
                assert reading.stat.size == len(data)


def test_ranges_of_nothing(store):
    store.put("empty", Body.of(b""))
    for start, end in [(0, None), (0, 0), (0, 5), (3, None), (3, 5)]:
        with store.open("empty", start, end) as reading:
            assert b"".join(reading) == b""


def test_a_reading_can_be_left(store):
    store.put("a", Body.of(pattern(5_000_000)))
    for _ in range(12):
        with store.open("a") as reading:
            assert next(iter(reading))
    assert read(store, "a") == pattern(5_000_000)


def test_readings_go_on_side_by_side(store):
    for number in range(3):
        store.put(f"{number}", Body.of(pattern(2_500_000, number)))
    readings = [store.open(f"{number}") for number in range(3)]
    parts = [b"", b"", b""]
    while got := [next(reading.blocks, b"") for reading in readings]:
        if not any(got):
            break
        parts = [before + more for before, more in zip(parts, got, strict=True)]
    assert parts == [pattern(2_500_000, number) for number in range(3)]


def test_the_time_is_that_of_the_put_in_utc(store):
    store.put("a", Body.of(b"x"))
    for stat in (store.stat("a"), *store.list()):
        assert stat.modified.tzinfo is UTC
        assert abs(datetime.now(UTC) - stat.modified) < timedelta(minutes=5)


# Names


def test_what_is_not_there(store):
    assert store.stat("nothing/here") is None
    with pytest.raises(AbsentError, match="nothing/here"):
        store.open("nothing/here")
    store.delete("nothing/here")
    assert listed(store) == []


def test_a_folder_is_no_object(store):
    store.put("a/b/c", Body.of(b"x"))
    assert store.stat("a") is None
    assert store.stat("a/b") is None
    with pytest.raises(AbsentError):
        store.open("a/b")


def test_deleted_is_gone_and_can_be_put_again(store, kind):
    store.put("a/b", Body.of(b"one"))
    store.delete("a/b")
    assert store.stat("a/b") is None
    assert listed(store) == []
    assert kind.behind.read("a/b") is None
    store.put("a/b", Body.of(b"two"), if_absent=True)
    assert read(store, "a/b") == b"two"


BAD = [
    "",
    "/a",
    "a/",
    "a//b",
    "..",
    "../a",
    "a/../b",
    ".hidden",
    "a/.hidden",
    "a\0b",
    "a\nb",
]
UNWRITTEN = ["a b", "ключ", "-a", "a..b", "a" * 513]  # what others put may have these


def test_a_bad_key_is_refused_everywhere(store):
    puts = (lambda key: store.put(key, Body.of(b"")), lambda key: store.replace(key, Body.of(b""), ""))
    asks = (store.open, store.stat, store.delete, store.purge, lambda key: store.hold(key, on=True))
    for key in [*BAD, ".voicekit/lock", *UNWRITTEN]:
        for number, ask in enumerate(puts if key in UNWRITTEN else (*puts, *asks)):
            with pytest.raises(InputError, match="key"):
                pytest.fail(f"{ask(key)}: {key!r} is taken by the ask {number}")
        assert listed(store) == [], key


def test_a_good_key_is_taken_everywhere(store):
    for key in ("a", "A", "9", "a-b_c.d", "a.b/c-d/e_f.json", "x" * 200, "/".join(["abcdefg"] * 64)):
        store.put(key, Body.of(b"x"))
        assert listed(store) == [key]
        assert read(store, key) == b"x"
        store.delete(key)
        assert listed(store) == []


# Listings

NAMES = ["a", "a-b/c", "a.b/c", "a0", "b/a", "b/a.x", "b/b/c", "ba", "blobs/00", "blobs/01", "Z"]


def test_a_listing_is_sorted_whole_and_plain(store):
    for number, key in enumerate(NAMES):
        store.put(key, Body.of(b"x" * number))
    assert listed(store) == sorted(NAMES)
    assert {stat.key: stat.size for stat in store.list()} == {key: number for number, key in enumerate(NAMES)}
    assert {(stat.sha256, stat.tag) for stat in store.list()} == {("", "")}


def test_prefix_and_after(store):
    for key in NAMES:
        store.put(key, Body.of(b""))
    afters = {
        "": ["", "Z", "a", "a.", "a-b/c", "b/", "b/a", "blobs/0", "blobs/01", "zzz"],
        "a": ["", "a", "a-b", "b"],
        "b/": ["", "a", "b/a", "b/a.x", "b/b", "b/b/c", "c"],
        "b/a": ["", "b/a"],
        "blobs/0": ["blobs/00"],
    }
    nothing = ["b/b/c/", "nothing", "nothing/x", "..", "../", "/", "b//", ".", ".voicekit/"]
    for prefix, every in [*afters.items(), *((prefix, [""]) for prefix in nothing)]:
        for after in every:
            expected = sorted(key for key in NAMES if key.startswith(prefix) and key > after)
            assert listed(store, prefix, after) == expected, (prefix, after)


def test_pages(store, kind):
    many = 1003 if kind.name == "rgw" else 40
    keys = [f"many/{number:05}" for number in range(many)]
    with ThreadPoolExecutor(8) as crew:
        list(crew.map(lambda key: store.put(key, Body.of(key.encode())), keys))
    assert listed(store) == keys
    assert listed(store, "many/", keys[many // 2]) == keys[many // 2 + 1 :]


FOREIGN = ["with space", "ключ/имя", "a+b&c=d", "%41%2F", "quo\"te'", "back\\slash", "a..b"]


def test_what_others_put_is_listed_and_never_believed(store, kind):
    for key in FOREIGN:
        kind.behind.write(key, b"foreign")
    kind.behind.write("plain", b"foreign")
    store.put("mine", Body.of(b"x"))
    assert listed(store) == sorted([*FOREIGN, "plain", "mine"])
    stat = store.stat("plain")
    assert (stat.size, stat.sha256) == (7, "")
    with pytest.raises(DamagedError, match="not put by voicekit"):
        read(store, "plain")
    with pytest.raises(ConflictError):
        store.put("plain", Body.of(b"foreign"), if_absent=True)
    for key in FOREIGN:
        with pytest.raises(InputError):
            store.put(key, Body.of(b"x"))


def test_what_others_put_is_read_by_its_length_and_removed(store, kind):
    """Also under names that voicekit gives to nothing. No key is taken for the beginning of another."""
    for key in [*FOREIGN, "rec/a", "rec/a.b"]:
        kind.behind.write(key, b"foreign")
    for key in [*FOREIGN, "rec/a"]:
        assert (store.stat(key).size, store.stat(key).sha256) == (7, "")
        with store.open(key, 0, 7) as reading:
            assert b"".join(reading) == b"foreign"
        assert not store.hold(key, on=True)
        store.purge(key)
        assert store.stat(key) is None
    assert listed(store) == ["rec/a.b"]


def test_a_name_that_is_no_text_is_listed(store, kind):
    if kind.name not in ("folder", "sftp"):
        pytest.skip("S3 has texts only")
    (kind.behind.root / os.fsdecode(b"latin\xe9")).write_bytes(b"x")
    assert listed(store) == [os.fsdecode(b"latin\xe9")]


# Proof


def test_a_body_that_changed_since_it_was_hashed_is_refused(store, kind):
    good = Body.of(b"said")
    with pytest.raises(DamagedError, match="changed while it was put"):
        store.put("a", replace(good, open=lambda: io.BytesIO(b"done")))
    assert kind.behind.read("a") is None
    assert listed(store) == []
    assert store.stat("a") is None


def test_a_body_that_is_shorter_than_it_was_is_refused(store, kind):
    good = Body.of(pattern(100_000))
    for size in (0, 60_000, 100_001):
        with pytest.raises(DamagedError, match="changed while it was put"):
            store.put("a", replace(good, open=lambda size=size: io.BytesIO(pattern(size))))
    assert kind.behind.read("a") is None
    assert listed(store) == []


def test_a_refused_put_leaves_what_was_there(store):
    store.put("a", Body.of(b"before"))
    with pytest.raises(DamagedError):
        store.put("a", replace(Body.of(b"said"), open=lambda: io.BytesIO(b"done")))
    assert read(store, "a") == b"before"


@pytest.mark.parametrize("at", [0, 70_000, 2_999_999])
def test_a_flipped_bit_is_found(store, kind, at):
    store.put("a", Body.of(pattern(3_000_000)))
    kind.behind.flip("a", at)
    with pytest.raises(DamagedError, match="SHA-256"):
        read(store, "a")
    store.put("a", Body.of(pattern(3_000_000)))
    assert read(store, "a") == pattern(3_000_000)


def test_an_object_that_was_cut_is_found(store, kind):
    store.put("a", Body.of(pattern(3_000_000)))
    if kind.name in ("folder", "sftp"):
        kind.behind.write("a", pattern(3_000_000)[:-1])
    else:
        where = {"Bucket": kind.behind.bucket, "Key": "deep/er/a"}
        told = kind.behind.client.head_object(**where)["Metadata"]
        kind.behind.client.put_object(**where, Body=pattern(3_000_000)[:-1], Metadata=told)
    with pytest.raises(DamagedError):
        read(store, "a")


# Conditions


def test_if_absent(store):
    store.put("a", Body.of(b"one"), if_absent=True)
    store.put("a", Body.of(b"one"), if_absent=True)
    with pytest.raises(ConflictError):
        store.put("a", Body.of(b"two"), if_absent=True)
    assert read(store, "a") == b"one"
    store.put("a", Body.of(b"two"))
    assert read(store, "a") == b"two"


def test_replace(store):
    store.replace("a", Body.of(b"one"), "")
    with pytest.raises(ConflictError):
        store.replace("a", Body.of(b"two"), "")
    tag = store.stat("a").tag
    store.replace("a", Body.of(b"two"), tag)
    store.replace("a", Body.of(b"two"), tag)  # asked again: it meets its own
    with pytest.raises(ConflictError):
        store.replace("a", Body.of(b"three"), tag)
    assert read(store, "a") == b"two"
    assert store.stat("a").tag != tag


def test_replace_what_is_gone(store):
    store.put("a", Body.of(b"one"))
    tag = store.stat("a").tag
    store.delete("a")
    with pytest.raises(ConflictError):
        store.replace("a", Body.of(b"two"), tag)
    assert store.stat("a") is None


@pytest.mark.parametrize("turns", [1, pytest.param(10, marks=pytest.mark.faults)])
@pytest.mark.parametrize("how", ["if_absent", "replace", "replace-absent"])
def test_of_many_at_one_time_one_succeeds(store, kind, how, turns):
    assert {Cap.IF_ABSENT, Cap.REPLACE} <= kind.caps
    for turn in range(turns):
        key, tag = f"race/{turn}", ""
        if how == "replace":
            store.put(key, Body.of(b"before"))
            tag = store.stat(key).tag

        def write(number, key=key, tag=tag) -> bytes | None:
            data = f"racer {number}".encode() * 1000
            try:
                if how == "if_absent":
                    store.put(key, Body.of(data), if_absent=True)
                else:
                    store.replace(key, Body.of(data), tag)
            except ConflictError:
                return None
            return data

        with ThreadPoolExecutor(8) as racers:
            winners = [data for data in racers.map(write, range(8)) if data]
        assert len(winners) == 1
        assert read(store, key) == winners[0]


def test_of_many_that_overwrite_the_last_is_whole(store):
    """A race that nobody loses; whatever is there in the end has its own hash."""
    with ThreadPoolExecutor(8) as racers:
        list(racers.map(lambda number: store.put("a", Body.of(pattern(200_000, number % 4))), range(24)))
    assert read(store, "a") in [pattern(200_000, number) for number in range(4)]


def test_who_reads_while_others_overwrite_reads_one_or_the_other(store):
    bodies = [pattern(300_000, number) for number in range(2)]
    store.put("a", Body.of(bodies[0]))
    with ThreadPoolExecutor(2) as crew:
        writing = [crew.submit(store.put, "a", Body.of(bodies[turn % 2])) for turn in range(20)]
        while not all(task.done() for task in writing):
            assert read(store, "a") in bodies
        [task.result() for task in writing]


# Ends


_WRITER = """
import io, sys, time
from voicekit import stores
from voicekit.stores import Body, Cap

class Slow(io.BytesIO):
    passes = 0
    def seek(self, *where):
        Slow.passes += self.tell() > 0
        return super().seek(*where)
    def read(self, size=-1):
        if self.tell() >= 2_000_000 and Slow.passes >= int(sys.argv[2]):
            print("half", flush=True)
            time.sleep(60)
        return super().read(min(size, 65536) if size else size)

data = bytes(4_000_000)
body = Body.of(data)
store = stores.reach(sys.argv[1], caps=frozenset({Cap.DIGEST, Cap.IF_ABSENT, Cap.REPLACE}))
store.put("killed", Body(body.size, body.sha256, body._md5, lambda: Slow(data)), if_absent=True)
"""


def test_a_writer_that_is_killed_leaves_nothing_under_the_key(store, kind):
    passes = "0" if kind.name in ("folder", "sftp") else "1"  # an S3 client reads all of it once, to sign it
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, kind.address, passes], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"half\n"
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    assert store.stat("killed") is None
    assert listed(store) == []
    store.put("killed", Body.of(b"again"), if_absent=True)
    assert read(store, "killed") == b"again"


def test_a_put_that_broke_off_for_good_leaves_nothing(between, kind):
    store, cutter = between
    store.put("first", Body.of(b"x"))
    cutter.cut(times=1000, up=300_000)
    with pytest.raises(StoreError, match=r"8 times"):
        store.put("a", Body.of(pattern(2_000_000)))
    cutter.heal()
    assert kind.behind.read("a") is None
    assert listed(store) == ["first"]
    store.put("a", Body.of(pattern(2_000_000)))
    assert read(store, "a") == pattern(2_000_000)


def test_a_put_that_breaks_off_is_put_again(between):
    store, cutter = between
    cutter.cut(times=3, up=500_000)
    store.put("a", Body.of(pattern(2_000_000)), if_absent=True)
    assert cutter.cuts == 3
    assert read(store, "a") == pattern(2_000_000)


def test_a_put_whose_answer_is_lost_meets_its_own(kind, hasty):
    """The server stored it; asked again it says that there is one already."""
    if kind.name != "rgw":
        pytest.skip("an answer that begins says that it is stored, of HTTP. Of SFTP see test_killed.py")
    data = pattern(50_000)
    with proxy.before(kind.server) as between:
        store = stores.bare(kind.proxied.format(port=between.port), Path(), kind.caps)
        for key, put in {
            "a": lambda: store.put("a", Body.of(data), if_absent=True),
            "b": lambda: store.replace("b", Body.of(data), ""),
        }.items():
            between.cut(down=1)
            with pytest.raises(UnreachableError):
                put()
            between.heal()
            assert kind.behind.read(key) == data
            put()
        store.close()


def test_a_reading_that_breaks_off_goes_on(between):
    store, cutter = between
    store.put("a", Body.of(pattern(5_000_000)))
    cutter.cut(times=4, down=1_200_000)
    assert read(store, "a") == pattern(5_000_000)
    assert cutter.cuts >= 3
    cutter.cut(times=2, down=700_000)
    with store.open("a", 1_000_000, 4_000_000) as reading:
        assert b"".join(reading) == pattern(5_000_000)[1_000_000:4_000_000]


def test_a_reading_that_breaks_off_finds_another_object(store, between):
    through, cutter = between
    store.put("a", Body.of(pattern(5_000_000)))
    cutter.cut(down=2_000_000)
    with through.open("a") as reading:
        next(iter(reading))
        store.put("a", Body.of(pattern(5_000_000, 2)))
        with pytest.raises(ConflictError, match="replaced"):
            b"".join(reading)


def test_a_listing_that_breaks_off_goes_on(between):
    store, cutter = between
    keys = [f"many/{number:03}" for number in range(30)]
    for key in keys:
        store.put(key, Body.of(b""))
    cutter.cut(times=2, down=300)
    assert listed(store) == keys
    assert cutter.cuts == 2


def test_after_failures_all_is_as_before(between):
    store, cutter = between
    store.put("a", Body.of(b"x"))
    cutter.cut(times=1000, down=0)
    for ask in (lambda: listed(store), lambda: store.stat("a"), lambda: read(store, "a"), lambda: store.delete("a")):
        with pytest.raises(StoreError, match="8 times"):
            ask()
    cutter.heal()
    assert listed(store) == ["a"] or listed(store) == []  # the delete may have come through
    store.put("a", Body.of(b"y"))
    assert read(store, "a") == b"y"


# Errors


def test_a_place_that_is_not_there(kind):
    elsewhere = {
        "folder": f"{kind.address}/none",
        "sftp": f"{kind.address}/none",
    }.get(kind.name, kind.address.replace("s3://voicekit-", "s3://voicekit-none-", 1)[:20000])
    store = stores.reach(elsewhere, caps=kind.caps)
    for ask in (lambda: store.put("a", Body.of(b"")), lambda: listed(store), lambda: store.delete("a")):
        with pytest.raises(NoBucketError, match=r"folder|bucket"):
            ask()
    store.close()


def test_a_server_that_is_away(kind):
    if not kind.proxied:
        pytest.skip("a folder has no server")
    store = stores.reach(kind.proxied.format(port=1), caps=kind.caps)
    with pytest.raises(StoreError, match="8 times") as caught:
        store.put("a", Body.of(b""))
    assert not isinstance(caught.value, UnreachableError)
    store.close()


def test_what_it_is_said_to_enforce_it_enforces(kind, bare):
    answers = dict(probe.probe(bare))
    enforced = {answer.cap for answer in answers.values() if answer.seen is probe.Seen.ENFORCED and answer.cap}
    assert enforced & {Cap.IF_ABSENT, Cap.REPLACE} == kind.caps & {Cap.IF_ABSENT, Cap.REPLACE}
    assert list(bare.list()) == []


def test_it_is_a_store(store, bare):
    assert isinstance(store, Store)
    assert isinstance(bare, Store)
    assert store.name == bare.name
    assert "?" not in store.name


def test_it_can_be_closed_unused_and_twice(kind):
    store = stores.reach(kind.address)
    store.close()
    store.close()


def test_an_answer_is_a_stat(store):
    store.put("a", Body.of(b"x"))
    assert isinstance(store.stat("a"), Stat)
