"""What `voicekit convert` is told: finish, level, channel, formats, music on hold, a report."""

import html
import re

import numpy as np
import pytest
import soundfile
from audio.signals import joined, silence, speech, tone

from voicekit.audio.level import prompt_level
from voicekit.audio.read import open_sound
from voicekit.clip import gather
from voicekit.formats.linear import quantise


@pytest.fixture
def convert(tmp_path, run):
    """`convert(samples, *argv, rate=...)`: of one recording, `a.wav`; gives what ran."""

    def one(samples, *argv, rate=8000):
        linear = samples if samples.dtype == np.int16 else quantise(samples)
        soundfile.write(tmp_path / "a.wav", linear, rate)
        return run("convert", tmp_path / "a.wav", "--to", tmp_path / "out", *argv, "--json")

    return one


def heard(tmp_path, extension):
    return gather(open_sound(tmp_path / f"out/a.{extension}"))


PAUSED = joined(silence(0.5, 8000), speech(1.5, 8000, -34), silence(0.7, 8000))


def test_finish_none_changes_no_sample(convert, tmp_path):
    assert convert(PAUSED.samples, "--finish", "none", "--formats", "sln").code == 0
    expected = quantise(PAUSED.samples).astype("<i2").tobytes()
    assert (tmp_path / "out/a.sln").read_bytes() == expected


def test_finish_none_keeps_noise_and_full_scale(convert, tmp_path):
    samples = np.random.default_rng(5).integers(-32768, 32768, 20000).astype("i2")
    assert convert(samples, "--finish", "none", "--formats", "sln").code == 0
    assert (tmp_path / "out/a.sln").read_bytes() == samples.astype("<i2").tobytes()


@pytest.mark.parametrize("level", [-20, -26])
def test_finish_call_changes_the_level_and_nothing_else(convert, tmp_path, level):
    ran = convert(PAUSED.samples, "--finish", "call", "--level", level, "--formats", "sln")
    sound = heard(tmp_path, "sln")
    assert ran.outcomes[0]["data"]["levels"][1] == pytest.approx(level, abs=0.1)
    assert prompt_level(sound).active == pytest.approx(level, abs=0.1)
    before = quantise(PAUSED.samples) / 32768
    gain = np.dot(before, sound.samples) / np.dot(before, before)
    assert np.abs(sound.samples - gain * before).max() < 1.02 * 2**-16
    assert len(sound.samples) == len(before)


def test_finish_prompt_cuts_the_pauses_off(convert, tmp_path):
    ran = convert(PAUSED.samples, "--formats", "sln")
    assert heard(tmp_path, "sln").seconds == pytest.approx(1.5 + 0.12, abs=0.15)
    assert "0.5 s and 0.6 s of pause cut off" in ran.outcomes[0]["data"]["repaired"]


def test_a_channel_is_counted_from_1(convert, tmp_path):
    both = np.column_stack([tone(400, 1, 8000).samples, tone(1000, 1, 8000).samples])
    for channel, hertz in ((1, 400), (2, 1000)):
        assert convert(both, "--channel", channel, "--formats", "sln", "--finish", "none").code == 0
        assert np.argmax(np.abs(np.fft.rfft(heard(tmp_path, "sln").samples))) == hertz


@pytest.mark.parametrize(("channel", "code"), [("9", 3), ("0", 2), ("-1", 2)])
def test_a_channel_that_is_not_there(convert, tmp_path, channel, code):
    ran = convert(np.zeros((800, 2)), "--channel", channel)
    assert ran.code == code
    assert not list(tmp_path.glob("out/a.*"))
    if code == 3:
        assert ran.outcomes[0]["detail"] == "has no channel 9; it has 2, counted from 1"


def test_music_on_hold_is_one_folder_of_quieter_sounds(tmp_path, run):
    for name in ("rock/loud.wav", "jazz/quiet.flac"):
        (tmp_path / "in" / name).parent.mkdir(parents=True)
        soundfile.write(tmp_path / "in" / name, joined(silence(0.3, 8000), speech(1, 8000, -12)).samples, 8000)
    ran = run("convert", tmp_path / "in", "--to", tmp_path / "moh", "--moh", "--formats", "sln")
    assert ran.code == 0
    assert {path.name for path in (tmp_path / "moh").iterdir()} == {"loud.sln", "quiet.sln", ".voicekit"}
    for name in ("loud", "quiet"):
        sound = gather(open_sound(tmp_path / f"moh/{name}.sln"))
        assert prompt_level(sound).active == pytest.approx(-24, abs=0.1)
        assert sound.seconds == 1.3
    assert f"[NAME], mode=files, directory={tmp_path / 'moh'}" in ran.out
    assert 'asterisk -rx "moh reload"' in ran.out


def test_music_of_one_name_in_two_folders_is_refused(tmp_path, run):
    for name in ("one/a.wav", "two/a.wav"):
        (tmp_path / "in" / name).parent.mkdir(parents=True)
        soundfile.write(tmp_path / "in" / name, speech(1, 8000).samples, 8000)
    ran = run("convert", tmp_path / "in", "--to", tmp_path / "moh", "--moh", "--json")
    assert (ran.code, ran.counts) == (3, {"converted": 1, "same-output": 1})


@pytest.mark.parametrize(
    ("codecs", "extensions"),
    [("ulaw,alaw,g722,opus", {"ulaw", "alaw", "g722", "sln48"}), ("alaw", {"alaw"}), ("gsm, ulaw", {"gsm", "ulaw"})],
)
def test_formats_auto_makes_what_the_channels_need(convert, tmp_path, codecs, extensions):
    assert convert(speech(1, 8000).samples, "--formats", "auto", "--codecs", codecs).code == 0
    assert {path.suffix[1:] for path in (tmp_path / "out").iterdir() if path.is_file()} == extensions


def test_a_codec_that_is_none(convert, tmp_path):
    ran = convert(speech(1, 8000).samples, "--formats", "auto", "--codecs", "ulwa")
    assert (ran.code, not (tmp_path / "out").exists()) == (4, True)
    assert 'unknown codec "ulwa"; did you mean "ulaw"' in ran.err


def test_a_report_tells_of_all_files_whatever_they_are_called(tmp_path, run):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("<script>x<b>.wav", "plain.wav"):
        soundfile.write(folder / name, speech(1, 8000).samples, 8000)
    (folder / "z&<b>.wav").write_bytes(b"no sound")
    ran = run("convert", folder, "--to", tmp_path / "out", "--formats", "ulaw", "--report", tmp_path / "r.html")
    assert ran.code == 3
    page = (tmp_path / "r.html").read_text()
    names = [html.escape(str(folder / name)) for name in ("z&<b>.wav", "<script>x<b>.wav", "plain.wav")]
    assert list(re.findall(r'<th scope="row">(.*?)</th>', page)) == names
    assert not re.search("<script|<b>", page)


def test_a_dry_run_writes_no_report(convert, tmp_path):
    assert convert(speech(1, 8000).samples, "--dry-run", "--report", tmp_path / "r.html").code == 0
    assert not (tmp_path / "r.html").exists()
