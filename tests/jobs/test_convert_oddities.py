"""What else may lie in a folder of recordings: nothing of it stops the others, and nothing hangs."""

import os
import socket
import subprocess
import sys

import pytest
import soundfile
from audio.signals import speech

from voicekit import conversion, fs
from voicekit.cli import main
from voicekit.conversion import Recipe
from voicekit.formats import TABLE
from voicekit.jobs import convert as job


@pytest.fixture
def folder(tmp_path):
    """A folder with one good recording."""
    (tmp_path / "in").mkdir()
    soundfile.write(tmp_path / "in/good.wav", speech(0.5, 8000).samples, 8000)
    return tmp_path / "in"


@pytest.fixture
def convert(tmp_path, run):
    return lambda *argv: run("convert", *argv, "--to", tmp_path / "out", "--formats", "ulaw", "--json")


def fifo(path):
    os.mkfifo(path)


def listening(path):
    """Bound through the folder: the name of a socket may have 108 bytes only."""
    folder = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)


ODD = {
    "a pipe": (fifo, "no-file"),
    "a socket": (listening, "no-file"),
    "a link in a circle": (lambda path: path.symlink_to(path.name), "not-read"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), "not-read"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "no-file"),
    "an empty file": (lambda path: path.touch(), "not-converted"),
    "half a header": (lambda path: path.write_bytes(b"RIFF\xff\xff\xff\xffWAVEfmt "), "not-converted"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_recording_is_told_and_left(folder, convert, name):
    make, code = ODD[name]
    odd = folder / "odd.wav"
    make(odd)
    ran = convert(folder)
    assert ran.codes == {str(folder / "good.wav"): "converted", str(odd): code}
    alone = convert(odd)
    assert alone.codes == {str(odd): code}
    assert ran.code == alone.code == (0 if code == "no-file" else 3)


def test_links_to_files_are_recordings_and_links_to_folders_are_not(folder, convert, tmp_path):
    (folder / "linked.wav").symlink_to("good.wav")
    (folder / "up").symlink_to("..")
    assert convert(folder).codes == {
        str(folder / "good.wav"): "converted",
        str(folder / "linked.wav"): "converted",
        str(folder / "up"): "link",
    }
    assert (tmp_path / "out/linked.ulaw").read_bytes() == (tmp_path / "out/good.ulaw").read_bytes()


def test_a_circle_of_links_beside_an_output_within_the_source(folder, run):
    (folder / "loop").symlink_to("loop")
    (folder / "out").mkdir()
    (folder / "out/good.ulaw").symlink_to("good.ulaw")
    ran = run("convert", folder, "--to", folder / "out", "--formats", "ulaw", "--json")
    assert ran.codes == {str(folder / "good.wav"): "converted", str(folder / "loop"): "not-read"}


def test_a_folder_named_like_a_recording_is_a_folder(folder, convert, tmp_path):
    (folder / "x.wav").mkdir()
    (folder / "good.wav").rename(folder / "x.wav/y.wav")
    assert convert(folder).codes == {str(folder / "x.wav/y.wav"): "converted"}
    assert (tmp_path / "out/x.wav/y.ulaw").is_file()


@pytest.mark.parametrize("make", [fifo, lambda path: path.mkdir()], ids=["a pipe", "a folder"])
def test_what_lies_in_the_way_of_an_output_stays(folder, convert, tmp_path, make):
    target = tmp_path / "out/good.ulaw"
    target.parent.mkdir()
    make(target)
    mode = target.stat().st_mode
    ran = convert(folder)
    assert (ran.code, ran.codes) == (3, {str(folder / "good.wav"): "not-converted"})
    assert "not a regular file" in ran.out
    assert target.stat().st_mode == mode


def test_a_file_in_the_place_of_the_output_folder(folder, convert, tmp_path):
    (tmp_path / "out").write_text("a file")
    ran = convert(folder)
    assert (ran.code, ran.out) == (6, "")
    assert ran.err.startswith("voicekit: ")


NAMES = [
    b"\xff\xfe.wav",
    "Привет мир.wav".encode(),
    b" .wav",
    b"-rf.wav",
    b"a\nb.wav",
    b"%d$x.wav",
    b"a.b.c.wav",
    b"x.WAV",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names_are_kept_whatever_they_are(folder, convert, tmp_path, name):
    (folder / "good.wav").rename(folder / os.fsdecode(name))
    assert convert(folder).counts == {"converted": 1}
    made = [os.fsencode(path.name) for path in (tmp_path / "out").iterdir() if path.name != ".voicekit"]
    assert made == [name[:-4] + b".ulaw"]
    assert convert(folder).counts == {"current": 1}


def test_a_name_that_is_too_long_fails_alone(folder, convert):
    (folder / ("n" * 251 + ".wav")).write_bytes((folder / "good.wav").read_bytes())
    ran = convert(folder)
    assert (ran.code, ran.counts) == (3, {"converted": 1, "not-written": 1})


@pytest.mark.parametrize(("size", "place"), [(0xFFFFFFFF, 40), (0x7FFFFFFF, 40), (0xFFFFFFFF, 4), (0, 40)])
def test_a_header_that_says_4_gb_is_read_to_the_end(folder, convert, tmp_path, size, place):
    data = bytearray((folder / "good.wav").read_bytes())
    data[place : place + 4] = size.to_bytes(4, "little")
    (folder / "huge.wav").write_bytes(data)
    assert convert(folder).counts == {"converted": 2}
    assert (tmp_path / "out/huge.ulaw").read_bytes() == (tmp_path / "out/good.ulaw").read_bytes()


def test_a_recording_that_is_gone_is_told(folder, tmp_path):
    plan = job.plan([folder], tmp_path / "out", [TABLE["ulaw"]], Recipe(None))
    (folder / "good.wav").unlink()
    (outcome,) = job.apply(plan)
    assert (outcome.code, outcome.detail) == ("not-read", "No such file or directory")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read all")
def test_what_may_not_be_read_is_told(folder, convert):
    (folder / "good.wav").chmod(0)
    assert convert(folder).codes == {str(folder / "good.wav"): "not-read"}


def test_two_runs_at_once(folder, convert, tmp_path):
    with fs.exclusive(tmp_path / "out" / conversion.FOLDER / "lock", "it"):
        ran = convert(folder)
    assert (ran.code, ran.out) == (8, "")
    assert ran.err == f"voicekit: the folder {tmp_path / 'out'} is in use by another voicekit run; wait for it to end\n"
    assert convert(folder).code == 0


def test_the_lock_is_held_while_files_are_made(folder, tmp_path):
    """Another process finds it taken between the first outcome of a run and the last."""
    (folder / "more.wav").write_bytes((folder / "good.wav").read_bytes())
    outcomes = job.apply(job.plan([folder], tmp_path / "out", [TABLE["ulaw"]], Recipe(None)))
    next(outcomes)
    argv = ["convert", str(folder), "--to", str(tmp_path / "out")]
    assert subprocess.run([sys.executable, "-m", "voicekit", *argv], capture_output=True, check=False).returncode == 8
    assert len(list(outcomes)) == 1
    assert main(argv) == 0
