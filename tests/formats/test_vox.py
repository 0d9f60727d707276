"""Dialogic ADPCM against Asterisk's arithmetic written anew, one bit at a time."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from voicekit.formats import TABLE

VOX = TABLE["vox"]
SPEECH_LIKE = arrays(np.int16, st.integers(2, 300), elements=st.integers(-32768, 32767))


class Scalar:
    """The state machine as docs/formats.md describes it."""

    def __init__(self):
        self.signal = 0
        self.power = 0

    def take(self, code):
        step = [16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130, 143, 157,
                173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060,
                1166, 1282, 1411, 1552][self.power]  # fmt: skip
        change = step // 8
        for bit, share in ((4, 1), (2, 2), (1, 4)):
            if code & bit:
                change += step // share
        if code & 2 and step % 2:
            change += 1
        self.signal += -change if code >= 8 else change
        self.signal = max(-2047, min(2047, self.signal))
        self.power = max(0, min(48, self.power + {4: 2, 5: 4, 6: 6, 7: 8}.get(code % 8, -1)))
        return self.signal * 16, step

    def give(self, sample):
        wanted = sample // 16 - self.signal
        code = 8 if wanted < 0 else 0
        wanted = abs(wanted)
        step = self._step()
        for bit in (4, 2, 1):
            if wanted >= step:
                code += bit
                wanted -= step
            step //= 2
        self.take(code)
        return code

    def _step(self):
        probe = Scalar()
        probe.power = self.power
        return probe.take(0)[1]


def reference(samples):
    coder = Scalar()
    codes = [coder.give(int(sample)) for sample in samples]
    return bytes(high * 16 + low for high, low in zip(codes[::2], codes[1::2], strict=True))


def unpacked(data):
    return [code for byte in data for code in (byte >> 4, byte & 15)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SPEECH_LIKE)
def test_the_encoder_is_asterisks(encode, samples):
    samples = samples[: len(samples) // 2 * 2]
    assert encode(VOX, samples / 32768) == reference(samples)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.binary(max_size=300))
def test_the_decoder_is_asterisks(decode, data):
    coder = Scalar()
    assert (decode(VOX, data) * 32768).tolist() == [coder.take(code)[0] for code in unpacked(data)]


def test_every_step_takes_every_difference_as_asterisk_does():
    from voicekit.formats import vox

    for power in range(49):
        for difference in range(-4095, 4096, 3):
            coder = Scalar()
            coder.power, coder.signal = power, -difference  # so that a sample of 0 lies `difference` away
            assert vox.CODES[power][difference] == coder.give(0)


def test_no_drift_over_a_minute(encode, decode, speech_like):
    sound = np.tile(speech_like(8000, 5), 12)
    error = (decode(VOX, encode(VOX, sound)) - sound).reshape(60, 8000)
    assert np.abs(error.mean(axis=1)).max() < 4e-3
    snr = 10 * np.log10(np.mean(np.square(sound.reshape(60, 8000)), axis=1) / np.mean(np.square(error), axis=1))
    assert np.ptp(snr[5:]) < 1  # the last minute is as good as the first
    assert snr.min() > 25


def test_slow_sound_is_followed_within_a_step(encode, decode):
    slow = 0.8 * np.sin(2 * np.pi * 3 * np.arange(8000) / 8000)
    error = decode(VOX, encode(VOX, slow)) - slow
    assert np.abs(error).max() < 2 * 16 / 2048  # the smallest step is 16 of the signal's 12 bits


def test_what_came_before_is_what_the_next_block_starts_from(encode, speech_like):
    sound = speech_like(8000)
    both = encode(VOX, sound)
    assert both == encode(VOX, sound[:4000], sound[4000:])
    assert both != encode(VOX, sound[:4000]) + encode(VOX, sound[4000:])


def test_stock_prompts_keep_18_db(encode, decode):
    soundfile = pytest.importorskip("soundfile")
    from audio.signals import PACK

    if not (PACK / "demo-congrats.wav").exists():
        pytest.skip("needs apt-get install asterisk-core-sounds-en-wav")
    sound, _ = soundfile.read(PACK / "demo-congrats.wav", dtype="float32")
    error = decode(VOX, encode(VOX, sound))[: len(sound)] - sound
    assert 10 * np.log10(np.sum(np.square(sound)) / np.sum(np.square(error))) > 18
    assert io.BytesIO(encode(VOX, sound)).getbuffer().nbytes == -(-len(sound) // 2)
