"""What the tests of the formats share: signals and the two directions of a format."""

import pytest
from formats import makers


def pytest_generate_tests(metafunc):
    """A test that asks for `row` runs once for every row that voicekit writes; for `read_row`, that it reads."""
    for name, rows in (("row", makers.WRITABLE), ("read_row", makers.READABLE)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, makers.parameters(rows))


@pytest.fixture(scope="session")
def encode():
    """encode(row, block, ...) -> bytes."""
    return makers.encode


@pytest.fixture(scope="session")
def decode():
    """decode(row, bytes) -> float32 samples."""
    return makers.decode


@pytest.fixture(scope="session")
def speech_like():
    """speech_like(rate, seconds) -> float32 samples."""
    return makers.speech_like
