"""One recording and its files: what is done already, what a killed run leaves, how much memory it all takes."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
from audio.signals import speech
from faults.test_kill import kill
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import conversion, fs
from voicekit.audio.recipe import CALL, PROMPT
from voicekit.conversion import Converter, Recipe, Record, Step
from voicekit.errors import InputError, VerificationError
from voicekit.formats import TABLE

FORMATS = ("wav", "ulaw", "g722")
USUAL = Recipe(PROMPT)


def recording(path, seed=0, seconds=1.0, rate=16000):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, speech(seconds, rate, seed=seed).samples, rate)
    return path


class Bench:
    """A recording, and conversions of it that keep a record between them."""

    def __init__(self, folder):
        self.source, self.to, self.records = recording(folder / "in/a.wav"), folder / "out", {}
        self.step = Step(self.source, "deep/a")

    def convert(self, *, formats=FORMATS, recipe=USUAL) -> bool:
        """Whether it took any work."""
        rows = tuple(TABLE[name] for name in formats)
        record, fresh = Converter(self.to, rows, recipe, self.records).convert(self.step)
        self.records["deep/a"] = record
        return fresh

    def made(self):
        return {path.name: path for path in sorted((self.to / "deep").iterdir())}

    def damage(self, path):
        """Turn one bit, and leave size and time as they were."""
        data, times = bytearray(path.read_bytes()), path.stat()
        data[-100] ^= 1
        path.write_bytes(data)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    assert bench.convert()
    return bench


def test_what_is_done_is_left_alone(bench):
    before = {name: (path.stat().st_ino, path.stat().st_mtime_ns) for name, path in bench.made().items()}
    assert set(before) == {"a.wav", "a.ulaw", "a.g722"}
    assert not bench.convert()
    assert not bench.convert(formats=("ulaw",)), "fewer formats are a part of what is done"
    assert before == {name: (path.stat().st_ino, path.stat().st_mtime_ns) for name, path in bench.made().items()}


def test_times_mean_nothing(bench):
    for path in (bench.source, *bench.made().values()):
        os.utime(path, (1, 1))
    assert not bench.convert()
    for path in (bench.source, *bench.made().values()):
        path.touch()
    assert not bench.convert()


@pytest.mark.parametrize("name", ["a.wav", "a.ulaw", "a.g722"])
@pytest.mark.parametrize("lost", [Bench.damage, lambda bench, path: path.unlink()], ids=["one bit", "removed"])
def test_a_file_that_is_not_what_was_made_is_made_again(bench, name, lost):
    right = {name: path.read_bytes() for name, path in bench.made().items()}
    lost(bench, bench.made()[name])
    assert bench.convert()
    assert right == {name: path.read_bytes() for name, path in bench.made().items()}
    assert not bench.convert()


def test_another_recording_under_the_name_is_converted(bench):
    before = bench.made()["a.ulaw"].read_bytes()
    bench.damage(bench.source)
    assert bench.convert()
    recording(bench.source, seed=1)
    assert bench.convert()
    assert bench.made()["a.ulaw"].read_bytes() != before
    assert not bench.convert()


@pytest.mark.parametrize(
    "recipe", [Recipe(None), Recipe(CALL), Recipe(replace(PROMPT, level=-23)), Recipe(PROMPT, 0)], ids=str
)
def test_another_recipe_is_another_sound(bench, recipe):
    assert bench.convert(recipe=recipe)
    assert not bench.convert(recipe=recipe)
    assert bench.convert()


def test_one_more_format_is_made(bench):
    assert bench.convert(formats=(*FORMATS, "sln16"))
    assert set(bench.made()) == {"a.wav", "a.ulaw", "a.g722", "a.sln16"}


def test_each_recipe_has_a_digest_of_its_own():
    recipes = [Recipe(finish, channel) for finish in (None, PROMPT, CALL) for channel in (None, 0, 1)]
    assert len({recipe.digest() for recipe in recipes}) == len(recipes)


def test_what_fails_leaves_all_as_it_was(bench, monkeypatch):
    """The third of three formats fails: the first two are not put in place without it."""
    recording(bench.source, seed=1)
    bench.made()["a.wav"].unlink()
    before = {name: path.read_bytes() for name, path in bench.made().items()}

    def broken(row, blocks, file):
        raise VerificationError("g722 fails")

    monkeypatch.setattr("voicekit.formats.ffmpeg.write", broken)
    with pytest.raises(VerificationError, match="g722 fails"):
        bench.convert()
    assert {name: path.read_bytes() for name, path in bench.made().items()} == before
    assert list((bench.to / ".voicekit/tmp").iterdir()) == []


def test_a_recording_that_grows_meanwhile_is_whole_or_told_of(bench, monkeypatch):
    """A headerless one is read to its end, and that moves between two passes."""
    growing = bench.source.with_suffix(".ulaw")
    growing.write_bytes(bytes(range(256)) * 16000)  # too long to be held in memory
    bench.step = Step(growing, "deep/a")
    before = {name: path.read_bytes() for name, path in bench.made().items()}
    read = TABLE["ulaw"].load().read

    def grows(row, file):
        if file.name == str(growing):
            with growing.open("ab") as more:
                more.write(bytes(8000))
        yield from read(row, file)

    monkeypatch.setattr("voicekit.formats.g711.read", grows)
    with pytest.raises(VerificationError, match=r"decoded again it has \d+ samples, not \d+"):
        bench.convert(recipe=Recipe(None))
    monkeypatch.undo()
    assert {name: path.read_bytes() for name, path in bench.made().items()}.keys() == before.keys()
    assert bench.convert(recipe=Recipe(None)), "what was made of a part is not taken for the whole"


NAMES = st.text(st.characters(codec=None, exclude_characters="\0"), min_size=1, max_size=20)
RECORDS = st.builds(
    Record,
    name=NAMES,
    source=NAMES,
    sha256=st.just("0" * 64),
    recipe=st.sampled_from([Recipe(PROMPT).digest(), Recipe(None, 3).digest()]),
    files=st.dictionaries(st.sampled_from(["wav", "ulaw"]), st.just("f" * 64)),
    seconds=st.floats(0, 1e5).map(lambda x: round(x, 3)),
    levels=st.none() | st.tuples(st.floats(-60, 0), st.floats(-60, 0)),
    repaired=st.lists(NAMES, max_size=2).map(tuple),
)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(RECORDS, max_size=4))
def test_records_come_back_as_they_were(tmp_path_factory, records):
    to = tmp_path_factory.mktemp("records")
    known = {record.name: record for record in records}
    conversion.save(to, known)
    assert conversion.load(to) == known
    first = fs.sha256(to / ".voicekit/converted.jsonl")
    conversion.save(to, dict(reversed(known.items())))
    assert fs.sha256(to / ".voicekit/converted.jsonl") == first, "their order depends on the order of work"


def test_a_record_that_is_damaged_names_its_line(tmp_path):
    conversion.save(tmp_path, {})
    with (tmp_path / ".voicekit/converted.jsonl").open("a") as file:
        file.write('{"name": 3}\n')
    with pytest.raises(InputError, match=r"converted\.jsonl:2: not a line of converted"):
        conversion.load(tmp_path)


# Runs that are killed: kill -9 of the whole group, or of the parent alone.


def start(source, to):
    argv = ["convert", str(source), "--to", str(to), "--formats", "wav,ulaw,gsm,sln16,g722"]
    return subprocess.Popen(
        [sys.executable, "-m", "voicekit", *argv],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def undisturbed(source, to):
    run = start(source, to)
    assert (run.communicate()[1], run.returncode) == (b"", 0)


def tree(to):
    files = {path.relative_to(to).as_posix(): path for path in sorted(to.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if name != ".voicekit/lock"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells workers of their parent's death")
@pytest.mark.parametrize("moments", [1, pytest.param(60, marks=pytest.mark.faults)])
def test_a_killed_run_is_taken_up_by_the_next(tmp_path, moments):
    source, to, chance = tmp_path / "in", tmp_path / "out", random.Random(f"convert {moments}")
    for number in range(24):
        recording(source / f"{number % 3}/{number}.wav", seed=number)
    began = time.monotonic()
    undisturbed(source, to)
    seconds, whole = time.monotonic() - began, tree(to)
    landed = tries = 0
    while landed < moments:
        assert tries < 5 * moments + 10, "most kills came before or after the work"
        tries += 1
        shutil.rmtree(to)
        run = start(source, to)
        time.sleep(chance.uniform(0.3, 1.0) * seconds)
        kill(run, everybody=chance.random() < 0.5)
        left = {name: data for name, data in tree(to).items() if not name.startswith(".voicekit/")}
        assert left.items() <= whole.items(), "a file that no undisturbed run makes"
        alive = run.returncode == -signal.SIGKILL
        if not (alive and left):  # the machine is more busy than when it was measured, or less
            seconds *= 1.2 if alive else 0.8
        landed += alive and bool(left)
        undisturbed(source, to)
        assert tree(to) == whole
        assert list((to / ".voicekit/tmp").iterdir()) == []


# Memory, in a process of its own, for a process remembers only its peak.

MEASURED = """\
import resource, sys
from voicekit.cli import main
def peaks():
    # Not ru_maxrss for ourselves: it remembers the process that started us.
    own = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return [int(own) / 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]
