"""The cache of what is archived: for its owner only, and never worth more than the files that it is of."""

import os
import shutil
import stat

import pytest

from voicekit.calls import seen
from voicekit.calls.seen import Known
from voicekit.calls.spool import Found
from voicekit.errors import StoreError

ODD = os.fsdecode(b"2026/\xff\n'.wav")


def found(path=ODD, size=5, modified=100):
    return Found(path, size, modified, "1:2", 1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".voicekit/calls.sqlite"


def test_it_knows_a_file_as_long_as_it_does_not_change(path):
    with seen.opened(path) as cache:
        cache.add("pbx1", [Known(ODD, 5, 100, "ab"), Known("young", 5, 300, "cd")])
    with seen.opened(path) as cache:
        assert cache.known("pbx1", found()) == "ab"
        for other in (found(size=6), found(modified=101), found("x")):
            assert cache.known("pbx1", other) == ""
        assert cache.known("pbx2", found()) == ""
        assert list(cache.before("pbx1", 300, 0)) == [Known(ODD, 5, 100, "ab")]
        cache.forget("pbx1", [ODD])
        assert cache.known("pbx1", found()) == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def fill(path):
    with seen.opened(path) as cache:
        cache.add("pbx1", (Known(f"{n}.wav", 5, 100, f"{n:064}") for n in range(2000)))


@pytest.mark.parametrize("at", [0, 100, 4096, 20_000, -1])
def test_a_damaged_one_is_begun_anew(path, at):
    """Wherever it is damaged: in its head, in a page, or cut short; and a log beside it is not played into the new."""
    fill(path)
    data = bytearray(path.read_bytes())
    data = data[: len(data) // 2] if at < 0 else data[:at] + b"\xff" * 3000 + data[at + 3000 :]
    path.write_bytes(data)
    path.with_name("calls.sqlite-wal").write_bytes(b"\x37\x7f\x06\x82" * 100)
    with seen.opened(path) as cache:
        assert cache.known("pbx1", found("1.wav")) in ("", f"{1:064}")
        cache.add("pbx1", [Known("new", 1, 1, "ef")])
        assert sum(1 for _ in cache.before("pbx1", 1000, 0)) in (1, 2001)
    with seen.opened(path) as cache:
        assert cache.known("pbx1", found("new", 1, 1)) == "ef"


def test_a_log_of_a_damaged_one_is_not_played_into_the_new(path, tmp_path):
    fill(path)
    with seen.opened(path) as cache:
        cache.add("pbx1", [Known("1000.wav", 5, 200, "ab")])
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", f"{tmp_path}/kept{suffix}")
    for suffix in ("", "-wal"):
        shutil.copy(f"{tmp_path}/kept{suffix}", f"{path}{suffix}")
    path.write_bytes(path.read_bytes()[:4096] + b"x" * 100_000)
    with seen.opened(path) as cache:
        assert cache.known("pbx1", found("1000.wav", 5, 200)) == ""
        cache.add("pbx1", [Known("new", 1, 1, "ef")])


def test_one_of_another_shape_is_begun_anew(path):
    import sqlite3

    path.parent.mkdir()
    with sqlite3.connect(path) as base:
        base.execute("create table seen (other text)")
    base.close()
    with seen.opened(path) as cache:
        assert cache.known("pbx1", found()) == ""


def test_one_that_this_user_may_not_write_is_refused_by_the_system(path, monkeypatch):
    monkeypatch.setattr(seen.os, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "denied")))
    with pytest.raises(StoreError, match="denied; run this as the user"), seen.opened(path):
        pass


def test_a_full_disk_is_no_bug(path):
    def fill():
        with seen.opened(path) as cache:
            cache._base.execute("pragma max_page_count = 4")
            cache.add("pbx1", (Known(f"{n}.wav", 5, 100, f"{n:064}") for n in range(2000)))

    with pytest.raises(StoreError, match="full"):
        fill()
