"""G.729, which the contract's signal-to-noise ratio says nothing about; and what is said where the library lacks."""

import io

import numpy as np
import pytest
from formats.makers import MARKS

from voicekit.errors import InputError
from voicekit.formats import TABLE, g729

ROW = TABLE["g729"]


@MARKS["g729"]
def test_it_sounds_like_the_original(encode, decode, speech_like):
    sound = speech_like(8000, 3)
    heard = decode(ROW, encode(ROW, sound))[40:]  # ITU-T G.729 clause 2.4: the encoder looks 5 ms ahead
    level = [np.sqrt(np.mean(np.square(part[:23600].reshape(-1, 80)), axis=1)) for part in (sound, heard)]
    assert np.corrcoef(*level)[0, 1] > 0.95


def test_without_the_library_the_user_is_told_what_to_install(monkeypatch):
    def missing():
        raise OSError("libbcg729.so.0: cannot open shared object file")

    monkeypatch.setattr(g729, "_library", missing)
    with pytest.raises(InputError, match=r"^format g729: .* is missing; apt-get install libbcg729-0"):
        ROW.write([np.zeros(1, np.float32)], io.BytesIO())
