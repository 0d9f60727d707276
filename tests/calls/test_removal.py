"""Removal of what is archived: nothing that anybody wrote is ever lost, whoever writes, and wherever it is killed."""

import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from calls.archives import DAY, ODD, WEEK, aged, holding, lay, look, sha, tree

from voicekit.calls import removal
from voicekit.calls.seen import Known
from voicekit.errors import VoicekitError
from voicekit.hosts.machine import Shell


def known(folder: Path) -> list[Known]:
    """All files there, as archived."""
    return [
        Known(os.fsdecode(path), len(data), int((folder / os.fsdecode(path)).stat().st_mtime), sha(data))
        for path, data in tree(folder).items()
    ]


def answers(machine, folder, wanted):
    return {one.path: what for one, what in removal.removed(machine, str(folder), wanted)}


def test_every_name_is_removed_and_no_other(machine, folder):
    for place in (b"", b"2026/11/20/"):
        for one in ODD:
            lay(folder, place + one, one * 10, age=WEEK)
    wanted = known(folder)
    for twin in (b"blank before", b"blank behind", b"plain", b"rf", b"a"):  # what a careless shell would take
        lay(folder, twin, b"other", age=WEEK)
    others = {path: data for path, data in tree(folder).items() if data == b"other"}
    said = answers(machine, folder, wanted)
    assert set(said.values()) == {"removed"}
    assert tree(folder) == others
    assert not [*folder.rglob(".voicekit*")]


def test_what_is_not_what_was_archived_stays(machine, folder, tmp_path):
    for one in ("grown", "touched", "other", "swapped", "gone", "linked", "open", "read", "same", "pipe"):
        lay(folder, f"2026/{one}.wav", b"sound of " + one.encode(), age=WEEK)
    wanted = known(folder)
    below = folder / "2026"
    with (below / "grown.wav").open("ab") as file:
        file.write(b"more")
    aged(below / "touched.wav", DAY)
    then = (below / "other.wav").stat().st_mtime_ns
    (below / "other.wav").write_bytes(b"SOUND OF other")
    os.utime(below / "other.wav", ns=(then, then))
    for one in ("swapped", "linked", "pipe", "gone"):
        (below / f"{one}.wav").unlink()
    (below / "swapped.wav").mkdir()
    lay(tmp_path, "elsewhere.wav", b"sound of linked", age=WEEK)
    (below / "linked.wav").symlink_to(tmp_path / "elsewhere.wav")
    os.mkfifo(below / "pipe.wav")
    before = tree(folder)
    with holding(below / "open.wav", "ab"), holding(below / "read.wav", "rb"):
        said = answers(machine, folder, wanted)
    stay = dict.fromkeys(("grown", "touched", "other"), "changed") | {"open": "open"}
    stay |= dict.fromkeys(("swapped", "gone", "linked", "pipe"), "gone") | {"read": "removed", "same": "removed"}
    assert said == {f"2026/{one}.wav": what for one, what in stay.items()}
    assert tree(folder) == {path: data for path, data in before.items() if b"read" not in path and b"same" not in path}
    assert (tmp_path / "elsewhere.wav").read_bytes() == b"sound of linked"
    assert (below / "linked.wav").is_symlink()
    assert not [*folder.rglob(".voicekit*")]


def test_names_that_a_killed_run_has_hidden_come_back(machine, folder):
    hidden = ".voicekit-removing-dead"
    lay(folder, f"2026/{hidden}/lost -'name.wav", b"1", age=WEEK)
    lay(folder, f"2026/{hidden}/again.wav", b"old bytes", age=WEEK)
    lay(folder, "2026/again.wav", b"new bytes")
    lay(folder, f"2026/{hidden}/both.wav", b"2", age=WEEK)
    (folder / "2026/both.wav").hardlink_to(folder / f"2026/{hidden}/both.wav")
    seen, found = look(machine, folder)
    assert (seen.left, sorted(found)) == (["2026"], ["2026/again.wav", "2026/both.wav"])
    removal.given_back(machine, str(folder), "2026")
    assert tree(folder) == {
        b"2026/lost -'name.wav": b"1",
        b"2026/again.wav": b"new bytes",
        b"2026/1.again.wav": b"old bytes",
        b"2026/both.wav": b"2",
    }
    assert look(machine, folder)[0].left == []


