"""WAV as Asterisk's reader wants it."""

import io
import wave

import numpy as np
import pytest

from voicekit.errors import InputError
from voicekit.formats import TABLE, pcm

WAVS = [TABLE["wav"], TABLE["wav16"]]


def heard_by_asterisk(data):
    """The bytes that Asterisk plays after a 44-byte header: up to the *file* offset that is the data size."""
    size = int.from_bytes(data[40:44], "little")
    return data[44 : max(44, size)]


@pytest.mark.parametrize("wav", WAVS, ids=lambda row: row.name)
def test_the_header_is_canonical_and_the_sizes_are_right(wav, encode, speech_like):
    data = encode(wav, speech_like(wav.rate)[:5000])
    assert data[:4] + data[8:16] + data[36:40] == b"RIFFWAVEfmt data"
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    assert int.from_bytes(data[40:44], "little") == len(data) - 44
    with wave.open(io.BytesIO(data)) as opened:
        assert opened.getparams()[:4] == (1, 2, wav.rate, 5022)
    assert data[28:34] == (wav.rate * 2).to_bytes(4, "little") + b"\2\0"


@pytest.mark.parametrize("wav", WAVS, ids=lambda row: row.name)
@pytest.mark.parametrize("samples", [0, 1, 21, 22, 23, 5000])
def test_asterisk_cuts_nothing_but_silence(wav, samples, encode):
    sound = np.full(samples, 0.5, np.float32)
    assert heard_by_asterisk(encode(wav, sound)) == np.full(samples, 16384, "<i2").tobytes()


@pytest.mark.parametrize("wav", WAVS, ids=lambda row: row.name)
def test_only_what_was_written_so_is_read(wav, encode, decode, speech_like):
    good = encode(wav, speech_like(wav.rate)[:100])
    other = encode(WAVS[wav is WAVS[0]], speech_like(wav.rate)[:100])
    for bad in (b"", good[:43], good[:-2], good + b"LIST", other, b"RIFX" + good[4:]):
        with pytest.raises(InputError, match="not a WAV file as voicekit writes it"):
            decode(wav, bad)


def test_two_gib_are_refused_before_the_file_grows_so_far(monkeypatch):
    assert pcm.LIMIT == 2**31 - 1  # Asterisk plays 0x7FFFFFFF and refuses 0x80000000
    monkeypatch.setattr(pcm, "LIMIT", 2044)
    block = np.zeros(500, np.float32)
    file = io.BytesIO()
    TABLE["wav"].write([block, block], file)  # 2000 bytes and the tail: just within
    assert len(file.getvalue()) == 2088
    file = io.BytesIO()
    with pytest.raises(InputError, match="2 GiB"):
        TABLE["wav"].write([block, block, block[:1]], file)
    assert len(file.getvalue()) <= 2044


def test_an_unfinished_file_is_silent_in_asterisk():
    def interrupted():
        yield np.ones(1000, np.float32)
        raise KeyboardInterrupt

    file = io.BytesIO()
    with pytest.raises(KeyboardInterrupt):
        TABLE["wav"].write(interrupted(), file)
    assert heard_by_asterisk(file.getvalue()) == b""
