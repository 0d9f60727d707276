"""Our files through the real Asterisk, and its files through us. VOICEKIT_ASTERISK names the program."""

import numpy as np
import pytest
from formats.makers import WRITABLE, decode, encode, linear, parameters, speech_like
from servers import asterisk

from voicekit.formats import TABLE
from voicekit.formats.select import LINEAR

pytestmark = [pytest.mark.asterisk, pytest.mark.skipif(not asterisk.PRESENT, reason=asterisk.MISSING)]
SAME = {"slin", "ulaw", "alaw", "gsm", "g722", "adpcm"}  # by the byte; others are compared by their sound
NO_TRANSLATOR = {"g729"}
LINEAR_NAME = {row.codec: row.name for row in TABLE.values() if row.module == "pcm" and row.headerless}


@pytest.fixture(scope="module")
def convert(tmp_path_factory):
    """convert(row, bytes, row) -> bytes, by `file convert` of an Asterisk that is started for these tests."""
    root = tmp_path_factory.mktemp("pbx")
    modules = "[modules]\nautoload=yes\nnoload=chan_*\nnoload=pbx_*\nnoload=app_*\n"
    with asterisk.asterisk(root, modules=modules) as command:
        yield lambda source, data, target: through(root / "data", command, source, data, target)


def through(folder, command, source, data, target):
    one, other = folder / f"in.{source.extensions[0]}", folder / f"out.{target.extensions[0]}"
    one.write_bytes(data)
    said = command(f"file convert {one} {other}")
    assert said.startswith("Converted "), said  # the exit code is 0 in any case
    return other.read_bytes()


def plain(row):
    """The headerless linear format of the row's rate."""
    return TABLE[LINEAR_NAME[next(codec for codec, rate in LINEAR.items() if rate == row.rate)]]


def alike(one, other):
    """Signal-to-noise ratio in dB over the length that both have."""
    length = min(len(one), len(other))
    assert length > 0.9 * max(len(one), len(other))
    error = np.sum(np.square(one[:length] - other[:length]))
    return 10 * np.log10(np.sum(np.square(one[:length])) / max(error, 1e-12))


@pytest.mark.parametrize("one", parameters(row for row in WRITABLE if row.codec not in NO_TRANSLATOR))
def test_asterisk_hears_what_we_hear(one, convert):
    sound = speech_like(one.rate, 3)
    heard = decode(plain(one), convert(one, encode(one, sound), plain(one)))
    ours = decode(one, encode(one, sound))
    if one.codec in SAME and one.name != "ogg":
        assert len(heard) >= len(ours) - 320  # a last part of a frame may stay in Asterisk's buffers
        assert np.array_equal(heard, ours[: len(heard)])
    else:
        assert alike(ours, heard) > 20


@pytest.mark.parametrize("one", parameters(row for row in WRITABLE if row.codec not in NO_TRANSLATOR))
def test_we_hear_what_asterisk_wrote(one, convert):
    sound = speech_like(one.rate, 3)  # whole frames of all codecs: `file convert` drops or refuses others
    made = convert(plain(one), linear(sound), one)
    assert alike(decode(one, encode(one, sound)), decode(one, made)) > 20
    if one.codec in SAME and one.headerless:
        assert made == encode(one, sound)[: len(made)]
