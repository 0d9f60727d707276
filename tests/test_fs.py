"""Files are whole or absent, stay within their folder, and one run holds the lock."""

import hashlib
import os
import subprocess
import sys

import pytest

from voicekit import fs
from voicekit.errors import InputError, LockedError


@pytest.mark.parametrize("durable", [True, False])
@pytest.mark.parametrize("staging", [None, "tmp"])
def test_a_file_appears_whole_when_the_block_ends(tmp_path, durable, staging):
    path, folder = tmp_path / "a/b", staging and tmp_path / staging
    with fs.replacing(path, staging=folder, durable=durable) as file:
        file.write(b"half")
        file.flush()
        assert not path.exists()
        assert [p.parent.name for p in tmp_path.rglob(".vk-*")] == [staging or "a"]
        file.write(b" and half")
    assert path.read_bytes() == b"half and half"
    assert not list(tmp_path.rglob(".vk-*"))


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_the_old_content(tmp_path, error):
    path = tmp_path / "file"
    fs.write(path, b"old")

    def write():
        with fs.replacing(path) as file:
            file.write(b"new")
            raise error

    with pytest.raises(error):
        write()
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"file": b"old"}


def test_what_is_durable_is_synced_before_it_appears(tmp_path, monkeypatch):
    events = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: events.append("sync") or sync(fd))
    monkeypatch.setattr(os, "replace", lambda *a, **k: events.append("rename") or replace(*a, **k))
    fs.write(tmp_path / "a", b"x")
    assert events == ["sync", "rename", "sync"]
    events.clear()
    fs.write(tmp_path / "b", b"x", durable=False)
    assert events == ["rename"]


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
def test_new_files_have_the_rights_that_the_user_wants(tmp_path, mask):
    old = os.umask(mask)
    try:
        fs.write(tmp_path / "file", b"")
        assert (tmp_path / "file").stat().st_mode & 0o777 == 0o666 & ~mask
        assert os.umask(mask) == mask
    finally:
        os.umask(old)


@pytest.mark.parametrize("size", [0, 1, fs.CHUNK, fs.CHUNK + 1])
def test_a_hash_is_of_all_bytes(tmp_path, size):
    data = bytes(size)
    (tmp_path / "file").write_bytes(data)
    assert fs.sha256(tmp_path / "file") == hashlib.sha256(data).hexdigest()


def test_sweeping_takes_only_what_is_ours(tmp_path):
    fs.sweep(tmp_path / "nowhere")
    for name in (".vk-a", "vk-b", ".other"):
        (tmp_path / name).touch()
    fs.sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"vk-b", ".other"}


def test_walking_is_sorted_enters_no_link_and_leaves_the_hidden_out(tmp_path):
    for name in ("b/2", "b/1", "a.txt", ".git/x", "b/.hidden", "c/d/e"):
        fs.write(tmp_path / name, b"")
    (tmp_path / "b/link").symlink_to(tmp_path / "c")
    found = [path.relative_to(tmp_path).as_posix() for path in fs.walk(tmp_path)]
    assert found == ["a.txt", "b/1", "b/2", "b/link", "c/d/e"]
    assert list(fs.walk(tmp_path / "nowhere")) == [tmp_path / "nowhere"]


def test_reading_has_a_limit(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert fs.read_bounded(path, 5) == b"12345"
    for wrong, message in (
        (path, "larger than 4 bytes"),
        (tmp_path, "not a regular file"),
        (tmp_path / "x", "No such file"),
    ):
        with pytest.raises(InputError, match=f"{wrong}: {message}"):
            fs.read_bounded(wrong, 4)


def test_the_lock_of_a_dead_process_is_free(tmp_path):
    path = tmp_path / "lock"
    code = (
        "import sys, os, pathlib\nfrom voicekit import fs\n"
        "with fs.exclusive(pathlib.Path(sys.argv[1]), 'x'): os.kill(os.getpid(), 9)"
    )
    with fs.exclusive(path, "the workspace"), pytest.raises(LockedError, match="the workspace is in use"):
        fs.exclusive(path, "the workspace").__enter__()
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    with fs.exclusive(path, "the workspace"):
        pass
