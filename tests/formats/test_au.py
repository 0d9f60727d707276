"""Sun audio: the header, and the tolerance of Asterisk's reader."""

import io
import struct

import numpy as np
import pytest
import soundfile

from voicekit.errors import InputError
from voicekit.formats import TABLE, au

AU, ULAW = TABLE["au"], TABLE["ulaw"]


def header(magic=b".snd", start=24, size=0, encoding=1, rate=8000, channels=1):
    return struct.pack(">4s5I", magic, start, size, encoding, rate, channels)


def test_it_is_ulaw_behind_a_header_that_tells_its_size(encode, speech_like):
    sound = speech_like(8000)[:5001]
    assert encode(AU, sound) == header(size=5001) + encode(ULAW, sound)


def test_libsndfile_reads_the_same(encode, decode, speech_like):
    data = encode(AU, speech_like(8000))
    other, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    assert rate == 8000
    assert np.array_equal(other, decode(AU, data))


@pytest.mark.parametrize("size", [0, 7, 10**6, 0xFFFFFFFF])
@pytest.mark.parametrize("note", [b"", b"made by", bytes(100)])
def test_the_size_of_the_header_is_honoured_and_that_of_the_data_ignored(size, note, encode, decode, speech_like):
    codes = encode(ULAW, speech_like(8000)[:300])
    data = header(start=24 + len(note), size=size) + note + codes
    assert np.array_equal(decode(AU, data), decode(ULAW, codes))


@pytest.mark.parametrize(
    "wrong", [{"magic": b"RIFF"}, {"start": 23}, {"encoding": 3}, {"rate": 16000}, {"channels": 2}], ids=str
)
def test_what_asterisk_does_not_play_is_refused(wrong, decode):
    with pytest.raises(InputError, match="not Sun audio"):
        decode(AU, header(**wrong) + bytes(100))


def test_a_size_that_its_field_can_not_hold_is_unknown(monkeypatch, encode):
    monkeypatch.setattr(au, "UNKNOWN", 100)
    assert encode(AU, np.zeros(200))[8:12] == (100).to_bytes(4, "big")
