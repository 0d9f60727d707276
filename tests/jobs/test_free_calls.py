"""calls free: the oldest first, down to a mark; nothing without its receipt, and nothing written to a full disk."""

import os
import subprocess
import sys
import tempfile
from contextlib import suppress

import pytest
from calls.archives import DAY, HOUR, WEEK, Workspace, codes, holding, lay, name, noise, tree
from calls.test_removal import known
from servers.disk import ext4, fill

from voicekit.calls import disk, elsewhere, ledgers, removal, run
from voicekit.cli import main
from voicekit.errors import InputError
from voicekit.hosts import machine
from voicekit.jobs import free_calls

SIZE = 32 << 20  # bytes of the disk
MIB = 1 << 20


@pytest.fixture
def small(tmp_path):
    (tmp_path / "disk").mkdir()
    with ext4(tmp_path / "disk", tmp_path / "image", SIZE) as folder:
        yield folder


def laid(folder, count=16, size=MIB):
    """Recordings of a MiB each, the first the oldest, all younger than keep_local."""
    contents = [noise(number, size) for number in range(count)]
    for number, content in enumerate(contents):
        lay(folder, name(number, "gsm", f"2026/11/{10 + number % 4}"), content, 3 * DAY - number * HOUR)
    return contents


def percent(folder):
    return disk.room(machine.here(), str(folder)).percent


def test_the_oldest_go_down_to_the_mark_and_no_further(small, tmp_path):
    contents = laid(small / "spool")
    one = Workspace(tmp_path / "one", small / "spool", f"file:{tmp_path}/nas")
    before = percent(small)
    (*archived, last) = one.free(before - 20)
    assert (last.code, last.verdict) == ("freed", "done")
    assert before - 25 < percent(small) <= before - 20
    left = len(tree(one.spool))
    assert 0 < left < 16
    assert set(tree(one.spool).values()) == set(contents[16 - left :])  # by age, whatever the folder
    assert codes(archived) == ["archived"] * (16 - left)
    one.check(set(contents))
    assert codes(one.free(before - 20)) == ["roomy"]


def test_what_is_archived_already_goes_without_another_receipt(small, tmp_path):
    contents = laid(small / "spool")
    one = Workspace(tmp_path / "one", small / "spool", f"file:{tmp_path}/nas")
    one.archive()
    receipts = one.receipts()
    assert codes(one.free(percent(small) - 20)) == ["freed"]
    assert len(tree(one.spool)) < 16
    assert one.receipts() == receipts
    one.check(set(contents))


def test_on_a_disk_without_one_free_block(small, tmp_path):
    """Workspace and spool on it: the ledger is in the store before anything goes, and the next run goes on from it."""
    contents = laid(small / "spool", 12)
    one = Workspace(small / "one", small / "spool", f"file:{tmp_path}/nas")
    lay(one.spool, name(90, "gsm"), noise(90, 5000), 9 * DAY)
    one.archive(free=False)
    own = one.writer
    late = [noise(number, MIB) for number in range(40, 44)]
    for number, content in enumerate(late, 40):
        lay(one.spool, name(number, "gsm"), content, 4 * DAY)
    fill(small)
    with pytest.raises(OSError, match="No space"):
        (small / "one/more").mkdir()
    before = {path: data for path, data in tree(small).items() if not path.startswith(b"spool/")}
    said = one.free(80)
    assert codes(said)[-1] == "freed", said
    assert percent(small) <= 80
    assert {path: data for path, data in tree(small).items() if not path.startswith(b"spool/")} == before
    (small / "ballast").unlink()
    one.check({*contents, *late, noise(90, 5000)})
    assert codes(one.archive(free=False)) == []
    with one.reach() as store:
        assert set(ledgers.writers(store)) > {own}
    one.check({*contents, *late, noise(90, 5000)})


def test_killed_between_put_and_ledger_on_a_full_disk_the_next_run_takes_over(small, tmp_path, monkeypatch):
    laid(small / "spool", 3)
    one = Workspace(small / "one", small / "spool", f"file:{tmp_path}/nas")
    contents = set(tree(one.spool).values())

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("voicekit.calls.ledger.Ledger.append", killed)
        with pytest.raises(KeyboardInterrupt):
            one.free(5)
    assert set(tree(one.spool).values()) == contents
    assert codes(one.archive(free=False)) == ["archived"] * 3
    one.check(contents)


def test_what_it_has_in_memory_is_little_and_for_its_owner_only(small, tmp_path, monkeypatch):
    """Copies of all ledgers, and with a million receipts they have 600 MB, would fill /run."""
    laid(small / "spool", 3)
    one = Workspace(small / "one", small / "spool", f"file:{tmp_path}/nas")
    one.archive(free=False)
    (tmp_path / "memory").mkdir()
    monkeypatch.setattr(elsewhere, "_BEYOND", (str(tmp_path / "memory"),))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    found = []
    publish = run.Run.publish

    def looked(this):
        (folder,) = (tmp_path / "memory").iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        found.extend(path.name for path in folder.rglob("*") if path.is_file())
        publish(this)

    monkeypatch.setattr(run.Run, "publish", looked)
    before = tree(one.root)
    assert codes(one.free(5))[-1] in ("freed", "full", "fills")
    assert set(found) <= {"calls.sqlite", "calls.sqlite-wal", "calls.sqlite-shm", "lock", "writer", "00000001.jsonl"}
    assert tree(one.root) == before
    assert not list((tmp_path / "memory").iterdir())


