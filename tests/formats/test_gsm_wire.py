"""What happens inside libsndfile's callbacks must not stay there."""

import errno
import io

import numpy as np
import pytest

from voicekit.formats import TABLE

GSM = TABLE["gsm"]


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
