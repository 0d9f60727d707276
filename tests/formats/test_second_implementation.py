"""Codecs byte for byte against other programs, those that Asterisk agrees with first (docs/formats.md)."""

import shutil

import numpy as np
import pytest
from formats.makers import linear, sample, siren7, through

from voicekit.formats import TABLE

RAW = ["-t", "raw", "-e", "signed", "-b", "16", "-L", "-c", "1", "-r", "8000"]
sox = pytest.mark.skipif(not shutil.which("sox"), reason="no second GSM codec: apt-get install sox")
ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="no second codec: apt-get install ffmpeg")


@pytest.fixture(scope="module", params=["speech", "noise", "full scale noise"])
def sound(request, speech_like):
    """Whole GSM frames, at whatever rate."""
    noise = np.random.default_rng(711).uniform(-1, 1, 16000).astype(np.float32)
    return {"speech": speech_like(8000, 2), "noise": 0.1 * noise, "full scale noise": 1.5 * noise}[request.param]


@sox
def test_gsm_as_sox(sound, encode, decode):
    gsm = TABLE["gsm"]
    data = encode(gsm, sound)
    assert data == through(["sox", "-D", *RAW, "-", "-t", "gsm", "-"], linear(sound))
    assert linear(decode(gsm, data)) == through(["sox", "-D", "-t", "gsm", "-", *RAW, "-"], data)


@ffmpeg
def test_g722_as_ffmpeg(sound, encode, decode):
    g722 = TABLE["g722"]
    data = encode(g722, sound)
    plain = ["-f", "s16le", "-ar", "16000", "-ac", "1"]
    run = ["ffmpeg", "-v", "error"]
    assert data == through([*run, *plain, "-i", "-", "-c:a", "g722", "-f", "g722", "-"], linear(sound))
    assert linear(decode(g722, data)) == through([*run, "-f", "g722", "-i", "-", "-f", "s16le", "-"], data)


@ffmpeg
def test_g726_as_ffmpeg(sound, encode, decode):
    g726 = TABLE["g726-32"]
    sound = np.clip(sound[:15920], -0.9, 0.9)  # whole frames, and no click (docs/formats.md)
    plain = ["-f", "s16le", "-ar", "8000", "-ac", "1"]
    run = ["ffmpeg", "-v", "error"]
    data = encode(g726, sound)
    packed = {
        name: through([*run, *plain, "-i", "-", "-c:a", name, "-b:a", "32k", "-f", name, "-"], linear(sound))
        for name in ("g726le", "g726")
    }
    assert data == packed["g726le"]
    assert data != packed["g726"] == bytes(byte >> 4 | (byte & 0xF) << 4 for byte in data)  # AAL2: high nibble first
    back = through([*run, "-f", "g726le", "-code_size", "4", "-i", "-", "-f", "s16le", "-"], data)
    assert linear(decode(g726, data)) == back


@ffmpeg
@pytest.mark.parametrize(("name", "magic"), [("ilbc", b"#!iLBC30\n"), ("g729", b"")])
def test_decoders_as_ffmpeg(name, magic, decode):
    """Noise will do: what is decoded is what FFmpeg's own reader of the file decodes."""
    data = np.random.default_rng(15).integers(0, 256, 1500, np.uint8).tobytes()
    other = through(["ffmpeg", "-v", "fatal", "-f", name, "-i", "-", "-f", "s16le", "-"], magic + data)
    assert linear(decode(TABLE[name], data)) == other


@ffmpeg
@pytest.mark.parametrize(("name", "close"), [("spx", 0.9999), ("spx16", 0.85), ("spx32", 0.85)])
def test_speex_as_libspeex(name, close, decode, speech_like):
    """Wideband, FFmpeg's own decoder differs from libspeex (correlation of 0.97 on speech, 0.87 on this)."""
    row = TABLE[name]
    data = sample(row, speech_like(row.rate, 2))
    run = ["ffmpeg", "-v", "error", "-c:a", "libspeex", "-i", "-", "-f", "s16le", "-"]
    other = np.frombuffer(through(run, data), "<i2") / 32768
    assert np.corrcoef(decode(row, data), other)[0, 1] > close


@sox
def test_wav49_is_gsm_in_other_packing(sound, encode, decode):
    """libsndfile's and sox's unpacking is right where Asterisk's is not: the samples are those of .gsm."""
    to_wav49 = ["-t", "wav", "-e", "gsm-full-rate", "-"]
    data = through(["sox", "-D", *RAW, "-", *to_wav49], linear(sound))
    gsm = TABLE["gsm"]
    assert np.array_equal(decode(TABLE["wav49"], data)[: len(sound)], decode(gsm, encode(gsm, sound)))


def test_a_step_of_siren7_is_3_db(decode):
    """ITU-T G.722.1: the first five bits of a frame are the power of its lowest region, and the rest follows it."""
    power = [np.mean(np.square(decode(TABLE["siren7"], siren7(level)))) for level in (12, 13, 14)]
    assert np.diff(10 * np.log10(power)) == pytest.approx([3.01, 3.01], abs=0.01)


def test_g723_sounds_like_the_original(decode, speech_like):
    sound = speech_like(8000, 2)
    heard = decode(TABLE["g723"], sample(TABLE["g723"], sound))[60:]  # the encoder looks 7.5 ms ahead
    assert np.corrcoef(sound[: len(heard)], heard[: len(sound)])[0, 1] > 0.95