def test_what_a_killed_run_leaves_in_memory_goes_with_the_next(small, tmp_path, monkeypatch):
    monkeypatch.setattr(elsewhere, "_BEYOND", (str(tmp_path),))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    stale = tmp_path / "voicekit-away-1"
    stale.mkdir()
    (stale / "calls.sqlite").write_bytes(b"7916")
    os.utime(stale, (1, 1))
    with elsewhere.folder(small, [small]) as first, elsewhere.folder(small, [small]) as second:
        assert first.exists()
        assert second.exists()
        assert not stale.exists()


def test_a_cache_that_would_fill_the_memory_is_not_copied_there(small):
    with pytest.raises(InputError, match="no other disk"), elsewhere.folder(small, [small], 1 << 60):
        pass


def test_what_is_written_for_a_moment_is_not_written_to_the_full_disk(small, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(small))
    with elsewhere.folder(tmp_path, [small]) as away:
        assert away is None
        assert tempfile.gettempdir().startswith(f"{tmp_path}/")
    assert tempfile.gettempdir() == str(small)


def test_an_archive_that_has_not_run_yet_on_a_disk_without_one_free_block(small, tmp_path, capsys):
    laid(small / "spool", 1)
    one = Workspace(small / "one", small / "spool", f"file:{tmp_path}/nas", key=tmp_path / "calls.key")
    fill(small)
    for command in (["free"], ["archive"]):
        assert main(["calls", *command, "-C", str(one.root)]) == 6
        assert "make its folder on another disk" in capsys.readouterr().err
    (small / "ballast").unlink()


def test_what_can_not_go_stays_and_what_else_fills_the_disk_is_named(small, tmp_path):
    lay(small, "log/full.log", noise(1, 12 * MIB))
    laid(small / "spool", 2)
    lay(small / "spool", "voicemail/default/100/INBOX/msg0001.gsm", noise(50, MIB), 3 * WEEK)
    young = lay(small / "spool", "young.gsm", noise(51, MIB), 5)
    one = Workspace(tmp_path / "one", small / "spool", f"file:{tmp_path}/nas")
    said = one.free(5)
    assert codes(said) == ["archived"] * 2 + ["fills"] * 3 + ["full"], said
    assert any(f"MB: {small}/log" in outcome.detail for outcome in said)
    assert young.exists()
    assert len(tree(one.spool)) == 2


def test_a_dry_run_changes_nothing(small, tmp_path):
    laid(small / "spool", 3)
    lay(small, "log/full.log", noise(1, 12 * MIB))
    one = Workspace(tmp_path / "one", small / "spool", f"file:{tmp_path}/nas")
    before = tree(small), tree(tmp_path / "nas"), tree(one.root)
    said = list(free_calls.plan(one.settings, one.settings.chosen(()), 5))
    assert codes(said)[:1] == ["could-free"]
    assert "3 recordings, 3.1 MB, could go: " in said[0].detail
    assert (tree(small), tree(tmp_path / "nas"), tree(one.root)) == before


def test_removed_files_that_are_open_still_are_told(small, tmp_path):
    laid(small / "spool", 1)
    path = lay(small, "deleted.log", noise(1, 8 * MIB))
    with path.open("rb"):
        path.unlink()
        assert "removed files" in str(disk.filling(machine.here(), str(small / "spool")))
    assert "removed files" not in str(disk.filling(machine.here(), str(small / "spool")))


def test_a_store_that_fails_frees_nothing(small, tmp_path):
    laid(small / "spool", 3)
    one = Workspace(tmp_path / "one", small / "spool", f"file:{tmp_path}/nas")
    contents = set(tree(one.spool).values())
    with suppress(Exception), one.reach() as store:
        store.put = None
        list(free_calls.apply(one.settings, one.ring, store, one.settings.chosen(()), 5))
    assert set(tree(one.spool).values()) == contents


def test_a_removal_on_a_full_disk_spares_what_is_open_or_changed(small, tmp_path):
    """Also the one file that makes room for the rest."""
    folder = small / "spool"
    for number in range(6):
        lay(folder, f"day/{number}.gsm", noise(number, MIB), WEEK)
    wanted = known(folder)
    files = sorted(path for path in folder.rglob("*.gsm"))
    fill(small)
    with holding(files[0], "ab"):
        os.utime(files[1])
        said = {folder / one.path: what for one, what in removal.removed(machine.here(), str(folder), wanted)}
    assert said == {**dict.fromkeys(files, "removed"), files[0]: "open", files[1]: "changed"}
    assert sorted(folder.rglob("*.gsm")) == files[:2]
    assert not [*folder.rglob(".voicekit*")]


@pytest.mark.parametrize("mark", ["80", "0%", "100%", "-5%", "x", "1.5%"])
def test_the_mark_is_a_percentage(mark, tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    command = [sys.executable, "-m", "voicekit", "calls", "free", "--to", mark, "--dry-run", "-C", str(one.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == (0 if mark == "80" else 2), done.stderr


def test_what_the_store_has_lost_does_not_go(small, tmp_path):
    laid(small / "spool", 4)
    one = Workspace(tmp_path / "one", small / "spool", f"file:{tmp_path}/nas")
    one.archive(free=False)
    for path in (tmp_path / "nas/calls").rglob("*-*"):
        path.unlink()
    said = one.free(1)
    assert {"lost", "full"} <= set(codes(said))
    assert len(tree(one.spool)) == 4
