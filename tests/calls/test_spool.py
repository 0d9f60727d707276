"""What is found in a spool, here and behind ssh, in dash and busybox, and that looking changes nothing."""

import io
import itertools
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time

import pytest
from calls.archives import HOUR, ODD, holding, lay, look, tree

from voicekit import deploy
from voicekit.calls import spool
from voicekit.calls.pace import Pace
from voicekit.calls.spool import Found
from voicekit.errors import StoreError
from voicekit.stores.faults import FullError
from voicekit.targets import Target


def come(machine, folder, wanted):
    """What comes, with its bytes read at once, as they must be."""
    read = {}
    for found, body in spool.fetched(machine, str(folder), wanted, Pace(None)):
        with body.open() as file:
            read[found.path] = file.read()
    return read


def test_every_name_comes_and_its_bytes(machine, folder):
    for place in (b"", b"2026/11/20/"):
        for number, one in enumerate(ODD):
            lay(folder, place + one, b"%d" % number * 100)
    before = tree(folder)
    seen, found = look(machine, folder)
    assert {os.fsencode(path) for path in found} == before.keys()
    assert all(one.size == len(before[os.fsencode(path)]) for path, one in found.items())
    assert (seen.left, seen.troubles) == ([], [0])
    assert {os.fsencode(path): data for path, data in come(machine, folder, found.values()).items()} == before
    assert tree(folder) == before


def test_what_is_left_alone(machine, folder, tmp_path):
    lay(folder, "kept.wav", b"1")
    for one in (
        b".hidden.wav",
        b"tmp/1.wav",
        b"deep/tmp/1.wav",
        b".lock/1.wav",
        b"line\nbreak.wav",
        b"a\nfolder/1.wav",
    ):
        lay(folder, one, b"1")
    lay(tmp_path / "elsewhere", "secret.wav", b"1")
    (folder / "link.wav").symlink_to(tmp_path / "elsewhere/secret.wav")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(folder / "pipe.wav")
    with socket.socket(socket.AF_UNIX) as made:
        descriptor = os.open(folder, os.O_RDONLY)
        made.bind(f"/proc/self/fd/{descriptor}/socket.wav")  # a socket's path must be short
        os.close(descriptor)
        seen, found = look(machine, folder)
    assert list(found) == ["kept.wav"]
    assert seen.troubles == [0]


@pytest.mark.parametrize(("mode", "written"), [("ab", True), ("r+b", True), ("rb", False)])
def test_who_has_a_file_open(machine, folder, mode, written):
    path = lay(folder, "one.wav", b"1")
    with holding(path, mode):
        seen, found = look(machine, folder)
    assert not seen.blind
    assert (found["one.wav"].number in seen.open) is written


def test_what_a_look_tells(machine, folder):
    path = lay(folder, "one.wav", b"12345", age=-2 * HOUR)
    (folder / "two.wav").hardlink_to(path)
    (folder / ".voicekit-removing-0a").mkdir()
    (folder / "deep").mkdir()
    (folder / "deep/.voicekit-removing-0b").mkdir()
    seen, found = look(machine, folder)
    assert abs(seen.now - time.time()) < 60
    assert found["one.wav"].links == found["two.wav"].links == 2
    assert found["one.wav"].modified > seen.now + HOUR
    assert sorted(seen.left) == ["", "deep"]


def test_a_spool_that_is_not_there(machine, folder):
    with pytest.raises(StoreError, match="no such folder"):
        look(machine, folder / "none")


def test_files_that_change_on_the_way_do_not_come(machine, folder):
    for one in "abcde":
        lay(folder, f"{one}.wav", b"1" * 100)
    _, found = look(machine, folder)
    (folder / "b.wav").unlink()
    with (folder / "c.wav").open("ab") as file:
        file.write(b"2")
    (folder / "d.wav").write_bytes(b"3" * 100)
    (folder / "e.wav").unlink()
    (folder / "e.wav").symlink_to("/etc/passwd")
    assert come(machine, folder, found.values()) == {"a.wav": b"1" * 100}


def test_large_and_many(machine, folder):
    for number in range(700):
        lay(folder, f"{number:0200}.wav", b"%d" % number)
    lay(folder, "large.wav", b"large" * 500_000)
    _, found = look(machine, folder)
    assert len(found) == 701
    assert come(machine, folder, found.values()) == {os.fsdecode(k): v for k, v in tree(folder).items()}


def test_files_that_vanish_while_they_are_listed(far_side, machine, folder, monkeypatch):
    """A leg that sox has mixed, a file that a rule of FreePBX removes: no reason to archive nothing."""
    lay(folder, "one.wav", b"1")
    lay(folder, "two.wav", b"2")
    stat = far_side.bin / "stat"
    real = stat.read_text()
    stat.write_text(real.replace("exec ", f'case "$*" in *file*) rm -f "{folder}/two.wav" ;; esac\nexec '))
    try:
        seen, found = look(machine, folder)
    finally:
        stat.write_text(real)
    assert list(found) == ["one.wav"]
    assert seen.troubles == [0]


