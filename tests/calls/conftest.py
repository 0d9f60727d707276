"""Recordings as a PBX leaves them, made of Debian's prompts where they are installed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from deploy import conftest as deployment
from pbx.riff import chunk, data, fmt, riff, voice

from voicekit import deploy
from voicekit.targets import Target

PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
WAV49 = 60  # bytes of the header of a .WAV
GSM_BLOCK = 65


def wav(sound, *chunks, rate=8000, channels=1, size=None, riff_size=None, tail=b""):
    """Of int16 samples (interleaved where there are two channels); `chunks` stand before the data."""
    header = fmt(rate=rate, channels=channels, align=2 * channels)
    return riff(header, *chunks, data(sound.tobytes(), size=size), size=riff_size) + tail


def crashed(sound, channels=1, tail=b""):
    """As `kill -9` leaves it: both sizes 0."""
    return wav(sound, channels=channels, size=0, riff_size=0, tail=tail)


def wav49(blocks, sizes=True):
    """Asterisk's .WAV; without sizes as a crash leaves it."""
    sound = bytes(range(GSM_BLOCK)) * blocks
    header = fmt(49, align=GSM_BLOCK, bits=0, byte_rate=1625, extra=b"\x02\x00\x40\x01")
    fact = chunk(b"fact", (320 * blocks if sizes else 0).to_bytes(4, "little"))
    return riff(header, fact, data(sound, size=None if sizes else 0), size=None if sizes else 0)


def speech(seconds=2.0, rate=8000):
    return voice(seconds, rate)


def stereo(seconds=2.0):
    return np.stack([voice(seconds), voice(seconds, seed=2)], axis=1)


def alone(program, *argv):
    """What a program printed, and the most memory that it took, in MB. (ru_maxrss would count its parent's.)"""
    program += "\nimport pathlib\nprint(pathlib.Path('/proc/self/status').read_text())"
    ran = subprocess.run([sys.executable, "-c", program, *argv], capture_output=True, text=True, check=True)
    first, _, status = ran.stdout.partition("\n")
    return first, int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1000


@pytest.fixture(scope="session")
def prompts():
    if not PROMPTS.is_dir():
        pytest.skip("apt-get install asterisk-core-sounds-en-wav")
    return sorted(PROMPTS.glob("**/*.wav"))[::40]


far_side = deployment.far_side


@pytest.fixture
def machine(far_side, monkeypatch):
    monkeypatch.setenv("PATH", far_side.path)
    far_side.kill(0)
    with deploy.reach(Target("pbx", far_side.host)) as reached:
        yield reached


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "the spool's"
    made.mkdir()
    return made


@pytest.fixture
def user(tmp_path):
    """Runs a shell as nobody in particular, as is not possible but for root."""
    if os.geteuid() != 0:
        pytest.skip("only root may be another user")
    for one in (tmp_path, *tmp_path.parents):
        if one != Path(one.anchor) and one.stat().st_uid == 0 and one != Path("/tmp"):
            one.chmod(one.stat().st_mode | 0o011)
