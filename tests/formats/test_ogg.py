"""Ogg Vorbis: pages that are whole, right and the same in every run."""

import io
import struct

import numpy as np
import pytest
import soundfile
from formats.test_gsm_wire import FAILURES, Failing

from voicekit.errors import InputError
from voicekit.formats import TABLE

OGG = TABLE["ogg"]


def pages(data):
    while data:
        segments = data[26]
        size = 27 + segments + sum(data[27 : 27 + segments])
        yield data[:size]
        data = data[size:]


def crc(page):
    """RFC 3533 clause 6: generator 0x04C11DB7, one bit after the other, the field itself taken as 0."""
    remainder = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        remainder ^= byte << 24
        for _ in range(8):
            remainder = (remainder << 1 ^ (0x04C11DB7 if remainder >> 31 else 0)) & 0xFFFFFFFF
    return remainder


def test_every_page_is_whole_and_its_checksum_right(encode, speech_like):
    made = list(pages(encode(OGG, speech_like(8000, 3))))
    assert len(made) > 2
    for number, page in enumerate(made):
        assert page[:5] == b"OggS\0"
        serial, sequence, checksum = struct.unpack("<III", page[14:26])
        assert (serial, sequence, checksum) == (0, number, crc(page))
    assert made[0][5] == 2  # first of the stream
    assert made[-1][5] & 4  # last of it


def test_libsndfile_reads_what_was_written(encode, decode, speech_like):
    data = encode(OGG, np.clip(5 * speech_like(8000)[:7777], -1, 1))
    other, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    assert (rate, len(other)) == (8000, 7777)
    assert np.abs(other).max() > 1  # an overshoot, which is clipped
    assert np.array_equal(np.clip(other, -1, 1), decode(OGG, data))


@pytest.mark.parametrize(
    ("rate", "channels", "subtype"), [(16000, 1, "VORBIS"), (8000, 2, "VORBIS"), (8000, 1, "OPUS")]
)
def test_what_asterisk_does_not_play_is_refused(rate, channels, subtype, decode):
    file = io.BytesIO()
    soundfile.write(file, np.zeros((800, channels)), rate, format="OGG", subtype=subtype)
    with pytest.raises(InputError, match="not VORBIS in OGG, 8000 Hz, mono"):
        decode(OGG, file.getvalue())


@pytest.mark.parametrize("failure", FAILURES, ids=["full disk", "interrupt"])
def test_a_failing_write_is_raised(failure, speech_like, capfd):
    for after in (1, 2, 3):  # the last one when the stream is closed
        with pytest.raises(type(failure)):
            OGG.write([speech_like(8000, 3)], Failing(after, failure))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("failure", FAILURES, ids=["bad disk", "interrupt"])
def test_a_failing_read_is_raised(failure, encode, speech_like, capfd):
    data = encode(OGG, speech_like(8000, 3))
    for after in (1, 7, 14):
        with pytest.raises(type(failure)):
            list(OGG.read(Failing(after, failure, data)))
    assert capfd.readouterr() == ("", "")