@pytest.mark.parametrize(
    "rights", [["--reuid=65534", "--regid=65534", "--clear-groups"], ["--bounding-set=-sys_ptrace"]]
)
def test_who_may_not_look_is_blind_and_says_so(user, folder, rights):
    """Another user than root; and root in a container, who lacks CAP_SYS_PTRACE."""
    path = lay(folder, "one.wav", b"1")
    folder.chmod(0o755)
    path.chmod(0o666)
    program = (
        "import os, sys, time; os.setuid(12345); file = open(sys.argv[1], 'ab'); print(flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program, path], stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline()
        argv = ["setpriv", *rights, "sh", "-c", spool.script("written.sh", "spool.sh"), "sh", folder]
        said = subprocess.run(argv, capture_output=True, check=True).stdout
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert b"\nblind user " in said
    assert said.endswith(b"end\n")


def test_folders_that_may_not_be_looked_at_are_counted(user, folder):
    lay(folder, "one.wav", b"1")
    lay(folder, "closed/79161234567.wav", b"1")
    (folder / "closed").chmod(0o700)
    folder.chmod(0o755)
    script = spool.script("written.sh", "spool.sh")
    argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", script, "sh", folder]
    done = subprocess.run(argv, capture_output=True, check=True)
    assert b"\ntroubles 1\nend\n" in done.stdout
    assert b"./one.wav\n" in done.stdout
    assert b"7916" not in done.stderr


@pytest.mark.parametrize("disk", ["nfs4", "fuse.sshfs", ""])
def test_disks_that_others_write_to_as_well(disk):
    seen = spool._head(iter([b"now 5\n", f"disk {disk}\n".encode(), b"files\n"]))
    assert "other machines" in seen.blind
    assert not spool._head(iter([b"disk ext4\n", b"files\n"])).blind


@pytest.mark.parametrize("said", [b"", b"files\n", b"files\nfile 1 1 1:1 1 ./x\n", b"files\nnonsense 7916\nend\n"])
def test_an_answer_that_is_not_whole_is_an_error_without_names(said):
    lines = spool._lines("pbx", io.BytesIO(said))
    with pytest.raises(StoreError) as caught:
        list(spool._found("pbx", lines, spool._head(lines)))
    assert "7916" not in str(caught.value)


def test_asterisk_and_sox(folder, tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    asterisk = tmp_path / "bin/asterisk"
    asterisk.write_text('#!/bin/sh\nprintf "PJSIP/1!x!s!1!Up!Dial!!5551234!!!3!12!!1795419659.133\\n\\n"\n')
    asterisk.chmod(0o755)
    shutil.copy(shutil.which("sleep"), tmp_path / "bin/sox")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    with deploy.reach(Target("pbx")) as machine:
        seen, _ = look(machine, folder)
        assert seen.live == {"1795419659.133"}
        assert not seen.mixing
        with subprocess.Popen([tmp_path / "bin/sox", "60"]) as process:
            assert look(machine, folder)[0].mixing
            process.kill()


class Endless(io.RawIOBase):
    """Bytes, and then zeros without end; it says how many were read."""

    def __init__(self, first=b""):
        self.first, self.count = first, 0

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self.first[: len(buffer)] or bytes(len(buffer))
        self.first = self.first[len(data) :]
        buffer[: len(data)] = data
        self.count += len(data)
        if self.count > 64 << 20:
            raise AssertionError("reads for ever")
        return len(data)


def entry(name, kind=tarfile.REGTYPE, size=0):
    made = tarfile.TarInfo(name)
    made.type, made.size = kind, size
    return made.tobuf()


@pytest.mark.parametrize("kind", spool._HEADERS)
def test_a_header_without_an_end_is_not_held(kind):
    with pytest.raises(StoreError, match="no archive"):
        list(spool._unpacked("pbx", Endless(entry("x", kind, 1 << 32)), {"x": Found("x", 1, 0, "1:1", 1)}))


def test_more_files_than_were_asked_for_are_no_answer():
    class Many(Endless):
        def readinto(self, buffer):
            self.first = self.first or entry("y") * 100
            return super().readinto(buffer)

    with pytest.raises(StoreError, match="more files"):
        list(spool._unpacked("pbx", Many(), {"x": Found("x", 1, 0, "1:1", 1)}))


def test_a_machine_that_tells_of_open_files_for_ever(monkeypatch):
    monkeypatch.setattr(spool, "_MOST", 100)
    with pytest.raises(StoreError, match="pbx: tells of more"):
        spool._head((b"open %d:1\n" % number for number in itertools.count()), "pbx")


def test_folders_made_by_others_for_a_run_to_mend_do_not_hold_it_up(folder):
    for number in range(150):
        (folder / f"{number}/.voicekit-removing-x").mkdir(parents=True)
    seen, _ = look(deploy_here(), folder)
    assert len(seen.left) == 100


def deploy_here():
    from voicekit.hosts import machine

    return machine.here()


def test_what_a_link_leads_to_is_not_even_opened(folder, monkeypatch):
    lay(folder, "one.wav", b"x" * 5000)
    (found,) = look(deploy_here(), folder)[1].values()
    (folder / "one.wav").unlink()
    (folder / "one.wav").symlink_to("/dev/ptmx")
    opened = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, *more: opened.append(flags & os.O_PATH) or real(path, flags))
    with pytest.raises(StoreError, match="changed"):
        spool._same(folder, found)
    assert opened == [os.O_PATH]


def test_a_large_recording_for_which_there_is_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "_SMALL", 10)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(FullError, match="set TMPDIR"):
        spool._body(io.BytesIO(bytes(100)), 100)
