"""THE TABLE: its rows, its doors, and that it comes without numpy."""

import io
import subprocess
import sys
from itertools import chain

import pytest

from voicekit.errors import InputError
from voicekit.formats import TABLE, by_extension, pick, same_codec

ROWS = list(TABLE.values())


def test_the_table_imports_no_numpy():
    code = "import sys, voicekit.formats.select; print({'numpy', 'soundfile', 'av'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_codecs_are_silent(tmp_path):
    """FFmpeg and libsndfile write to the process's stderr on their own: nothing may appear there."""
    code = (
        "import io, numpy as np\n"
        "from voicekit.errors import InputError\n"
        "from voicekit.formats import TABLE\n"
        "for row in TABLE.values():\n"
        "    if row.writable and row.name != 'g729':\n"
        "        file = io.BytesIO()\n"
        "        row.write([np.full(n, 0.9, np.float32) for n in (1, 320, 7)], file)\n"
        "        file.seek(0)\n"
        "        assert list(row.read(file))\n"
        "for name in ('g722', 'g726-32', 'ilbc', 'g729', 'g723', 'siren7', 'mp3', 'opus', 'spx', 'ogg', 'wav49'):\n"
        "    try:\n"
        "        list(TABLE[name].read(io.BytesIO(bytes(range(256)) * 9)))\n"
        "    except InputError:\n"
        "        pass\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("", "")


@pytest.mark.parametrize("one", ROWS, ids=lambda one: one.name)
def test_a_row_is_written_or_says_why_not(one):
    assert TABLE[one.name] is one
    assert one.asterisk
    assert one.writable == (one.refusal == "")
    assert one.readable or one.refusal
    if not one.writable:
        with pytest.raises(InputError, match=f"^format {one.name}: can't be written: "):
            one.write([], io.BytesIO())
    if not one.readable:
        with pytest.raises(InputError, match=f"^format {one.name}: can't be read: "):
            one.read(io.BytesIO())


def test_what_is_written_and_read():
    linear = {f"sln{k}" for k in ("", 12, 16, 24, 32, 48, 96, 192)}
    written = {"wav", "wav16", "ulaw", "alaw", "au", "gsm", "g722", "g726-32", "vox", "ogg", "g729", *linear}
    only_read = {"wav49", "sln44", "ilbc", "g723", "siren7", "spx", "spx16", "spx32", "opus", "mp3"}
    assert {row.name for row in ROWS if row.writable} == written
    assert {row.name for row in ROWS if row.readable} == written | only_read


@pytest.mark.parametrize("one", ROWS, ids=lambda one: one.name)
def test_frames_fit_the_rate(one):
    if one.frame_samples and one.headerless:
        assert one.frame_samples * 1000 % one.rate == 0  # whole milliseconds
    if one.codec.startswith("slin") and one.frame_samples:
        assert one.frame_bytes == 2 * one.frame_samples
        assert one.codec == ("slin" if one.rate == 8000 else f"slin{one.rate // 1000}")


def test_an_extension_means_one_format_case_by_case():
    extensions = list(chain.from_iterable(row.extensions for row in ROWS))
    assert len(extensions) == len(set(extensions))
    assert by_extension("wav").codec == "slin"
    assert by_extension("WAV").codec == "gsm"
    assert by_extension("pcm").codec == "ulaw"
    assert by_extension("GSM") is by_extension(".wav") is by_extension("") is None


def test_pick_names_the_nearest_right_name():
    assert pick("sln16") is TABLE["sln16"]
    for wrong, near in (
        ("g7222", "g722"),
        ("slin48", "sln48"),
        ("pcm", "ulaw"),
        ("WAV", "wav49"),
        ("raw", "sln"),
    ):
        with pytest.raises(InputError, match=f'"{wrong}"; did you mean "{near}'):
            pick(wrong)
    with pytest.raises(InputError, match="known: alaw, au, "):
        pick("")


def test_same_codec_pairs():
    names = ["wav", "sln", "ulaw", "au", "sln16", "wav16", "gsm", "wav49", "g722", "wav"]
    pairs = same_codec(pick(name) for name in names)
    assert [(one.name, other.name) for one, other in pairs] == [
        ("wav", "sln"),
        ("ulaw", "au"),
        ("sln16", "wav16"),
        ("gsm", "wav49"),
    ]
    assert same_codec([pick(name) for name in ("sln16", "g722", "ulaw", "alaw", "gsm", "wav")]) == []
