"""GSM by libsndfile, where the system has no libgsm: the same bytes, and what happens inside its callbacks is told."""

import errno
import io

import numpy as np
import pytest

from voicekit.formats import TABLE, libgsm

GSM = TABLE["gsm"]


@pytest.fixture(autouse=True)
def by_libsndfile(monkeypatch):
    monkeypatch.setattr(libgsm, "LIBRARY", None)


@pytest.mark.skipif(not libgsm.LIBRARY, reason="needs apt-get install libgsm1")
@pytest.mark.parametrize("samples", [1, 160, 161, 70_000])
def test_both_libraries_agree(samples, encode, decode, monkeypatch):
    sound = np.random.default_rng(samples).uniform(-1, 1, samples).cumsum() / 9 % 2 - 1
    data, heard = encode(GSM, sound), decode(GSM, encode(GSM, sound))
    monkeypatch.undo()
    assert encode(GSM, sound) == data
    assert np.array_equal(decode(GSM, data), heard)


@pytest.mark.skipif(not libgsm.LIBRARY, reason="needs apt-get install libgsm1")
def test_a_frame_that_is_none_is_silent_with_libgsm(encode, decode, monkeypatch):
    monkeypatch.undo()
    data = bytearray(encode(GSM, np.sin(np.arange(480))))
    data[33] = 0
    heard = decode(GSM, bytes(data))
    assert len(heard) == 480
    assert not heard[160:320].any()
    assert heard[320:].any()


class Failing(io.BytesIO):
    """A file whose `after`-th read or write fails."""

    def __init__(self, after, error, data=b""):
        super().__init__(data)
        self.left, self.failure = after, error

    def _count(self):
        self.left -= 1
        if self.left <= 0:
            raise self.failure

    def write(self, data):
        self._count()
        return super().write(data)

    def read(self, size=-1):
        self._count()
        return super().read(size)


FAILURES = [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()]


@pytest.mark.parametrize("failure", FAILURES, ids=["full disk", "interrupt"])
@pytest.mark.parametrize("after", [1, 5, 11])  # the 11th is the frame that is filled with silence
def test_a_failing_write_is_raised(after, failure, capfd):
    with pytest.raises(type(failure)):
        GSM.write([np.zeros(1601, np.float32)], Failing(after, failure))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("failure", FAILURES, ids=["bad disk", "interrupt"])
@pytest.mark.parametrize("after", [2, 5, 10])
def test_a_failing_read_is_raised(after, failure, encode, capfd):
    data = encode(GSM, np.zeros(1600))
    with pytest.raises(type(failure)):
        list(GSM.read(Failing(after, failure, data)))
    assert capfd.readouterr() == ("", "")