def convert(source, to):
    assert main(["convert", source, "--to", to, "--formats", "ulaw", "--json"]) == 0
first, more, to = sys.argv[1:]
convert(first, to + "/first")
before = peaks()
convert(more, to + "/more")
print(*before, *peaks(), file=sys.stderr)
"""


def memory(first, more, to):
    """Peaks in MiB, of the parent and of its largest worker: after `first`, and after `more` too."""
    argv = [sys.executable, "-c", MEASURED, str(first), str(more), str(to)]
    run = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return map(float, run.stderr.split())


@pytest.mark.parametrize("recordings", [600, pytest.param(3000, marks=pytest.mark.faults)])
def test_many_recordings_need_hardly_more_memory_than_one(tmp_path, recordings):
    one = recording(tmp_path / "one/a.wav", seconds=0.02, rate=8000)
    (tmp_path / "in").mkdir()
    for number in range(recordings):
        (tmp_path / f"in/{number}.wav").hardlink_to(one)
    before, _, after, _ = memory(tmp_path / "one", tmp_path / "in", tmp_path / "out")
    assert after - before < recordings / 100, "more than 10 kB each stay in memory"


@pytest.mark.parametrize("minutes", [20, pytest.param(240, marks=pytest.mark.faults)])
def test_a_long_recording_needs_no_more_memory_than_a_word(tmp_path, minutes):
    short, minute = recording(tmp_path / "a.wav"), speech(60, 8000).samples
    with soundfile.SoundFile(tmp_path / "long.wav", "w", 8000, 1, "ULAW") as file:
        for _ in range(minutes):
            file.write(minute)
    parent, worker, *after = memory(short, tmp_path / "long.wav", tmp_path / "out")
    assert max(after) < 200
    assert after[0] - parent < 20
    assert after[1] - worker < 30, "all of it lies in memory at once"
    assert Path(tmp_path / "out/more/long.ulaw").stat().st_size == pytest.approx(minutes * 60 * 8000, rel=0.01)
