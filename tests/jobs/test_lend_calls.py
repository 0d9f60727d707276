"""calls restore --for: back in the spool as it was, for a while; nothing there is overwritten, and no link followed."""

import io
import os
import shutil
from pathlib import Path

import pytest
from calls.archives import DAY, HOUR, ODD, WEEK, Workspace, codes, lay, name, noise, sound, tree
from deploy.far import far
from servers import sshd

from voicekit import deploy
from voicekit.calls import giving, seen
from voicekit.errors import InputError, StoreError
from voicekit.jobs import restore_calls


@pytest.fixture
def one(tmp_path):
    return Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")


def lend(one, recordings, seconds=7 * DAY):
    with one.reach() as store:
        return list(restore_calls.lend(one.settings, one.ring, store, recordings, seconds, "a dispute"))


def recordings(one):
    return [entry.body["recording"] for entry in one.entries() if entry.kind == "receipt"]


def stamps(folder):
    return {path: int((folder / os.fsdecode(path)).stat().st_mtime) for path in tree(folder)}


def later(one, seconds):
    """As if so much time had passed since it was lent."""
    with seen.opened(one.settings.seen) as cache, cache._base:
        cache._base.execute("update lent set until = until - ?", (seconds,))


def test_all_that_was_removed_is_there_again_and_goes_when_its_time_is_over(one):
    for number, odd in enumerate(ODD):
        lay(one.spool, odd, sound(number), 2 * WEEK)
        lay(one.spool, b"2026/11/20/" + odd, sound(100 + number), 2 * WEEK)
    before, times = tree(one.spool), stamps(one.spool)
    one.archive()
    assert tree(one.spool) == {}
    assert codes(lend(one, recordings(one))) == ["lent"] * len(before)
    assert (tree(one.spool), stamps(one.spool)) == (before, times)
    assert codes(one.archive()) == []
    assert tree(one.spool) == before
    later(one, 7 * DAY + HOUR)
    assert codes(one.archive()) == ["freed"]
    assert tree(one.spool) == {}
    one.check(set(before.values()))
    assert not [*one.spool.rglob(".voicekit*")]


def test_what_has_its_name_now_stays(one):
    lay(one.spool, name(1), sound(1), 2 * WEEK)
    one.archive()
    lay(one.spool, name(1), b"another", HOUR)
    assert codes(lend(one, recordings(one))) == ["exists"]
    assert set(tree(one.spool).values()) == {b"another"}


def test_no_link_on_the_way_is_followed(one, tmp_path):
    lay(one.spool, name(1), sound(1), 2 * WEEK)
    one.archive()
    shutil.rmtree(one.spool / "2026")
    (tmp_path / "elsewhere").mkdir()
    (one.spool / "2026").symlink_to(tmp_path / "elsewhere")
    (said,) = lend(one, recordings(one))
    assert (said.code, said.bad) == ("not-restored", True)
    assert "a link stands on the way" in said.detail
    assert not [path for path in (tmp_path / "elsewhere").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("path", "where"), [("../../etc/x", "etc/x"), ("/etc/passwd", "etc/passwd"), ("..", "recording"), ("", "recording")]
)
def test_paths_lead_nowhere_else(path, where):
    assert str(giving.below(path)) == where


def test_one_that_does_not_come_back_is_not_in_the_spool(one, tmp_path):
    lay(one.spool, name(1), sound(1), 2 * WEEK)
    one.archive()
    (recording,) = recordings(one)
    (tmp_path / f"nas/calls/{recording[:2]}/{recording}").write_bytes(b"x")
    assert codes(lend(one, [recording])) == ["not-restored"]
    assert tree(one.spool) == {}


def test_of_a_spool_that_is_not_here(one, tmp_path):
    lay(one.spool, name(1), sound(1))
    one.archive()
    path = one.root / "voicekit.toml"
    path.write_text(path.read_text().replace("[calls.spools.pbx1]", "[calls.spools.other]"))
    other = Workspace.__new__(Workspace)
    other.__dict__ |= one.__dict__
    from voicekit.calls import settings

    other.settings = settings.load(one.root)
    (said,) = lend(other, recordings(one))
    assert 'no "pbx1"' in said.detail


def test_a_spool_that_can_not_be_written_to(one, monkeypatch):
    from voicekit.hosts.local import Finished
    from voicekit.hosts.machine import Shell

    lay(one.spool, name(1), sound(1), 2 * WEEK)
    one.archive()
    with monkeypatch.context() as patch:
        patch.setattr(Shell, "sh", lambda *_, **__: Finished(1, b"", "mkdir: Read-only file system"))
        (said,) = lend(one, recordings(one))
    assert said.code == "not-restored"
    assert "its disk full, or is it read-only" in said.detail
    assert StoreError


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_its_owner_is_that_of_the_spool(one):
    lay(one.spool, name(1), sound(1), 2 * WEEK)
    os.chown(one.spool, 1234, 1234)
    for path in one.spool.rglob("*"):
        os.chown(path, 1234, 1234)
    for folder in one.spool.parents:
        if str(folder).startswith("/tmp/pytest"):
            folder.chmod(folder.stat().st_mode | 0o011)
    one.archive()
    lend(one, recordings(one))
    (path,) = [path for path in one.spool.rglob("*") if path.is_file()]
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1234)


@pytest.mark.parametrize("shell", ["dash", "busybox"])
def test_over_ssh(tmp_path, monkeypatch, shell):
    if not shutil.which(shell) or sshd.PROGRAM is None:
        pytest.skip("apt-get install busybox dash openssh-server")
    spool = tmp_path / "spool"
    lay(spool, "звонок 'с' сайта.wav", sound(8), 2 * WEEK)
    lay(spool, name(1, "gsm"), noise(1, 3_000_000), 2 * WEEK)
    before, times = tree(spool), stamps(spool)
    with far(tmp_path / "far", "ssh", shell) as side:
        monkeypatch.setenv("PATH", side.path)
        one = Workspace(tmp_path / "one", spool, f"file:{tmp_path}/nas", host="ssh://nas")
        one.archive()
        assert tree(spool) == {}
        said = lend(one, recordings(one))
        assert codes(said) == ["lent"] * 2, said
        assert (tree(spool), stamps(spool)) == (before, times)
        later(one, 7 * DAY + HOUR)
        assert codes(one.archive()) == ["freed"]


class Looking(io.BytesIO):
    """What is read of it sees all processes meanwhile."""

    def read(self, size=-1):
        self.seen = [*getattr(self, "seen", ()), *map(_words, Path("/proc").glob("[0-9]*/cmdline"))]
        return super().read(size)


def _words(path):
    try:
        return path.read_bytes()
    except OSError:  # it has ended
        return b""


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no /proc")
def test_no_list_of_processes_names_the_caller(one):
    content = Looking(noise(1, 3_000_000))
    with deploy.reach(one.settings.spools["pbx1"].target) as machine:
        given = giving.give(machine, str(one.spool), "2026/in-79160000001\n.wav", 100, content, "ab")
    assert (given.size, given.modified) == (3_000_000, 100)
    assert tree(one.spool) == {b"2026/in-79160000001\n.wav": content.getvalue()}
    assert [words for words in content.seen if b".voicekit-giving-" in words]
    assert not [words for words in content.seen if b"79160000001" in words]


def test_a_reason_is_wanted(one):
    lay(one.spool, name(1), sound(1), 2 * WEEK)
    one.archive()
    with one.reach() as store, pytest.raises(InputError, match="--reason"):
        list(restore_calls.lend(one.settings, one.ring, store, recordings(one), 60, ""))
    assert tree(one.spool) == {}
