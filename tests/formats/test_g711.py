"""All 65,536 samples and all codes, against the laws written anew from the Recommendation's segments."""

import numpy as np
import pytest

from voicekit.formats.g711 import law
from voicekit.formats.linear import floats, quantise

SAMPLES = range(-32768, 32768)


def ulaw(sample):
    """Table 2a/G.711 by segments: 14 bits, decision values 33 * 2^s - 33, 16 steps of 2^(s + 1) each."""
    value = sample >> 2  # 14 bits; what falls on a decision value from below zero belongs to the step above
    magnitude = min((value if value >= 0 else ~value) + 33, 8191)
    segment = magnitude.bit_length() - 6
    code = segment << 4 | (magnitude >> segment + 1) & 15
    return (0xFF if value >= 0 else 0x7F) - code


def alaw(sample):
    """Table 1a/G.711 by segments: 13 bits, twice 16 steps of 2, then 16 of twice the size before."""
    value = sample >> 3  # 13 bits
    magnitude = value if value >= 0 else ~value
    segment = max(magnitude.bit_length() - 5, 1)
    code = magnitude >> 1 if magnitude < 64 else segment << 4 | (magnitude >> segment) & 15
    return (code | (0x80 if value >= 0 else 0)) ^ 0x55


@pytest.mark.parametrize("reference", [ulaw, alaw])
def test_every_sample_is_encoded_by_the_decision_values(reference):
    wanted = np.array([reference(sample) for sample in SAMPLES], np.uint8)
    encode = law(reference.__name__).encode
    assert np.array_equal(encode[np.arange(-32768, 32768).astype(np.int16).view(np.uint16)], wanted)


# Tables 1a to 2b/G.711: character signal, and value at the decoder output, about the ends of segments.
ENDS = {
    "ulaw": {0xFF: 0, 0xFE: 2, 0xF0: 30, 0xEF: 33, 0xE0: 93, 0xDF: 99, 0xCF: 231, 0xBF: 495, 0xAF: 1023,
             0x9F: 2079, 0x8F: 4191, 0x80: 8031, 0x7F: 0, 0x7E: -2, 0x00: -8031},
    "alaw": {0xD5: 1, 0xD4: 3, 0xC5: 33, 0xF5: 66, 0xE5: 132, 0x95: 264, 0x85: 528, 0xB5: 1056, 0xA5: 2112,
             0xAA: 4032, 0x55: -1, 0x2A: -4032},
}  # fmt: skip


@pytest.mark.parametrize(("name", "unit"), [("ulaw", 4), ("alaw", 8)])
def test_decoder_outputs_of_the_tables(name, unit):
    for code, value in ENDS[name].items():
        assert law(name).decode[code] == value * unit, hex(code)


@pytest.mark.parametrize("name", ["ulaw", "alaw"])
def test_every_code_survives_decode_and_encode(name):
    tables = law(name)
    again = tables.encode[quantise(floats(tables.decode)).view(np.uint16)]
    differ = {code for code in range(256) if again[code] != code}
    assert differ == ({0x7F} if name == "ulaw" else set())  # u-law's -0 comes back as +0


@pytest.mark.parametrize("name", ["ulaw", "alaw"])
def test_the_decoded_value_never_falls_when_the_sample_rises(name):
    tables = law(name)
    samples = np.arange(-32768, 32768)
    decoded = tables.decode[tables.encode[samples.astype(np.int16).view(np.uint16)]].astype(int)
    assert np.all(np.diff(decoded) >= 0)
