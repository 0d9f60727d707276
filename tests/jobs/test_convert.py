"""A tree of recordings in, the same tree out, evenly loud; a bad one stops no other."""

import resource
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicekit.audio.level import prompt_level
from voicekit.audio.read import open_sound
from voicekit.formats import pick


def recording(path, rate=44100, gain=0.1, seconds=1.0):
    """Something that swells like speech: tones of 200 to 900 Hz, four syllables a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(int(rate * seconds)) / rate
    tones = sum(np.sin(2 * np.pi * hertz * time) for hertz in (200, 410, 900))
    soundfile.write(path, gain / 3 * tones * np.abs(np.sin(4 * np.pi * time)), rate)
    return path


@pytest.fixture
def source(tmp_path):
    """A folder with a WAV, an MP3 and an Ogg at three rates and levels, and something hidden."""
    folder = tmp_path / "in"
    recording(folder / "one.wav")
    recording(folder / "deep/two.mp3", 22050, 0.9)
    recording(folder / "deep/er/three.ogg", 16000, 0.02)
    (folder / ".hidden.wav").write_bytes(b"")
    return folder


@pytest.fixture
def convert(tmp_path, run):
    return lambda *argv, to="out": run("convert", *argv, "--to", tmp_path / to, "--json")


def made(folder):
    """The sounds below a folder; not the record of what was made."""
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name for name in files if not name.startswith(".voicekit/")}


def test_the_same_tree_at_one_level(source, convert, tmp_path):
    ran = convert(source, "--formats", "ulaw,sln16", "--level", "-23")
    assert (ran.code, ran.counts) == (0, {"converted": 3})
    names = ("one", "deep/two", "deep/er/three")
    assert made(tmp_path / "out") == {f"{name}.{extension}" for name in names for extension in ("ulaw", "sln16")}
    for name in names:
        for extension in ("ulaw", "sln16"):
            sound = open_sound(tmp_path / f"out/{name}.{extension}")
            assert sound.rate == pick(extension).rate
            assert prompt_level(sound).active == pytest.approx(-23, abs=0.3)


def test_converting_again_gives_the_same_bytes(source, convert, tmp_path):
    convert(source)
    convert(source, to="again")
    files = made(tmp_path / "out")
    assert len(files) == 12
    assert files == made(tmp_path / "again")
    assert all((tmp_path / "out" / x).read_bytes() == (tmp_path / "again" / x).read_bytes() for x in files)


def test_only_what_changed_is_converted_again(source, convert, tmp_path):
    convert(source)
    times = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in made(tmp_path / "out")}
    recording(source / "one.wav", gain=0.2, seconds=0.7)
    (tmp_path / "out/deep/two.ulaw").write_bytes(b"damaged")
    assert convert(source).counts == {"converted": 2, "current": 1}
    again = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in made(tmp_path / "out")}
    assert {name.partition(".")[0] for name in times if times[name] == again[name]} == {"deep/er/three"}
    assert convert(source).counts == {"current": 3}


def test_a_bad_recording_stops_no_other(source, convert, tmp_path):
    (source / "broken.wav").write_bytes(b"RIFF but not a sound")
    (source / "empty.mp3").write_bytes(b"")
    (source / "notes.txt").write_text("not a sound")
    ran = convert(source)
    assert (ran.code, ran.counts) == (3, {"converted": 3, "not-converted": 2, "no-sound": 1})
    assert {"broken", "empty"}.isdisjoint(name.partition(".")[0] for name in made(tmp_path / "out"))


def test_two_that_would_make_one_file(source, convert):
    recording(source / "one.flac")
    ran = convert(source, "--formats", "ulaw")
    assert (ran.code, ran.counts) == (3, {"converted": 3, "same-output": 1})
    assert ran.codes[str(source / "one.wav")] == "same-output"


def test_a_recording_is_never_written_over(source, run, tmp_path):
    before = (source / "one.wav").read_bytes()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/one.wav").symlink_to(source / "one.wav")
    for to in (source, tmp_path / "out"):
        ran = run("convert", source / "one.wav", "--to", to, "--formats", "wav", "--json")
        assert (ran.code, ran.codes) == (3, {str(source / "one.wav"): "own-source"})
    assert (source / "one.wav").read_bytes() == before


def test_beside_the_recording_is_a_place_too(source, run):
    for code in ("converted", "current"):
        ran = run("convert", source / "one.wav", "--to", source, "--formats", "ulaw", "--json")
        assert (ran.code, ran.counts) == (0, {code: 1})


@pytest.mark.parametrize("to", [".", "deep/..", "link"])
def test_the_folder_of_the_recordings_is_no_place(source, run, monkeypatch, to):
    """The next run would take the files for recordings."""
    monkeypatch.chdir(source)
    (source / "link").symlink_to(source)
    before = made(source)
    ran = run("convert", source, "--to", to)
    assert (ran.code, ran.err) == (
        4,
        f"voicekit: {Path(to)}: the folder of the recordings itself; choose another --to\n",
    )
    assert made(source) == before


def test_an_output_that_is_a_hard_link_leaves_the_other_name_alone(source, convert, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/one.wav").hardlink_to(source / "one.wav")
    before = (source / "one.wav").read_bytes()
    assert convert(source / "one.wav", "--formats", "wav").code == 0
    assert (source / "one.wav").read_bytes() == before != (tmp_path / "out/one.wav").read_bytes()


@pytest.mark.parametrize("relative", [True, False])
def test_an_output_within_the_source_is_no_source(source, run, monkeypatch, relative):
    monkeypatch.chdir(source)
    to = "out" if relative else source / "out"
    assert run("convert", ".", "--to", to, "--json").counts == {"converted": 3}
    assert run("convert", ".", "--to", to, "--json").counts == {"current": 3}


def test_a_dry_run_does_nothing(source, convert, tmp_path):
    ran = convert(source, "--dry-run", "--formats", "ulaw")
    assert ran.counts == {"would-convert": 3}
    assert str(tmp_path / "out/deep/two.ulaw") in ran.out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["--formats", "ulwa"], 4, 'did you mean "ulaw"'),
        (["--formats", "sln44"], 4, "sln44 can't be written"),
        (["--formats", "wav,sln"], 4, "hold the same codec"),
        (["--level", "-90"], 2, "level must be from -40 to -6 dBov"),
    ],
)
def test_wrong_wishes_are_refused_before_any_work(source, convert, tmp_path, argv, code, message):
    ran = convert(source, *argv)
    assert ran.code == code
    assert message in ran.err
    assert not (tmp_path / "out").exists()


def test_a_source_that_is_not_there(convert, tmp_path):
    ran = convert(tmp_path / "nowhere")
    assert ran.code == 4
    assert f"{tmp_path / 'nowhere'}: no such file or folder" in ran.err


def test_a_full_disk_leaves_nothing_half_written(source, convert, tmp_path):
    convert(source, to="undisturbed")
    old, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (12000, hard))
    try:
        ran = convert(source)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (old, hard))
    assert (ran.code, set(ran.counts)) == (3, {"not-written"})
    assert "File too large" in ran.out
    for name in made(tmp_path / "out"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()
    assert convert(source).code == 0
    assert made(tmp_path / "out") == made(tmp_path / "undisturbed")
