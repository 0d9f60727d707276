"""What the tests of the formats share: signals and the two directions of a format."""

import io

import numpy as np
import pytest

from voicekit.formats import TABLE

WRITABLE = [row for row in TABLE.values() if row.writable]


def pytest_generate_tests(metafunc):
    """A test that asks for `row` runs once for every row that voicekit writes."""
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", WRITABLE, ids=lambda row: row.name)


def _encode(row, *blocks):
    file = io.BytesIO()
    row.write([np.asarray(block, np.float32) for block in blocks], file)
    assert file.tell() == len(file.getvalue())
    return file.getvalue()


def _decode(row, data):
    return np.concatenate([np.zeros(0, np.float32), *row.read(io.BytesIO(data))])


def _speech_like(rate, seconds=1.0):
    """Harmonics of 120 Hz up to 3.4 kHz falling by 6 dB an octave, three syllables a second."""
    t = np.arange(int(rate * seconds)) / rate
    voiced = sum(np.sin(2 * np.pi * 120 * k * t + k * k) / k for k in range(1, 29))
    return (0.15 * voiced * (0.5 + 0.5 * np.sin(2 * np.pi * 3 * t))).astype(np.float32)


@pytest.fixture(scope="session")
def encode():
    """encode(row, block, ...) -> bytes."""
    return _encode


@pytest.fixture(scope="session")
def decode():
    """decode(row, bytes) -> float32 samples."""
    return _decode


@pytest.fixture(scope="session")
def speech_like():
    """speech_like(rate, seconds) -> float32 samples."""
    return _speech_like
