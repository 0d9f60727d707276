"""What every format promises: those that voicekit writes, and those that it only reads."""

import io

import numpy as np
import pytest
import soundfile
from formats.makers import WRITABLE, parameters, sample
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.clip import BLOCK
from voicekit.errors import InputError
from voicekit.formats import TABLE

STEPS = {"gsm": 160, "g722": 2, "g726-32": 80, "vox": 2, "g729": 160}  # samples of one frame; others keep any number
HEADER = {"wav": 44, "wav16": 44, "au": 24}  # bytes
TAIL = {"wav": 22, "wav16": 22}
DELAY = {"g722": 22, "g729": 40}
# dB; measured 37.3, 37.3, 37.8, 16.2, 37.2, 27.1, 28.2, 28.4, -2.6 (G.729 keeps no wave: see test_g729)
SNR = {"ulaw": 36, "au": 36, "alaw": 36, "gsm": 13, "g722": 32, "g726-32": 24, "vox": 25, "ogg": 25, "g729": -4}
# A-law has no zero: its smallest value is 8 / 32768; vox steps up and down by 2 / 2048
SILENCE = {"gsm": 1e-3, "g722": 2e-4, "alaw": 3e-4, "vox": 1e-3, "g729": 1e-4}


def kept(row, samples):
    step = STEPS.get(row.name, 1)
    return -(-samples // step) * step + TAIL.get(row.name, 0)


def test_length_law(row, encode, decode, speech_like):
    frame, sound = row.frame_samples, speech_like(row.rate, 0.2)
    for samples in (0, 1, 2, frame - 1, frame, frame + 1, 3 * frame + 7):
        data = encode(row, sound[:samples])
        assert len(decode(row, data)) == kept(row, samples)
        if row.name != "ogg":  # packets vary
            assert (len(data) - HEADER.get(row.name, 0)) * row.frame_samples == kept(row, samples) * row.frame_bytes


@pytest.mark.parametrize("one", parameters(row for row in WRITABLE if row.name in STEPS))
def test_silence_fills_the_last_frame(one, encode):
    noise = np.random.default_rng(722).uniform(-1, 1, 401)
    for samples in range(1, 402, 4):  # FFmpeg's encoder alone would repeat an odd last sample: few bytes tell
        filled = np.append(noise[:samples], np.zeros(kept(one, samples) - samples))
        assert encode(one, noise[:samples]) == encode(one, filled)


def test_silence_stays_silence(row, encode, decode):
    sound = decode(row, encode(row, np.zeros(row.rate // 2)))
    assert np.abs(sound).max() <= SILENCE.get(row.name, 0)


def test_full_scale_and_beyond_is_clipped_and_never_wraps(row, encode, decode):
    low = np.sin(2 * np.pi * 200 * np.arange(row.rate // 5) / row.rate)
    full = np.clip(2 * low, -1, 1)
    assert encode(row, 2 * low) == encode(row, full)
    assert encode(row, [np.inf, -np.inf, 1e30]) == encode(row, [1, -1, 1])
    if row.name == "g729":
        return  # it keeps the sound of speech, not the signs of its wave: see test_g729
    sound = decode(row, encode(row, full))[DELAY.get(row.name, 0) :][: len(full)]
    plateau = np.abs(full[: len(sound)]) == 1
    assert np.all(sound[plateau] * full[: len(sound)][plateau] > 0)  # a wrap would turn the sign


@settings(max_examples=8, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(0, 4000), max_size=6))
def test_chunked_equals_one_shot(row, encode, speech_like, cuts):
    sound = speech_like(row.rate, 4001.5 / row.rate)
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


def test_the_same_sound_gives_the_same_bytes(row, encode, speech_like):
    assert encode(row, speech_like(row.rate)) == encode(row, speech_like(row.rate))


def test_g722_delay_is_22_samples(encode, decode, speech_like):
    g722 = TABLE["g722"]
    sound = speech_like(g722.rate)
    heard = decode(g722, encode(g722, sound))
    errors = [np.sum((heard[lag:8000] - sound[: 8000 - lag]) ** 2) / (8000 - lag) for lag in range(40)]
    assert int(np.argmin(errors)) == DELAY["g722"]


def test_what_is_read_has_its_length_and_bounded_blocks(read_row, speech_like):
    data = sample(read_row, speech_like(read_row.rate, 3))
    blocks = list(read_row.read(io.BytesIO(data)))
    assert all(block.dtype == np.float32 and block.ndim == 1 and 1 <= len(block) <= BLOCK for block in blocks)
    assert sum(map(len, blocks)) / read_row.rate == pytest.approx(3, abs=0.05)
    assert 0 < np.abs(np.concatenate(blocks)).max() <= 1.1  # an overshoot of MP3


def complaint(row, data):
    """What `row` says of those bytes; nothing if it takes them for sound."""
    try:
        assert all(np.isfinite(block).all() for block in row.read(io.BytesIO(data)))
    except InputError as error:
        return str(error)
    return ""


def test_what_is_no_sound_file_ends_in_one_sentence_or_in_noise(read_row, capfd):
    for data in (b"", b"x", b"hello world\n" * 50, np.random.default_rng(3).bytes(3000)):
        assert complaint(read_row, data).partition(": ")[0] in ("", f"format {read_row.name}")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("name", "kind", "subtype"), [("mp3", "MP3", "MPEG_LAYER_III"), ("opus", "OGG", "OPUS")])
def test_other_rates_and_channels_come_as_asterisk_plays_them(name, kind, subtype, decode, speech_like):
    file = io.BytesIO()
    sound = speech_like(24000)
    soundfile.write(file, np.stack([0 * sound, sound], axis=1), 24000, format=kind, subtype=subtype)
    heard = decode(TABLE[name], file.getvalue())
    assert len(heard) / TABLE[name].rate == pytest.approx(1, abs=0.02)
    assert heard.std() / sound.std() == pytest.approx(0.5, abs=0.22)  # swresample keeps the power or the level


@pytest.mark.parametrize("name", ["wav49", "au", "ogg", "mp3", "opus", "spx", "wav"])
def test_with_a_header_what_is_no_such_file_is_refused(name, decode):
    for data in (b"x", b"hello world\n" * 50):
        with pytest.raises(InputError, match=f"^format {name}: not "):
            decode(TABLE[name], data)


LOSSLESS = [name for name, row in TABLE.items() if row.module == "pcm" and row.writable]
EVERY_16_BIT = np.arange(-32768, 32768).astype(np.int16)


@pytest.mark.parametrize("one", LOSSLESS)
@pytest.mark.parametrize("other", LOSSLESS)
def test_lossless_matrix(one, other, encode, decode):
    first = encode(TABLE[one], EVERY_16_BIT / np.float32(32768))
    there = encode(TABLE[other], decode(TABLE[one], first)[: len(EVERY_16_BIT)])
    back = encode(TABLE[one], decode(TABLE[other], there)[: len(EVERY_16_BIT)])
    assert back == first
    assert first.find(EVERY_16_BIT.astype("<i2").tobytes()) == (0 if TABLE[one].headerless else 44)


def test_truncated_files(decode, speech_like):
    units = {"gsm": 33, "sln": 2, "sln16": 2, "g726-32": 40, "ilbc": 50, "siren7": 80, "g723": 30, "sln44": 2}
    for name, unit in units.items():
        spare = unit - 1
        whole = sample(TABLE[name], speech_like(8000)[:4800])
        assert np.array_equal(decode(TABLE[name], whole + whole[:spare]), decode(TABLE[name], whole))
        assert len(decode(TABLE[name], whole[:spare])) == 0


def test_gsm_refuses_what_is_not_gsm(decode):
    with pytest.raises(InputError, match="not GSM"):
        decode(TABLE["gsm"], bytes(66))
