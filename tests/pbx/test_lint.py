"""Each kind of bad file is found by its code, and good files are found good."""

import os
import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pbx.riff import RATE, chunk, data, extensible, fmt, plain, riff, voice

from voicekit.formats import TABLE
from voicekit.formats.g711 import law
from voicekit.pbx.lint import compare, examine
from voicekit.pbx.rules import RULES
from voicekit.pbx.tree import walk

V = voice()
PCM = V.tobytes()
ULAW = law("ulaw").encode[V.view(np.uint16)].tobytes()
LOUD_END = np.tile(V[2000:6000], 2).astype("<i2")
LOUD_END[0] = 0


def floats(samples):
    return samples.astype(np.float32) / 32768


def encoded(name, samples=V):
    file = BytesIO()
    TABLE[name].write([floats(samples)], file)
    return file.getvalue()


def stereo(left, right):
    return riff(fmt(channels=2, align=4), data(np.column_stack([left, right]).astype("<i2").tobytes()))


def ogg(first_packet):
    return b"OggS" + bytes(22) + b"\1" + bytes([len(first_packet)]) + first_packet


def vorbis(channels, rate):
    return ogg(b"\x01vorbis" + struct.pack("<IBI", 0, channels, rate) + bytes(20))


def speex(rate, channels=1, frames=1):
    return ogg(b"Speex   " + bytes(28) + struct.pack("<I8xI12xI", rate, channels, frames) + bytes(20))


def au(encoding=1, rate=RATE, channels=1):
    return struct.pack(">4sIIIII", b".snd", 24, 0, encoding, rate, channels) + ULAW


def wav49(*before):
    file = BytesIO()
    soundfile.write(file, floats(V), RATE, format="WAV", subtype="GSM610")
    content = file.getvalue()
    return content[:36] + b"".join(before) + content[36:] if before else content


