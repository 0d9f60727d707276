"""What every format that voicekit writes promises."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.clip import BLOCK
from voicekit.errors import InputError
from voicekit.formats import TABLE

STEPS = {"gsm": 160, "g722": 2}  # samples of one frame; other codecs keep any number
WAV_TAIL = 22
SNR = {"ulaw": 36, "alaw": 36, "gsm": 13, "g722": 22}  # dB; measured 37.4, 37.7, 15.8, 24.9
DELAY = {"g722": 22}
SILENCE = {"gsm": 1e-3, "g722": 2e-4, "alaw": 3e-4}  # A-law has no zero: its smallest value is 8 / 32768


def kept(row, samples):
    step = STEPS.get(row.name, 1)
    return -(-samples // step) * step + (0 if row.headerless else WAV_TAIL)


def test_length_law(row, encode, decode, speech_like):
    frame = row.frame_samples
    for samples in (0, 1, 2, frame - 1, frame, frame + 1, 3 * frame + 7):
        data = encode(row, speech_like(row.rate)[:samples])
        assert len(decode(row, data)) == kept(row, samples)
        header = 0 if row.headerless else 44
        assert (len(data) - header) * row.frame_samples == kept(row, samples) * row.frame_bytes


@pytest.mark.parametrize("name", STEPS)
def test_silence_fills_the_last_frame(name, encode):
    noise = np.random.default_rng(722).uniform(-1, 1, 401)
    for samples in range(1, 402, 4):  # FFmpeg's encoder alone would repeat an odd last sample: few bytes tell
        filled = np.append(noise[:samples], np.zeros(kept(TABLE[name], samples) - samples))
        assert encode(TABLE[name], noise[:samples]) == encode(TABLE[name], filled)


def test_silence_stays_silence(row, encode, decode):
    sound = decode(row, encode(row, np.zeros(row.rate // 2)))
    assert np.abs(sound).max() <= SILENCE.get(row.name, 0)


def test_full_scale_and_beyond_is_clipped_and_never_wraps(row, encode, decode):
    low = np.sin(2 * np.pi * 200 * np.arange(row.rate // 5) / row.rate)
    full = np.clip(2 * low, -1, 1)
    assert encode(row, 2 * low) == encode(row, full)
    assert encode(row, [np.inf, -np.inf, 1e30]) == encode(row, [1, -1, 1])
    sound = decode(row, encode(row, full))[DELAY.get(row.name, 0) :][: len(full)]
    plateau = np.abs(full[: len(sound)]) == 1
    assert np.all(sound[plateau] * full[: len(sound)][plateau] > 0)  # a wrap would turn the sign


@settings(max_examples=8, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(0, 4000), max_size=6))
def test_chunked_equals_one_shot(row, encode, speech_like, cuts):
    sound = speech_like(row.rate)[:4001]
    assert encode(row, *np.split(sound, sorted(cuts))) == encode(row, sound)


def test_blocks_are_bounded_and_float32(row, encode, speech_like):
    data = encode(row, *[speech_like(row.rate)[:4000]] * 35)
    blocks = list(row.read(io.BytesIO(data)))
    assert sum(map(len, blocks)) == kept(row, 140_000)
    assert len(blocks) > 1
    assert all(block.dtype == np.float32 and block.ndim == 1 and 1 <= len(block) <= BLOCK for block in blocks)


def test_snr_of_speech_like_sound(row, encode, decode, speech_like):
    sound = speech_like(row.rate)
    delay = DELAY.get(row.name, 0)
    heard = decode(row, encode(row, sound))[delay:]
    sound = sound[: len(heard)]
    error = sound - heard[: len(sound)]
    snr = 10 * np.log10(np.sum(sound**2) / np.sum(error**2))
    assert snr > SNR.get(row.name, 75)


def test_g722_delay_is_22_samples(encode, decode, speech_like):
    g722 = TABLE["g722"]
    sound = speech_like(g722.rate)
    heard = decode(g722, encode(g722, sound))
    errors = [np.sum((heard[lag:8000] - sound[: 8000 - lag]) ** 2) / (8000 - lag) for lag in range(40)]
    assert int(np.argmin(errors)) == DELAY["g722"]


LOSSLESS = [name for name, row in TABLE.items() if row.module == "pcm"]
EVERY_16_BIT = np.arange(-32768, 32768).astype(np.int16)


@pytest.mark.parametrize("one", LOSSLESS)
@pytest.mark.parametrize("other", LOSSLESS)
def test_lossless_matrix(one, other, encode, decode):
    first = encode(TABLE[one], EVERY_16_BIT / np.float32(32768))
    there = encode(TABLE[other], decode(TABLE[one], first)[: len(EVERY_16_BIT)])
    back = encode(TABLE[one], decode(TABLE[other], there)[: len(EVERY_16_BIT)])
    assert back == first
    assert first.find(EVERY_16_BIT.astype("<i2").tobytes()) == (0 if TABLE[one].headerless else 44)


def test_truncated_files(encode, decode, speech_like):
    for name, spare in (("gsm", 32), ("sln", 1), ("sln16", 1)):
        whole = encode(TABLE[name], speech_like(8000)[:1600])
        assert np.array_equal(decode(TABLE[name], whole + whole[:spare]), decode(TABLE[name], whole))
        assert len(decode(TABLE[name], whole[:spare])) == 0


def test_gsm_refuses_what_is_not_gsm(decode):
    with pytest.raises(InputError, match="not GSM"):
        decode(TABLE["gsm"], bytes(66))
