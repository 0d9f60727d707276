"""The reader that is modelled here does what Asterisk 22.10.1 did with the same files (docs/formats.md)."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pbx.riff import chunk, data, extensible, fmt, riff

from voicekit.pbx.wave_reader import layout, playback

SOUND = bytes(range(256)) * 62 + bytes(128)  # 16000 bytes: 1 s
FMT = fmt()
BEXT = chunk(b"bext", bytes(602))
ID3 = b"ID3\3\0\0\0\0\0\x0a" + bytes(10)

# What was measured: the name, the file, the rate of its extension, and the bytes that were played (None: refused).
CASES = [
    ("plain", riff(FMT, data(SOUND)), 8000, 15956),
    ("16k in .wav", riff(fmt(rate=16000), data(SOUND)), 8000, None),
    ("16k in .wav16", riff(fmt(rate=16000), data(SOUND * 2)), 16000, 31956),
    ("8k in .wav16", riff(FMT, data(SOUND)), 16000, None),
    ("44.1k", riff(fmt(rate=44100), data(SOUND)), 8000, None),
    ("stereo", riff(fmt(channels=2, align=4), data(SOUND)), 8000, None),
    ("8 bit", riff(fmt(align=1, bits=8), data(SOUND)), 8000, None),
    ("24 bit", riff(fmt(align=3, bits=24), data(SOUND)), 8000, None),
    ("float", riff(fmt(3, align=4, bits=32), data(SOUND)), 8000, None),
    ("u-law", riff(fmt(7, align=1, bits=8), data(SOUND)), 8000, None),
    ("extensible", riff(extensible(), data(SOUND)), 8000, None),
    ("fmt of 18", riff(fmt(extra=b"\0\0"), data(SOUND)), 8000, 15954),
    ("fmt of 14", riff(fmt(size=14), data(SOUND)), 8000, None),
    ("LIST 26", riff(FMT, chunk(b"LIST", bytes(26)), data(SOUND)), 8000, 15922),
    ("LIST 4000", riff(FMT, chunk(b"LIST", bytes(4000)), data(SOUND)), 8000, 11948),
    ("bext and LIST before fmt", riff(BEXT, chunk(b"LIST", bytes(4000)), FMT, data(SOUND)), 8000, 11338),
    ("LIST 20000", riff(FMT, chunk(b"LIST", bytes(20000)), data(SOUND)), 8000, 0),
    ("odd LIST, padded", riff(FMT, chunk(b"LIST", bytes(27), pad=True), data(SOUND)), 8000, None),
    ("odd LIST, not padded", riff(FMT, chunk(b"LIST", bytes(27)), data(SOUND)), 8000, 15921),
    ("LIST after data", riff(FMT, data(SOUND), chunk(b"LIST", bytes(4000))), 8000, 15956),
    ("data size 0", riff(FMT, data(SOUND, 0), size=0), 8000, 0),
    ("data size 0xFFFFFFFF", riff(FMT, data(SOUND, 0xFFFFFFFF), size=0xFFFFFFFF), 8000, None),
    ("data size 0x7FFFFFFF", riff(FMT, data(SOUND, 0x7FFFFFFF)), 8000, 16000),
    ("data size 0x80000000", riff(FMT, data(SOUND, 0x80000000)), 8000, None),
    ("data size 1000 too large", riff(FMT, data(SOUND, 17000)), 8000, 16000),
    ("data size of half", riff(FMT, data(SOUND, 8000)), 8000, 7956),
    ("odd data", riff(FMT, data(SOUND + b"\1")), 8000, 15957),
    ("RIFX", riff(FMT, data(SOUND), form=b"RIFX"), 8000, None),
    ("RF64", riff(FMT, data(SOUND), form=b"RF64"), 8000, None),
    ("bits 8, align 2", riff(fmt(bits=8), data(SOUND)), 8000, 15956),
    ("wrong byte rate", riff(fmt(byte_rate=1), data(SOUND)), 8000, 15956),
    ("data before fmt", riff(data(SOUND), FMT), 8000, 15980),
    ("no fmt", riff(data(SOUND)), 8000, 15980),
    ("wrong RIFF size", riff(FMT, data(SOUND), size=1), 8000, 15956),
    ("ID3 in front", ID3 + riff(FMT, data(SOUND)), 8000, None),
    ("zero length", b"", 8000, None),
    ("no data chunk", riff(FMT), 8000, None),
    ("no samples", riff(FMT, data(b"")), 8000, 0),
    ("40 bytes", riff(FMT, data(SOUND[:40])), 8000, 0),
    ("100 bytes", riff(FMT, data(SOUND[:100])), 8000, 56),
]


@pytest.mark.parametrize(("file", "rate", "played"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_plays_what_asterisk_played(file, rate, played):
    heard = playback(io.BytesIO(file), rate)
    assert (None if heard.refusal else heard.played) == played
    assert bool(heard.refusal) is (played is None)


LAYOUTS = {name: file for name, file, _, _ in CASES if file[:4] == b"RIFF" and b"data" in file}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_sound_is_found_wherever_it_lies(name):
    found = layout(io.BytesIO(LAYOUTS[name]))
    whole = LAYOUTS[name][found.offset : found.offset + found.present]
    assert SOUND.startswith(whole[:16000])
    expected = {"no samples": 0, "40 bytes": 40, "100 bytes": 100, "data size of half": 8000, "odd data": 16001}
    assert len(whole) == (expected | {"16k in .wav16": 32000}).get(name, 16000)
    assert found.astray is (name == "odd LIST, padded")
    assert found.open is (
        name in ("data size 0", "data size 0xFFFFFFFF", "data size 0x7FFFFFFF", "data size 0x80000000")
    )
    assert found.missing == (1000 if name == "data size 1000 too large" else 0)


def test_what_extensible_stands_for():
    assert layout(io.BytesIO(riff(extensible(7, align=1), data(SOUND)))).fmt.kind == 7
    assert layout(io.BytesIO(riff(fmt(0xFFFE), data(SOUND)))).fmt.kind == 0xFFFE


chunks = st.builds(
    chunk, st.sampled_from([b"LIST", b"bext", b"JUNK", b"fact"]), st.binary(max_size=40), pad=st.booleans()
)


@given(before=st.lists(chunks, max_size=3), sound=st.binary(max_size=300), after=st.lists(chunks, max_size=2))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_asterisk_plays_the_data_but_its_end(before, sound, after):
    file = riff(FMT, *before, data(sound), *after)
    offset = len(riff(FMT, *before)) + 8
    heard = playback(io.BytesIO(file), 8000)
    if any(len(other) - 8 != int.from_bytes(other[4:8], "little") for other in before):
        assert heard.offset != offset or heard.refusal  # a pad byte, and Asterisk is astray
    else:
        assert (heard.refusal, heard.offset, heard.played) == ("", offset, max(len(sound) - offset, 0))


@given(st.binary(max_size=200), st.booleans())
@settings(max_examples=200, derandomize=True, deadline=None)
def test_any_bytes_are_survived(junk, real):
    file = io.BytesIO((riff(FMT) if real else b"") + junk)
    heard, found = playback(file, 8000), layout(file)
    assert 0 <= heard.played <= len(file.getvalue())
    assert found is None or found.present <= len(file.getvalue())


def test_endless_chunks_end():
    """A gigabyte of nothing is a gigabyte of empty chunks: the walk stops long before its end."""

    class Zeros(io.BytesIO):
        reads = 0

        def read(self, size=-1):
            self.reads += 1
            return super().read(size) or bytes(size)

        def seek(self, at, whence=0):
            return 1 << 30 if whence else super().seek(at)

    file = Zeros(b"RIFF" + struct.pack("<I", 0) + b"WAVE")
    assert playback(file, 8000).refusal
    assert file.reads < 5000