LIST = chunk(b"LIST", bytes(26))
MP3 = b"\xff\xfb\x90\x64" + bytes(400)
CASES = [
    ("a.wav", plain(V), []),
    ("a.wav", riff(fmt(extra=b"\0\0"), data(PCM)), []),
    ("a.wav", riff(fmt(), LIST, data(PCM)), []),  # what is cut off is silence
    ("a.wav", riff(fmt(), LIST, data(LOUD_END.tobytes())), ["chunks-before-data"]),
    ("a.wav", riff(fmt(), data(PCM), chunk(b"LIST", bytes(4000))), []),
    ("a.wav", riff(fmt(), chunk(b"LIST", bytes(20000)), data(PCM)), ["all-cut"]),
    ("a.wav", riff(fmt(), chunk(b"LIST", bytes(27), pad=True), data(PCM)), ["odd-chunk"]),
    ("a.wav", plain(V, 16000), ["wrong-rate"]),
    ("a.wav", plain(V, 44100), ["wrong-rate"]),
    ("a.wav16", plain(V), ["wrong-rate"]),
    ("a.wav16", plain(voice(rate=16000), 16000), []),
    ("a.wav", stereo(V, V), ["stereo"]),
    ("a.wav", stereo(V, V[::-1]), ["stereo"]),
    ("a.wav", riff(extensible(), data(PCM)), ["extensible"]),
    ("a.wav", riff(extensible(3, align=4), data(PCM)), ["extensible", "wrong-encoding"]),
    ("a.wav", riff(fmt(7, align=1, bits=8), data(ULAW)), ["wrong-encoding"]),
    ("a.wav", riff(fmt(6, align=1, bits=8), data(ULAW)), ["wrong-encoding"]),
    ("a.wav", riff(fmt(49, align=65, bits=0), data(bytes(650))), ["wrong-encoding"]),
    ("a.wav", riff(fmt(3, align=4, bits=32), data(bytes(4000))), ["wrong-encoding"]),
    ("a.wav", riff(fmt(align=3, bits=24), data(bytes(3000))), ["wrong-encoding"]),
    ("a.wav", riff(fmt(align=1, bits=8), data(bytes(3000))), ["wrong-encoding"]),
    ("a.wav", riff(fmt(channels=0, align=0), data(PCM)), ["stereo", "wrong-encoding"]),
    ("a.wav", riff(fmt(), data(PCM, 0)), ["open-header"]),
    ("a.wav", riff(fmt(), data(PCM, 0xFFFFFFFF)), ["open-header"]),
    ("a.wav", riff(fmt(), data(PCM, 20000)), ["cut-short"]),
    ("a.wav", riff(fmt(), data(b"")), ["empty"]),
    ("a.wav", riff(fmt()), ["empty"]),
    ("a.wav", riff(fmt(), data(PCM[4000:4040])), ["empty"]),
    ("a.wav", b"", ["empty"]),
    ("a.wav", riff(data(PCM), fmt()), ["no-fmt"]),
    ("a.wav", riff(fmt(), data(PCM), form=b"RIFX"), ["wrong-container"]),
    ("a.wav", riff(fmt(), data(PCM), form=b"RF64"), ["wrong-container"]),
    ("a.wav", b"ID3\3\0\0\0\0\0\x0a" + bytes(10) + plain(V), ["wrong-container"]),
    ("a.wav", MP3, ["wrong-container"]),
    ("a.wav", PCM, ["wrong-container"]),
    ("a.ulaw", ULAW, []),
    ("a.ulaw", plain(V), ["riff-in-raw"]),
    ("a.sln", plain(V), ["riff-in-raw"]),
    ("a.gsm", plain(V), ["riff-in-raw"]),
    ("a.g722", plain(V), ["riff-in-raw"]),
    ("a.alaw", b"OggS" + bytes(200), ["header-in-raw"]),
    ("a.ulaw", b"\xff" * 400 + ULAW, []),  # silence in u-law, and no MP3
    ("a.ulaw", b"", ["empty"]),
    ("a.gsm", encoded("gsm"), []),
    ("a.gsm", encoded("gsm")[:-1], ["truncated-frame"]),
    ("a.gsm", encoded("gsm")[:32], ["empty"]),
    ("a.gsm", ULAW[: 33 * 50], ["not-gsm"]),
    ("a.g722", encoded("g722", voice(rate=16000))[:-3], []),
    ("a.sln", PCM[:-1], []),
    ("a.sln44", PCM, ["sln44"]),
    ("a.siren14", bytes(240), []),
    ("a.siren14", bytes(250), ["truncated-frame"]),
    ("a.g719", bytes(161), ["truncated-frame"]),
    ("a.ilbc", b"#!iLBC30\n" + bytes(100), ["header-in-raw"]),
    ("a.g726-16", bytes(400), ["g726-rate"]),
    ("a.g726-40", bytes(400), ["g726-rate"]),
    ("a.WAV", wav49(), ["wav49"]),
    ("a.wav49", wav49(), ["wav49"]),
    ("a.WAV", wav49(LIST), ["wav49-layout"]),
    ("a.wav49", plain(V), ["wav49-layout"]),
    ("a.WAV", plain(V), ["upper-case-extension"]),
    ("a.Wav", plain(V), ["upper-case-extension"]),
    ("a.GSM", encoded("gsm"), ["upper-case-extension"]),
    ("a.au", au(), []),
    ("a.au", au(encoding=3), ["wrong-encoding"]),
    ("a.au", au(rate=16000, channels=2), ["stereo", "wrong-rate"]),
    ("a.au", ULAW, ["wrong-container"]),
    ("a.ogg", vorbis(2, 44100), ["stereo", "wrong-rate"]),
    ("a.ogg", ogg(b"OpusHead" + bytes(11)), ["wrong-encoding"]),
    ("a.spx16", speex(8000), ["wrong-rate"]),
    ("a.spx", speex(8000, frames=4), ["wrong-encoding"]),
    ("a.ogg", plain(V), ["wrong-container"]),
    ("a.ogg", vorbis(1, 8000), ["damaged"]),  # a good head, and nothing behind it
    ("a.flac", b"fLaC" + bytes(40), ["unknown-extension"]),
    ("a.wav.bak", plain(V), ["unknown-extension"]),
    ("core-sounds-en.txt", b"hello: Hello.\n", []),
    ("notes.txt", "\ufeffHello".encode("utf-16"), []),  # begins with FF FE, as MP3 nearly does
    ("a.sln", np.zeros(8000, "<i2").tobytes(), ["silent"]),
    ("a&b.sln", PCM, ["unsafe-name"]),
    ("a .sln", PCM, ["unsafe-name"]),
    ("a-b_c+d.e (f).sln", PCM, []),
]


