"""The weights are the known ones, and reading them runs nothing of them."""

import io
import pickle
from importlib.metadata import files

import numpy as np
import pytest

from voicekit.voiceprint import EncoderMissingError, weights


@pytest.fixture(scope="module")
def data():
    found = [file.locate() for file in files(weights.PACKAGE) if file.name == weights.FILE]
    return found[0].read_bytes()


def test_a_flipped_bit_is_refused(data):
    for place in (0, len(data) // 2, len(data) - 1):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(EncoderMissingError, match="another SHA-256"):
            weights.parse(bytes(changed))


def test_a_short_file_is_refused(data):
    with pytest.raises(EncoderMissingError):
        weights.parse(data[:-1])


def test_what_is_not_installed_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(weights, "PACKAGE", "no-such-package")
    with pytest.raises(EncoderMissingError, match="voicekit doctor --fix"):
        weights.load()


class Shell:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        import os

        return os.system, (self.command,)


def test_a_pickle_that_asks_for_more_is_not_obeyed(tmp_path):
    trace = tmp_path / "trace"
    harmless = b"".join(pickle.dumps(x, 2) for x in (1, 1001, {}))
    hostile = harmless + pickle.dumps({"model_state": Shell(f"touch {trace}")}, 2)
    with pytest.raises(pickle.UnpicklingError, match="system has no place"):
        weights.tensors(io.BytesIO(hostile))
    assert not trace.exists()


def test_the_tensors_have_the_shapes_of_the_network(data):
    tensors = weights.parse(data)
    assert tensors["lstm.weight_ih_l0"].shape == (1024, 40)
    assert tensors["lstm.weight_hh_l2"].shape == (1024, 256)
    assert tensors["linear.weight"].shape == (256, 256)
    assert all(np.isfinite(tensor).all() for tensor in tensors.values())
