"""Masters: what an engine or a person gave comes back sample by sample, or not at all."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from voicekit.clip import Clip, gather
from voicekit.errors import InputError, VerificationError
from voicekit.masters import Masters

FIXED = settings(derandomize=True, deadline=None, max_examples=40)
RATES = st.sampled_from([8000, 22050, 48000, 44100])


@pytest.fixture(scope="module")
def masters(tmp_path_factory):
    root = tmp_path_factory.mktemp("workspace")
    return Masters(root / "masters", root / "tmp")


def integers(bits):
    return arrays.arrays(np.int32, st.integers(1, 300), elements=st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1))


def kept(masters, samples, rate=8000):
    sha256 = masters.keep(Clip(samples.astype(np.float32), rate))
    sound = gather(masters.open(sha256))
    assert sound.rate == rate
    return sound.samples


@FIXED
@given(integers(16), RATES)
def test_16_bits_are_kept_exactly(masters, samples, rate):
    assert np.array_equal(kept(masters, samples / 32768, rate) * 32768, samples)


@FIXED
@given(integers(24), RATES)
def test_24_bits_are_kept_exactly(masters, samples, rate):
    assert np.array_equal(kept(masters, samples / 2**23, rate) * 2**23, samples)


@FIXED
@given(arrays.arrays(np.float32, st.integers(1, 300), elements=st.floats(-1, 1, width=32)))
def test_floats_are_kept_to_24_bits(masters, samples):
    assert np.max(np.abs(kept(masters, samples) - samples)) <= 2.0**-23


@FIXED
@given(integers(16), st.integers(1, 8))
def test_what_is_beyond_full_scale_keeps_its_shape(masters, samples, doublings):
    loud = samples / 32768 * 2.0**doublings
    back = kept(masters, loud).astype(np.float64)
    peak = np.max(np.abs(loud))
    power = 2.0 ** max(np.ceil(np.log2(peak)), 0) if peak else 1.0
    assert np.max(np.abs(back)) <= 1.0
    assert np.allclose(back * power, loud, rtol=0, atol=power * 2.0**-23)


@FIXED
@given(integers(16))
def test_a_master_is_named_by_its_bytes_and_kept_once(masters, samples):
    clip = Clip(samples.astype(np.float32) / 32768, 8000)
    sha256 = masters.keep(clip)
    path = masters.path(sha256)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    before = path.stat()
    assert masters.keep(clip) == sha256
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sha256 in masters.names()
    assert not list(masters.staging.iterdir())


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.integers(0), st.integers(0, 7), st.booleans())
def test_every_flipped_bit_is_found_and_mended_by_keeping_again(masters, place, bit, cut):
    clip = Clip(np.sin(np.arange(500)).astype(np.float32) / 2, 8000)
    sha256 = masters.keep(clip)
    path = masters.path(sha256)
    good = path.read_bytes()
    bad = bytearray(good)
    bad[place % len(good)] ^= 1 << bit
    path.write_bytes(good[: place % len(good)] if cut else bad)
    with pytest.raises(VerificationError, match=f"{sha256}.flac: damaged .* restore it"):
        masters.open(sha256)
    assert masters.keep(clip) == sha256
    assert path.read_bytes() == good


def test_a_missing_one_is_named(masters):
    with pytest.raises(InputError, match=f"{'0' * 64}.flac: this Master is missing"):
        masters.open("0" * 64)


def test_only_the_very_bytes_are_restored(tmp_path):
    masters = Masters(tmp_path / "masters", tmp_path / "tmp")
    assert masters.names() == set()
    sha256 = hashlib.sha256(b"sound").hexdigest()
    assert not masters.restore(sha256, b"another sound")
    assert masters.names() == set()
    assert masters.restore(sha256, b"sound")
    assert masters.path(sha256).read_bytes() == b"sound"