def codes(examined):
    return sorted(finding.code for finding in examined.findings)


@pytest.mark.parametrize(("name", "content", "found"), CASES, ids=[f"{n}-{'-'.join(f) or 'good'}" for n, _, f in CASES])
def test_what_is_found(tmp_path, name, content, found):
    path = tmp_path / name
    path.write_bytes(content)
    examined = examine(path)
    assert codes(examined) == found
    assert all(finding.code in RULES and finding.detail for finding in examined.findings)


def sounding(tmp_path, samples, name="a.sln", rate=RATE):
    path = tmp_path / name
    path.write_bytes(np.clip(np.round(samples * 32768), -32768, 32767).astype("<i2").tobytes())
    return codes(examine(path))


def test_what_is_heard_of_the_sound_itself(tmp_path):
    sound = floats(V)
    assert sounding(tmp_path, sound) == []
    assert sounding(tmp_path, sound * 20) == ["clipping"]
    assert sounding(tmp_path, sound * (0.999 / np.abs(sound).max())) == []  # loud, not clipped
    assert sounding(tmp_path, sound + 0.02) == ["dc"]
    start = 2000 + int(np.argmax(np.abs(sound[2000:2400])))
    assert sounding(tmp_path, sound[start:]) == ["clipped-start"]


def test_a_clipped_start_is_one_in_every_lossless_codec(tmp_path):
    start = 2000 + int(np.argmax(np.abs(V[2000:2400])))
    for name in ("wav", "ulaw", "alaw"):
        path = tmp_path / f"a.{name}"
        path.write_bytes(encoded(name, V[start:]))
        assert codes(examine(path)) == ["clipped-start"], name


def test_two_samples_at_full_scale_are_a_peak_and_three_are_clipped(tmp_path):
    sound = floats(V)
    sound[4000:4002] = 0.999
    assert sounding(tmp_path, sound) == []
    sound[4002] = 0.999
    assert sounding(tmp_path, sound) == ["clipping"]


@pytest.mark.parametrize("border", range(-3, 4))
def test_what_is_clipped_across_blocks_is_seen(tmp_path, border):
    sound = np.tile(floats(V), 4)
    at = (1 << 14) + border  # a block of the scan ends there
    sound[at : at + 3] = 0.999
    assert sounding(tmp_path, sound) == ["clipping"]


def test_u_law_clips_at_its_own_full_scale(tmp_path):
    path = tmp_path / "a.ulaw"
    path.write_bytes(encoded("ulaw", np.clip(V.astype(int) * 20, -32768, 32767).astype("<i2")))
    assert codes(examine(path)) == ["clipping"]


def test_silence_that_is_called_so_is_good(tmp_path):
    (tmp_path / "silence").mkdir()
    assert sounding(tmp_path / "silence", np.zeros(8000), "5.sln") == []


def found_beside(folder):
    return [(path.name, finding.code) for path, finding in compare(map(examine, walk(folder).files))]


