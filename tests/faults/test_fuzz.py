"""Damaged recordings: each becomes files that play, or one clear sentence; no crash, no noise, no file left behind."""

import io
import json
import random
import shutil
import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from audio.signals import speech
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pbx.riff import GUID, chunk, fmt, riff

from voicekit.audio.read import open_sound
from voicekit.audio.render import render
from voicekit.clip import gather
from voicekit.errors import VoicekitError
from voicekit.formats import TABLE
from voicekit.formats.linear import quantise
from voicekit.pbx.wave_reader import playback

FORMATS = ("wav", "ulaw", "gsm")
BATCH = 500
MEMORY = 2 << 30  # bytes of address space for the run and for each of its workers: a header that lies allocates nothing
SECONDS = 10.0  # a file
RUN = f"""\
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
from voicekit.cli import main
from voicekit.jobs import convert
convert.LIMIT = {SECONDS}
sys.exit(main(sys.argv[1:]))
"""

LIBSNDFILE = {  # name of the seed: container, subtype, rate in Hz, channels
    "pcm8.wav": ("WAV", "PCM_U8", 8000, 1),
    "pcm16.wav": ("WAV", "PCM_16", 8000, 1),
    "pcm24.wav": ("WAV", "PCM_24", 44100, 2),
    "ulaw.wav": ("WAV", "ULAW", 8000, 1),
    "gsm.wav": ("WAV", "GSM610", 8000, 1),
    "extensible.wav": ("WAVEX", "PCM_16", 22050, 2),
    "rf64.wav": ("RF64", "PCM_16", 8000, 1),
    "bare.gsm": ("RAW", "GSM610", 8000, 1),
    "sun.au": ("AU", "ULAW", 8000, 1),
    "apple.aiff": ("AIFF", "PCM_16", 16000, 1),
    "music.mp3": ("MP3", "MPEG_LAYER_III", 22050, 2),
    "lossless.flac": ("FLAC", "PCM_16", 16000, 1),
    "surround.flac": ("FLAC", "PCM_24", 8000, 6),
    "apple.caf": ("CAF", "ALAC_16", 16000, 1),
    "sony.w64": ("W64", "PCM_16", 8000, 1),
}
FFMPEG = {  # container, codec, rate
    "phone.m4a": ("ipod", "aac", 16000),
    "film.webm": ("webm", "libopus", 48000),
    "mobile.amr": ("amr", "libopencore_amrnb", 8000),
    "packets.opus": ("ogg", "libopus", 48000),
    "adpcm.wav": ("wav", "adpcm_ima_wav", 8000),
    "g726.wav": ("wav", "g726", 8000),
}
SIZES = (0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def seeds():
    """Small sound files of all kinds, by name."""
    found = {}
    for name, (container, subtype, rate, channels) in LIBSNDFILE.items():
        file = io.BytesIO()
        samples = np.column_stack([speech(0.6, rate).samples] * channels)
        soundfile.write(file, samples, rate, subtype, format=container)
        found[name] = file.getvalue()
    floats = speech(0.6, 16000).samples.astype("<f4").tobytes()
    found["float.wav"] = riff(fmt(3, rate=16000, align=4, bits=32), chunk(b"data", floats))
    file = io.BytesIO()  # neither by libsndfile alone: its files of these two kinds hold the time, or a random number
    TABLE["ogg"].write(speech(0.6, 8000).blocks(), file)
    found["vorbis.ogg"] = file.getvalue()
    return found | {name: by_ffmpeg(*how) for name, how in FFMPEG.items()}


def by_ffmpeg(kind, codec, rate):
    file = io.BytesIO()
    with av.open(file, "w", format=kind, options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(quantise(speech(0.6, rate).samples)[None], format="s16", layout="mono")
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return file.getvalue()


def place(data, chance):
    """An offset; every second one within the header."""
    return chance.randrange(min(len(data), 128) if chance.random() < 0.5 else len(data))


def flipped(data, chance):
    for _ in range(chance.choice((1, 3, 30))):
        data[place(data, chance)] ^= 1 << chance.randrange(8)


def cut_short(data, chance):
    del data[place(data, chance) + 1 :]


def lying(data, chance):
    """Another size in the place of one."""
    at = place(data, chance) & ~3
    size = chance.choice((*SIZES, chance.getrandbits(32), chance.getrandbits(16)))
    data[at : at + 4] = struct.pack(chance.choice(("<I", ">I")), size)


def doubled(data, chance):
    at, size = place(data, chance), chance.randrange(1, 2000)
    data[at:at] = data[at : at + size]


def removed(data, chance):
    at = place(data, chance)
    del data[at : at + chance.randrange(1, 2000)]


def beheaded(data, chance):
    """Noise behind the magic number."""
    start = chance.choice((4, 12, 20))
    size = chance.choice((4, 16, 64))
    data[start : start + size] = chance.randbytes(size)


MUTATIONS = (flipped, cut_short, lying, doubled, removed, beheaded)


def mutant(found, number):
    """The name and the bytes of a damaged file: the same ones for the same number."""
    chance = random.Random(number)
    name = chance.choice(sorted(found))
    data = bytearray(found[name])
    for _ in range(chance.choice((1, 1, 2, 4))):
        chance.choice(MUTATIONS)(data, chance)
        data = data or bytearray(b"\0")
    if chance.random() < 0.1:
        name = chance.choice(sorted(found))
    return f"{number}-{name}", bytes(data)


def check_files(outcome):
    """What was made is whole, by a decoder and by Asterisk's reader of WAV."""
    for name in outcome["data"]["files"]:
        assert len(gather(open_sound(Path(name))).samples) > 0, outcome
        if name.endswith(".wav"):
            with Path(name).open("rb") as file:
                heard = playback(file, 8000)
                assert (heard.refusal, heard.offset) == ("", 44), outcome
                assert heard.played >= file.seek(0, io.SEEK_END) - 2 * 44, outcome


def check(outcomes, to):
    """Each has files or one sentence, and nothing lies in `to` that is not told of."""
    made = set()
    for outcome in outcomes:
        assert outcome["code"] in ("converted", "not-converted"), outcome
        if outcome["code"] == "converted":
            check_files(outcome)
            made |= set(outcome["data"]["files"])
        else:
            assert 10 < len(outcome["detail"]) < 300, outcome
            assert "\n" not in outcome["detail"], outcome
    assert {str(path) for path in to.rglob("*") if path.is_file() and ".voicekit" not in path.parts} == made
    assert list((to / ".voicekit/tmp").iterdir()) == []


def fuzz(folder, numbers):
    """Convert these mutants in one run; gives how many ended how."""
    found, source, to = seeds(), folder / "in", folder / "out"
    source.mkdir()
    for number in numbers:
        name, data = mutant(found, number)
        (source / name).write_bytes(data)
    argv = ["convert", source, "--to", to, "--formats", ",".join(FORMATS), "--json"]
    run = subprocess.run([sys.executable, "-c", RUN, *argv], capture_output=True, check=False)
    assert run.stderr.decode() == ""
    assert run.returncode == 3
    outcomes = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(outcomes) == len(numbers)
    check(outcomes, to)
    shutil.rmtree(source)
    shutil.rmtree(to)
    return Counter(outcome["code"] for outcome in outcomes)


@pytest.mark.parametrize("batch", [0, *(pytest.param(n, marks=pytest.mark.faults) for n in range(1, 40))])
def test_damaged_recordings(tmp_path, batch):
    counts = fuzz(tmp_path, range(batch * BATCH, (batch + 1) * BATCH))
    assert min(counts["converted"], counts["not-converted"]) > BATCH / 10, "all mutants are harmless, or all are lost"


WORDS, LONGS = st.sampled_from((0, 1, 2, 8, 16, 24, 0xFFFF)) | st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
TAGS = st.sampled_from((1, 2, 3, 6, 7, 0x11, 0x31, 0x45, 0x55, 0xFFFE)) | WORDS
RATES = st.sampled_from((8000, 16000, 44100, 0, 1, 999, 768001, 0x7FFFFFFF, 0xFFFFFFFF)) | LONGS
CHANNELS = st.sampled_from((1, 2)) | WORDS


@st.composite
def wave_files(draw):
    """RIFF files whose fields and sizes may all lie, with their chunks in any order."""
    tag, channels, rate, align, bits = (draw(kind) for kind in (TAGS, CHANNELS, RATES, WORDS, WORDS))
    fields = struct.pack("<HHIIHH", tag, channels, rate, draw(LONGS), align, bits)
    extra = draw(st.binary(max_size=8) | st.builds(lambda sub: struct.pack("<HHIH", 22, 16, 4, sub) + GUID, TAGS))
    size = st.none() | st.sampled_from(SIZES) | LONGS
    chunks = [
        chunk(b"fmt ", fields + extra, size=draw(size)),
        chunk(b"data", draw(st.binary(max_size=4000)), size=draw(size)),
        *draw(
            st.lists(st.builds(chunk, st.sampled_from((b"LIST", b"fact", b"data", b"fmt ")), st.binary(max_size=40)))
        ),
    ]
    return riff(
        *draw(st.permutations(chunks)), size=draw(size), form=draw(st.sampled_from((b"RIFF", b"RIFX", b"RF64")))
    )


def check_wave(folder, data):
    (folder / "in.wav").write_bytes(data)
    target, refused = folder / "out.wav", ""
    try:
        render(open_sound(folder / "in.wav"), None, {target: TABLE["wav"]})
    except VoicekitError as error:
        refused = str(error)
    assert "\n" not in refused
    assert target.exists() != bool(refused)
    if not refused:
        with target.open("rb") as file:
            assert playback(file, 8000).refusal == ""
        target.unlink()


def several(count):
    return settings(max_examples=count, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


@several(200)
@given(data=wave_files())
def test_headers_that_lie(tmp_path, data):
    check_wave(tmp_path, data)


@pytest.mark.faults
@several(5000)
@given(data=wave_files())
def test_many_headers_that_lie(tmp_path, data):
    check_wave(tmp_path, data)