@pytest.mark.parametrize("run", ["dash", "busybox sh"])
def test_what_another_run_has_in_hand_is_not_called_gone(folder, run):
    """One that was killed leaves its script at work on the machine: that may yet give the file its name back."""
    script = (Path(removal.__file__).parent / "aside.sh").read_text()
    path = lay(folder, "a.wav", b"sound", age=WEEK)
    line = f"{sha(b'sound')}/5/{int(path.stat().st_mtime)}/a.wav\n"

    def step(word, what):
        told = line if what == "aside" else f"\n{line}"
        argv = [*run.split(), "-c", script, "sh", word, what]
        return subprocess.run(argv, input=told, cwd=folder, capture_output=True, text=True, check=True).stdout

    assert step("1111", "aside") == ""
    hidden = folder / ".voicekit-removing-1111"
    assert (hidden / "a.wav").exists()
    (folder / ".voicekit-removing-2222").mkdir()
    assert step("2222", "remove") == "open a.wav\n"  # hidden by the other one, who goes on
    assert (hidden / "a.wav").exists()
    (hidden / "a.wav").rename(path)
    (folder / ".voicekit-removing-2222").mkdir()
    assert step("2222", "remove") == "open a.wav\n"  # given back
    assert step("1111", "aside") == ""
    assert step("1111", "remove") == "removed a.wav\n"
    assert not tree(folder)


def test_hidden_names_that_are_no_folders_do_no_harm(machine, folder, tmp_path):
    lay(folder, "2026/one.wav", b"1", age=WEEK)
    lay(tmp_path, "elsewhere/mine.wav", b"mine")
    wanted = known(folder)
    (folder / "2026/.voicekit-removing-link").symlink_to(tmp_path / "elsewhere")
    lay(folder, "2026/.voicekit-removing-file", b"a file")
    assert answers(machine, folder, wanted) == {"2026/one.wav": "removed"}
    assert (tmp_path / "elsewhere/mine.wav").read_bytes() == b"mine"
    assert tree(folder) == {b"2026/.voicekit-removing-file": b"a file"}


def test_a_folder_that_became_a_link_is_not_entered(machine, folder, tmp_path):
    lay(folder, "2026/one.wav", b"1", age=WEEK)
    wanted = known(folder)
    (folder / "2026").rename(tmp_path / "elsewhere")
    (folder / "2026").symlink_to(tmp_path / "elsewhere")
    assert answers(machine, folder, wanted) == {"2026/one.wav": "gone"}
    assert tree(tmp_path / "elsewhere") == {b"one.wav": b"1"}


def test_the_longest_names_and_many_files(machine, folder, monkeypatch):
    monkeypatch.setattr(removal, "_BATCH", 25)
    for number in range(60):
        lay(folder, f"{number:0255}", b"%d" % number, age=WEEK)
    assert set(answers(machine, folder, known(folder)).values()) == {"removed"}
    assert tree(folder) == {}


def test_root_works_with_the_rights_of_the_folders_owner(user, folder, tmp_path):
    """Else its owner could lead root to any file, by a link at the right moment. In a folder of root's to which others
    may write, nothing is done at all.
    """
    lay(folder, "2026/one.wav", b"1", age=WEEK)
    wanted = known(folder)
    log = tmp_path / "log"
    log.touch()
    log.chmod(0o666)
    (tmp_path / "bin").mkdir()
    for one in ("mv", "rm", "mkdir", "ln", "rmdir", "sha256sum"):
        (tmp_path / f"bin/{one}").write_text(f'#!/bin/sh\nid -u >> {log}\nexec {shutil.which(one)} "$@"\n')
        (tmp_path / f"bin/{one}").chmod(0o755)
    shell = Shell("pbx", ["env", f"PATH={tmp_path}/bin:{os.environ['PATH']}"], sudo=False, remote=False)
    shell._shell = ["env", f"PATH={tmp_path}/bin:{os.environ['PATH']}", "sh", "-c"]
    (folder / "2026").chmod(0o777)
    assert answers(shell, folder, wanted) == {"2026/one.wav": "refused"}
    (folder / "2026").chmod(0o755)
    for path in (folder / "2026", folder / "2026/one.wav"):
        os.chown(path, 12345, 12345)
    assert answers(shell, folder, wanted) == {"2026/one.wav": "removed"}
    assert set(log.read_text().split()) == {"12345"}


