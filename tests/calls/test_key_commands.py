"""`voicekit calls key`: what who has lost the key file, or only the paper, is told and can do."""

import shutil
import stat

import pytest
from calls.archives import Workspace, lay, name, sound

from voicekit.calls import keys


@pytest.fixture
def one(tmp_path):
    made = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    lay(made.spool, name(1), sound(1))
    made.archive(free=False)
    return made


@pytest.fixture
def key(one, run):
    """`key(verb, ...)` on that archive."""
    return lambda *argv, **options: run("calls", "key", *argv, "-C", one.root, **options)


def test_a_lost_key_file_comes_back_from_paper(one, key, run):
    paper, before = keys.backup(one.ring), one.key.read_bytes()
    one.key.unlink()
    for verb in ("check", "backup", "rotate"):
        ran = key(verb, stdin=paper)
        assert ran.code == 4
        assert "voicekit calls key restore makes it from its recovery copy" in ran.err
        assert "init" not in ran.err
    assert key("restore", stdin=paper).out.startswith("made ")
    assert one.key.read_bytes() == before
    assert stat.S_IMODE(one.key.stat().st_mode) == 0o600
    assert run("calls", "verify", "-C", one.root).code == 0
    assert key("restore", stdin=paper).out.startswith("known ")
    assert one.key.read_bytes() == before


def test_no_new_key_is_made_where_recordings_are_sealed(one, key):
    """It would lie where the old one is looked for, and open none of them."""
    before = one.key.read_bytes()
    one.key.unlink()
    ran = key("init")
    assert ran.code == 4
    assert f"sealed with key {one.ring.id}" in ran.err
    assert "voicekit calls key restore" in ran.err
    assert not one.key.exists()
    one.key.write_bytes(before)
    assert "is there already" in key("init").err
    assert one.key.read_bytes() == before


def test_the_paper_of_another_archive_changes_nothing(one, key, tmp_path):
    before = one.key.read_bytes()
    ran = key("restore", stdin=keys.backup(keys.init(tmp_path / "other.key")))
    assert ran.code == 4
    assert "of another archive" in ran.err
    assert one.key.read_bytes() == before


def test_another_machine_is_told_how_it_comes_by_the_new_key(one, key, run, tmp_path):
    there = Workspace(tmp_path / "there", tmp_path / "empty", one.store, key=shutil.copy(one.key, tmp_path / "copy"))
    keys.rotate(one.key)
    paper = keys.backup(keys.load(one.key))
    keys.confirm(one.key, paper)
    lay(one.spool, name(2), sound(2))
    assert run("calls", "archive", "--keep", "-C", one.root).code == 0
    ran = run("calls", "verify", "-C", there.root)
    assert ran.code == 3
    assert "voicekit calls key restore adds it" in ran.out
    ran = run("calls", "key", "restore", "--newest", "-C", there.root, stdin=paper)
    assert ran.out.startswith("added ")
    assert "voicekit calls reindex" in ran.out
    assert keys.load(there.key) == keys.load(one.key)
    assert run("calls", "verify", "-C", there.root).code == 0


def test_who_begins_is_told_of_both(one, run, tmp_path):
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    (fresh / "voicekit.toml").write_text(f'[calls]\nstore = "{one.store}"\nkey = "calls.key"\n')
    ran = run("calls", "key", "check", "-C", fresh, stdin="")
    assert "key init makes one for a new archive, and voicekit calls key restore" in ran.err


def test_after_rotate_all_papers_are_right_and_can_be_printed(one, key):
    old = keys.backup(one.ring)
    assert key("rotate").code == 0
    new = keys.backup(keys.load(one.key))
    ran = key("check", stdin=old)
    assert ran.out.startswith("right ")
    assert "(an older key of this file)" in ran.out
    assert not keys.load(one.key).confirmed
    assert "older" not in key("check", stdin=new).out
    assert keys.load(one.key).confirmed
    assert old not in key("backup").out
    printed = key("backup", "--all").out
    assert 0 <= printed.index(old) < printed.index(new)


def test_what_init_prints_is_read_as_it_is(one, run, tmp_path):
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    (fresh / "voicekit.toml").write_text(f'[calls]\nstore = "{one.store}"\nkey = "../calls.key"\n')
    at = ("-C", fresh)
    made = run("calls", "key", "init", *at).out
    assert f"{tmp_path}/calls.key" in made
    assert ".." not in made
    assert run("calls", "key", "check", *at, stdin=made).out.startswith("right ")
    ran = run("calls", "key", "check", *at, stdin=made.replace("2: ", "2: X"))
    assert "line 2 of the recovery copy has a typing error" in ran.err
