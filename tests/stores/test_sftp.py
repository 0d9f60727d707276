"""SFTP by a real OpenSSH: how it is reached, what it asks of a server, and what it leaves there."""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from servers import proxy
from servers.sshd import sshd

from voicekit import stores
from voicekit.errors import InputError, StoreError
from voicekit.hosts import ssh
from voicekit.hosts.ssh import Host
from voicekit.stores import Body, sftp, sftp_client
from voicekit.stores.faults import ConflictError, DeniedError, FullError, NoBucketError, UnsupportedError

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do that")

pytestmark = pytest.mark.usefixtures("hasty")


@pytest.fixture
def store(nas, remote_folder, reach):
    return reach(nas.address(remote_folder))


@pytest.fixture
def another(monkeypatch, tmp_path):
    """`another(more)`: an SSH server with further lines of configuration, as `nas`."""
    running = []

    def start(more):
        context = sshd(Path(tempfile.mkdtemp(dir=tmp_path)), more)
        server = context.__enter__()
        running.append(context)
        monkeypatch.setenv("PATH", server.path)
        return server

    yield start
    for context in running:
        context.__exit__(None, None, None)


@pytest.fixture
def roots():
    """A folder in which nobody but root may change anything: sshd locks nobody up in another."""
    folder = Path(tempfile.mkdtemp(prefix="voicekit-", dir="/var/lib"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def everything(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


# Where


@pytest.mark.parametrize("address", ["sftp://nas", "sftp://nas/~", "sftp://nas/~/", "sftp:///x", "sftp://nas/x?a=b"])
def test_an_address_that_names_no_folder_is_refused(address, reach):
    with pytest.raises(InputError):
        reach(address)


@pytest.mark.parametrize(
    "host", ["-oProxyCommand=x", "a b", "-l", "x@-y", "$(x)", "a;b", "a@b@c", "nas:port", "`x`", "u$@h"]
)
def test_a_host_that_a_shell_or_ssh_could_take_for_more_is_refused(host):
    with pytest.raises(InputError, match="no host"):
        Host.parse(host)


def test_hosts():
    assert Host.parse("nas") == Host("nas")
    assert Host.parse("me.too@nas.lan:2222") == Host("nas.lan", "me.too", "2222")
    assert Host.parse("[2001:db8::1]:22").arguments == ["-p", "22", "--", "2001:db8::1"]


def test_below_home(nas, monkeypatch, reach):
    home = Path(pwd.getpwuid(os.geteuid()).pw_dir) / f"voicekit-test-{os.getpid()}"  # sshd's, whatever HOME says
    home.mkdir()
    try:
        store = reach(f"sftp://nas/~/{home.name}")
        store.put("a", Body.of(b"x"))
        assert (home / "a").read_bytes() == b"x"
        store.close()
    finally:
        shutil.rmtree(home)


def test_the_layout_is_that_of_a_folder(store, remote_folder, reach):
    there = reach(f"file:{remote_folder}")
    store.put("a/b", Body.of(b"one"))
    there.put("a/c", Body.of(b"two"))
    assert stores.read(there, "a/b", 9) == b"one"
    assert stores.read(store, "a/c", 9) == b"two"
    assert [stat.key for stat in store.list()] == [stat.key for stat in there.list()] == ["a/b", "a/c"]
    ours, theirs = store.stat("a/c"), there.stat("a/c")
    assert (ours.size, ours.sha256, ours.tag) == (theirs.size, theirs.sha256, theirs.tag)


# Ways in


def test_it_asks_nothing_and_says_why_it_is_not_let_in(another, remote_folder, nas, reach):
    server = another("AuthorizedKeysFile none")
    store = reach(server.address(remote_folder))
    with pytest.raises(DeniedError, match="Permission denied"):
        store.put("a", Body.of(b""))


def test_a_host_that_is_not_the_known_one_is_refused(another, remote_folder, reach):
    server = another("")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", server.home / "other"], check=True)
    (server.home / "known_hosts").write_text(f"nas {(server.home / 'other.pub').read_text()}")
    with pytest.raises(DeniedError, match="Host key verification failed"):
        reach(server.address(remote_folder)).put("a", Body.of(b""))
    assert everything(remote_folder) == set()


def test_a_host_that_nobody_knows_is_refused(another, remote_folder, reach):
    server = another("")
    (server.home / "known_hosts").write_text("")
    with pytest.raises(DeniedError, match="Host key verification failed"):
        reach(server.address(remote_folder)).put("a", Body.of(b""))


def test_without_ssh(nas, remote_folder, monkeypatch, reach):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(InputError, match="apt-get install openssh-client"):
        reach(nas.address(remote_folder)).put("a", Body.of(b""))


@pytest.mark.parametrize("more", ["ForceCommand echo hello", "ForceCommand printf '\\0\\0\\0\\5\\1abcd'"])
def test_what_answers_is_no_sftp(another, remote_folder, more, reach):
    server = another(more)
    with pytest.raises(UnsupportedError, match="SFTP"):
        reach(server.address(remote_folder)).put("a", Body.of(b""))


@needs_root
def test_a_nas_that_locks_its_users_up(another, roots, reach):
    """ForceCommand and ChrootDirectory: no shell, and a root of its own."""
    (roots / "share").mkdir()
    server = another(f"ForceCommand internal-sftp\nChrootDirectory {roots}")
    store = reach(server.address("/share"))
    store.put("a/b", Body.of(b"x"), if_absent=True)
    assert stores.read(store, "a/b", 1) == b"x"
    assert [stat.key for stat in store.list()] == ["a/b"]
    store.close()
    assert (roots / "share/a/b").read_bytes() == b"x"


@needs_root
def test_the_root_itself_can_be_the_folder(another, roots, reach):
    server = another(f"ForceCommand internal-sftp\nChrootDirectory {roots}")
    store = reach(server.address("/"))
    store.put("a", Body.of(b"x"))
    assert [stat.key for stat in store.list()] == ["a"]


def test_a_server_that_may_only_be_read(another, store, remote_folder, reach):
    store.put("a", Body.of(b"x"))
    server = another("ForceCommand internal-sftp -R")
    reader = reach(server.address(remote_folder))
    assert stores.read(reader, "a", 1) == b"x"
    with pytest.raises(DeniedError, match="Permission denied"):
        reader.put("b", Body.of(b""))
    reader.close()
    assert [stat.key for stat in store.list()] == ["a"]


def test_a_server_without_the_extensions_is_told(another, remote_folder, reach):
    """Without a rename that replaces nothing can be replaced safely; without links and syncing it goes."""
    server = another("ForceCommand internal-sftp -P fsync,hardlink,statvfs")
    store = reach(server.address(remote_folder))
    store.put("a", Body.of(b"x"), if_absent=True)
    with pytest.raises(ConflictError):
        store.put("a", Body.of(b"y"), if_absent=True)
    store.close()
    server = another("ForceCommand internal-sftp -P posix-rename")
    with pytest.raises(UnsupportedError, match="posix-rename"):
        reach(server.address(remote_folder)).put("b", Body.of(b"x"))


# Connections


def test_one_thread_needs_one_connection_and_many_a_few(nas, remote_folder, reach):
    def logins() -> int:
        return nas.log.count("Accepted publickey")

    before = logins()
    store = reach(nas.address(remote_folder))
    for number in range(5):
        store.put(f"{number}", Body.of(b"x"), if_absent=True)
        assert stores.read(store, f"{number}", 1) == b"x"
    assert logins() == before + 1
    with ThreadPoolExecutor(32) as crew:
        list(crew.map(lambda number: store.put(f"many/{number}", Body.of(b"x"), if_absent=True), range(64)))
    assert before + 1 < logins() <= before + sftp_client.MOST


def test_closed_it_leaves_no_process(nas, remote_folder, reach):
    before = _children("ssh")
    store = reach(nas.address(remote_folder))
    store.put("a", Body.of(b"x"))
    assert len(_children("ssh")) == len(before) + 1
    store.close()
    assert _children("ssh") == before


def test_killed_it_leaves_no_process(nas, remote_folder):
    script = (
        "import sys, time; from voicekit import stores; s = stores.reach(sys.argv[1]); s.stat('a');"
        "print('up', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", script, nas.address(remote_folder)], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"up\n"
    (connection,) = _children("ssh", child.pid)
    child.kill()
    child.wait()
    child.stdout.close()
    _eventually(lambda: not Path(f"/proc/{connection}/exe").exists() or _state(connection) == "Z")


def test_a_connection_that_is_killed_is_made_again(store):
    store.put("a", Body.of(b"x" * 3_000_000))
    with store.open("a") as reading:
        blocks = iter(reading)
        whole = next(blocks)
        for connection in _children("ssh"):
            os.kill(connection, signal.SIGKILL)
        assert whole + b"".join(blocks) == b"x" * 3_000_000
    for connection in _children("ssh"):
        os.kill(connection, signal.SIGKILL)
    store.put("b", Body.of(b"y"))
    assert [stat.key for stat in store.list()] == ["a", "b"]


def test_a_server_that_falls_silent_is_given_up(nas, remote_folder, monkeypatch, reach):
    monkeypatch.setattr(ssh, "SILENT", 4.0)
    with proxy.before(f"127.0.0.1:{nas.port}") as between:
        store = reach(f"sftp://127.0.0.1:{between.port}{remote_folder}")
        store.put("a", Body.of(b"x"))
        between.stalls = 1
        assert stores.read(store, "a", 1) == b"x"
        assert between.held == 1
        store.close()


# Locks


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(sftp, "LEASE", 2.0)


def test_the_lock_of_one_who_died_is_broken(store, remote_folder, quick):
    store.put("a", Body.of(b"x"))
    lock = _lock(remote_folder, "a")
    lock.touch()
    start = time.monotonic()
    with ThreadPoolExecutor(8) as racers:
        won = list(racers.map(lambda number: _won(lambda: store.replace("a", Body.of(b"%d" % number), _X)), range(8)))
    assert won.count(True) == 1
    assert time.monotonic() - start > 2
    assert not lock.exists()


def test_a_lock_that_changes_hands_is_waited_for(store, remote_folder, quick):
    """Somebody is busy there; the lock is always another."""
    store.put("a", Body.of(b"x"))
    lock = _lock(remote_folder, "a")
    lock.touch()
    with ThreadPoolExecutor(1) as crew:
        putting = crew.submit(store.put, "a", Body.of(b"y"))
        for second in range(1, 5):
            time.sleep(1)
            os.utime(lock, (second, second))
        assert not putting.done()
        lock.unlink()
        putting.result(10)
    assert stores.read(store, "a", 1) == b"y"


def test_who_was_too_slow_places_nothing(store, remote_folder, monkeypatch):
    """A laptop that slept with the lock in its hand."""
    monkeypatch.setattr(sftp, "LEASE", -1.0)
    with pytest.raises(StoreError, match="too slow"):
        store.put("a", Body.of(b"x"))
    assert [path for path in everything(remote_folder) if not path.startswith(".voicekit/sha256")] == []


def test_who_asks_for_no_lock_is_not_overwritten(store, remote_folder, monkeypatch):
    """A file that comes by another way, at the last moment."""
    place = sftp.Remote.place

    def meddling(self, staged, path, *, new):
        (remote_folder / "a").write_bytes(b"foreign")
        place(self, staged, path, new=new)

    monkeypatch.setattr(sftp.Remote, "place", meddling)
    with pytest.raises(ConflictError):
        store.put("a", Body.of(b"x"), if_absent=True)
    assert (remote_folder / "a").read_bytes() == b"foreign"


def test_other_keys_are_not_waited_for(store, remote_folder):
    store.put("a", Body.of(b"x"))
    _lock(remote_folder, "a").touch()
    store.put("b", Body.of(b"y"))


# What is left


def test_nothing_is_left_of_a_put(store, remote_folder):
    store.put("a/b", Body.of(b"x"), if_absent=True)
    store.put("a/b", Body.of(b"y"))
    with pytest.raises(ConflictError):
        store.put("a/b", Body.of(b"z"), if_absent=True)
    assert everything(remote_folder) == {"a/b", ".voicekit/sha256/a/b"}
    assert (remote_folder / "a/b").stat().st_nlink == 1
    store.delete("a/b")
    assert everything(remote_folder) == set()


def test_what_was_left_a_day_ago_is_swept(nas, store, remote_folder, reach):
    store.put("a", Body.of(b"x"))
    own = remote_folder / ".voicekit"
    for name, hours in (("tmp/old", 25), ("tmp/young", 23), ("locks/old", 25)):
        (own / name).touch()
        os.utime(own / name, (time.time() - hours * 3600,) * 2)
    with closing(reach(nas.address(remote_folder))) as new:
        new.put("b", Body.of(b"y"))
    assert {path.name for path in [*(own / "tmp").iterdir(), *(own / "locks").iterdir()]} == {"young"}


# Faults


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"can't mount here: {mounted.stderr.decode()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@needs_root
@pytest.mark.parametrize("scheme", ["file", "sftp"])
def test_a_full_disk(nas, small_disk, scheme, reach):
    store = reach(nas.address(small_disk) if scheme == "sftp" else f"file:{small_disk}")
    store.put("a", Body.of(b"x" * 400_000))
    for _ in range(2):
        with pytest.raises(FullError, match="make room"):
            store.put("b", Body.of(b"y" * 2_000_000))
    assert everything(small_disk) - {".voicekit/lock", ".voicekit/staging"} == {"a", ".voicekit/sha256/a"}
    store.put("b", Body.of(b"y" * 200_000))
    assert [stat.key for stat in store.list()] == ["a", "b"]


@pytest.mark.parametrize("scheme", ["file", "sftp"])
def test_a_tree_has_no_object_below_another(nas, remote_folder, scheme, reach):
    store = reach(nas.address(remote_folder) if scheme == "sftp" else f"file:{remote_folder}")
    store.put("a", Body.of(b"x"))
    with pytest.raises(UnsupportedError, match="the beginning of another"):
        store.put("a/b", Body.of(b"x"))
    store.put("c/d", Body.of(b"x"))
    with pytest.raises(UnsupportedError, match="the beginning of another"):
        store.put("c", Body.of(b"x"))
    assert [stat.key for stat in store.list()] == ["a", "c/d"]


def test_a_disk_that_is_away_is_no_empty_store(nas, remote_folder, reach):
    for store in (reach(nas.address(remote_folder)), reach(f"file:{remote_folder}")):
        store.put("a", Body.of(b"x"))
        shutil.move(remote_folder, f"{remote_folder}-away")
        with pytest.raises(NoBucketError, match="is the disk mounted"):
            list(store.list())
        with pytest.raises(NoBucketError, match="is the disk mounted"):
            store.put("b", Body.of(b"x"))
        assert not remote_folder.exists()
        shutil.move(f"{remote_folder}-away", remote_folder)
        store.close()


def test_bytes_that_are_written_wrong_are_found(store, monkeypatch):
    send = sftp_client.Client.send
    times = [0]

    def flipping(self, handle, at, data):
        times[0] += 1
        send(self, handle=handle, at=at, data=data if times[0] > 1 else b"z" + data[1:])

    monkeypatch.setattr(sftp_client.Client, "send", flipping)
    store.put("a", Body.of(b"abc"))
    assert times[0] > 2
    assert stores.read(store, "a", 3) == b"abc"


_X = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # SHA-256 of "x"


def _won(ask) -> bool:
    try:
        ask()
    except ConflictError:
        return False
    return True


def _lock(root: Path, key: str) -> Path:
    return root / ".voicekit/locks" / hashlib.sha256(key.encode()).hexdigest()[:32]


def _children(name: str, parent: int | None = None) -> list[int]:
    parent = parent or os.getpid()
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in pids if _stat(pid)[:2] == (name, parent) and _state(pid) != "Z"]


def _stat(pid: int) -> tuple[str, int, str]:
    try:
        head, _, tail = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return "", 0, ""
    state, parent = tail.split()[:2]
    return head.partition("(")[2], int(parent), state


def _state(pid: int) -> str:
    return _stat(pid)[2]


def _eventually(holds) -> None:
    for _ in range(100):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError(holds)