@pytest.mark.parametrize(
    ("extensions", "clash"),
    [
        (("wav", "sln"), "x.sln"),
        (("gsm", "WAV"), "x.WAV"),
        (("ulaw", "pcm"), "x.pcm"),
        (("ulaw", "au"), "x.au"),
        (("wav", "wav16"), None),
        (("wav", "ulaw", "gsm", "g722"), None),
    ],
)
def test_two_files_of_one_codec(tmp_path, extensions, clash):
    for extension in extensions:
        (tmp_path / f"x.{extension}").write_bytes(b"")
        (tmp_path / f"alone-{extension}.{extension}").write_bytes(b"")
    assert found_beside(tmp_path) == ([(clash, "same-codec")] if clash else [])


def test_a_level_far_from_the_others(tmp_path):
    for number in range(6):
        (tmp_path / f"{number}.sln").write_bytes(voice(seed=number).tobytes())
    assert found_beside(tmp_path) == []
    (tmp_path / "quiet.sln").write_bytes((V // 3).astype("<i2").tobytes())
    (tmp_path / "near.sln").write_bytes((V * 0.6).astype("<i2").tobytes())
    assert found_beside(tmp_path) == [("quiet.sln", "level")]
    (tmp_path / "few").mkdir()
    for name in ("a", "b"):
        (tmp_path / "few" / f"{name}.sln").write_bytes((V // (1 if name == "a" else 9)).astype("<i2").tobytes())
    assert found_beside(tmp_path) == [("quiet.sln", "level")]


def test_real_encoders_files(tmp_path):
    soundfile.write(tmp_path / "a.ogg", floats(V), RATE, format="OGG", subtype="VORBIS")
    soundfile.write(tmp_path / "b.ogg", floats(V), 16000, format="OGG", subtype="VORBIS")
    soundfile.write(tmp_path / "c.wav", floats(V), RATE, subtype="PCM_16")
    soundfile.write(tmp_path / "d.wav", floats(V), RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "e.mp3", floats(V), RATE, format="MP3")
    assert [codes(examine(path)) for path in walk(tmp_path).files] == [
        [],
        ["wrong-rate"],
        [],
        ["wrong-encoding"],
        ["add-on"],
    ]


def test_what_needs_an_add_on_is_told_with_its_name(tmp_path):
    soundfile.write(tmp_path / "a.mp3", floats(V), RATE, format="MP3")
    soundfile.write(tmp_path / "b.opus", floats(V), 48000, format="OGG", subtype="OPUS")
    found = {path.name: examine(path).findings for path in walk(tmp_path).files}
    assert [finding.code for findings in found.values() for finding in findings] == ["add-on"] * 2
    assert "format_mp3" in found["a.mp3"][0].detail
    assert "format_ogg_opus" in found["b.opus"][0].detail


def test_links_are_followed_once_and_circles_end(tmp_path):
    (tmp_path / "en_US_f").mkdir()
    (tmp_path / "en_US_f" / "a.sln").write_bytes(PCM)
    (tmp_path / "en").symlink_to("en_US_f")
    (tmp_path / "en_US_f" / "again").symlink_to("..")
    (tmp_path / "b.sln").symlink_to("en_US_f/a.sln")
    (tmp_path / "circle.sln").symlink_to("circle.sln")
    (tmp_path / "gone.gsm").symlink_to("nowhere")
    (tmp_path / "folder.gsm").mkdir()
    os.mkfifo(tmp_path / "pipe.ulaw")
    (tmp_path / ".hidden.sln").write_bytes(b"")
    tree = walk(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in tree.files] == ["b.sln", "en_US_f/a.sln"]
    assert [path.name for path, _ in tree.faults] == ["circle.sln", "folder.gsm", "gone.gsm", "pipe.ulaw"]


def test_a_file_that_vanishes_is_named(tmp_path):
    assert codes(examine(tmp_path / "gone.sln")) == ["unreadable"]


def test_the_page_says_what_the_rules_say():
    page = (Path(__file__).parents[2] / "docs/lint.md").read_text("utf-8")
    cells = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    table = {row[0].strip("`"): row[1] for row in cells if len(row) == 4}
    assert table == {code: rule.severity.value for code, rule in RULES.items()}