# At the command of the number in `at`, what `do` says is done before it, or (kill) in its place.
_MEDDLING = """#!/bin/sh
read -r number < {folder}/count
number=$((number + 1))
echo $number > {folder}/count
read -r at < {folder}/at
[ "$number" != "$at" ] || . {folder}/do
exec {real} "$@"
"""
_COMMANDS = ("mv", "rm", "ln", "mkdir", "rmdir", "stat", "sha256sum", "find", "cat", "id", "ls")
_DEEDS = {
    "append": 'printf more >> "{path}"',
    "replace": 'printf fresh > "{path}.new"; {mv} "{path}.new" "{path}"',
    "rewrite": 'printf MORE > "{path}"',
    "hold": "exec 9>> \"{path}\"; setsid sh -c 'sleep 0.4; printf late >&9' 9>&9 > /dev/null 2>&1 &",
    "kill": "kill -KILL 0; sleep 60",
}


class Meddling:
    """A shell in whose commands somebody meddles."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "bin").mkdir(parents=True)
        for one in _COMMANDS:
            text = _MEDDLING.format(folder=folder, real=shutil.which(one))
            (folder / f"bin/{one}").write_text(text)
            (folder / f"bin/{one}").chmod(0o755)
        self.machine = Shell("pbx", [], sudo=False, remote=False)
        self.machine._shell = ["env", f"PATH={folder}/bin:{os.environ['PATH']}", "sh", "-c"]

    def set(self, at: int, deed: str = "", path: Path | None = None) -> int:
        """What is to be done before which command; how many there were since the last time."""
        count = self.folder / "count"
        before = int(count.read_text()) if count.exists() else 0
        count.write_text("0\n")
        (self.folder / "at").write_text(f"{at}\n")
        script = _DEEDS[deed].format(path=path, mv=shutil.which("mv")) if deed else ":"
        (self.folder / "do").write_text(f"PATH={os.environ['PATH']}\n{script}\n")
        return before


@pytest.fixture(scope="module")
def meddling(tmp_path_factory):
    return Meddling(tmp_path_factory.mktemp("meddling"))


def some(total, *, few):
    return [pytest.param(seed, marks=() if seed < few else pytest.mark.faults) for seed in range(total)]


@pytest.mark.parametrize("seed", some(400, few=15))
def test_nobodys_bytes_are_lost(meddling, folder, seed):
    """Each byte that was archived may go, when nothing was added; each that was written at any moment must be there."""
    chance = random.Random(seed)
    deed = list(_DEEDS)[seed % len(_DEEDS)]
    archived = {f"2026/{n}.wav": b"sound %d " % n * chance.randint(1, 20) for n in range(3)}
    for path, data in archived.items():
        lay(folder, path, data, age=WEEK)
    wanted = known(folder)
    meddling.set(0)
    list(removal.removed(meddling.machine, str(folder), wanted))
    total = meddling.set(0)
    assert total > 15
    for path, data in archived.items():
        lay(folder, path, data, age=WEEK)
    wanted = known(folder)
    victim = f"2026/{chance.randrange(3)}.wav"
    meddling.set(chance.randrange(1, total + 1), deed, folder / victim)
    try:
        said = answers(meddling.machine, folder, wanted)
    except VoicekitError:
        said = {}
    if deed == "hold":
        time.sleep(0.6)
    meddling.set(0)
    removal.given_back(meddling.machine, str(folder), "2026")
    found = tree(folder)
    texts = b"\n".join(found.values())
    written = {"append": b"more", "replace": b"fresh", "rewrite": b"MORE", "hold": b"late"}.get(deed)
    assert written is None or written in texts, (said, found)
    if deed == "append":  # what it was appended to: the recording, or a new file of its name
        assert archived[victim] + b"more" in found.values() or b"more" in found.values()
    for path, data in archived.items():
        if path != victim and said.get(path, "kept") not in ("removed", "gone", "kept", "refused"):
            assert data in found.values()
    assert not any(b".voicekit" in path for path in found)
    assert set(found.values()) <= set(archived.values()) | {b"more", b"fresh", b"MORE", b"late", b""} | {
        data + end for data in archived.values() for end in (b"more", b"late")
    }
