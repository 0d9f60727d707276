"""gsm and g722, byte for byte against the programs that Asterisk agrees with (docs/formats.md)."""

import shutil
import subprocess

import numpy as np
import pytest

from voicekit.formats import TABLE
from voicekit.formats.linear import quantise

RAW = ["-t", "raw", "-e", "signed", "-b", "16", "-L", "-c", "1", "-r", "8000"]
sox = pytest.mark.skipif(not shutil.which("sox"), reason="no second GSM codec: apt-get install sox")
ffmpeg = pytest.mark.skipif(
    not shutil.which("ffmpeg"), reason="no second G.722 codec: apt-get install ffmpeg"
)


@pytest.fixture(scope="module", params=["speech", "noise", "full scale noise"])
def sound(request, speech_like):
    """Whole GSM frames, at whatever rate."""
    noise = np.random.default_rng(711).uniform(-1, 1, 16000).astype(np.float32)
    return {"speech": speech_like(8000, 2), "noise": 0.1 * noise, "full scale noise": 1.5 * noise}[
        request.param
    ]


def through(command, data):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def linear(samples):
    return quantise(samples).astype("<i2").tobytes()


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
