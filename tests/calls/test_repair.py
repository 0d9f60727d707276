"""What a crashed call left is heard again, in a copy."""

import wave
from io import BytesIO

import numpy as np
import pytest
from calls.conftest import WAV49, crashed, speech, stereo, wav, wav49
from hypothesis import given
from hypothesis import strategies as st
from pbx.riff import chunk, data, fmt, riff

from voicekit.calls.repair import repaired
from voicekit.calls.samples import HEAD

V = speech()


def copy(content):
    head = repaired(content[:HEAD], len(content))
    return head and head + content[len(head) :]


def test_a_crashed_call_becomes_what_it_would_have_been():
    assert copy(crashed(V)) == wav(V)
    assert copy(crashed(stereo(), channels=2)) == wav(stereo(), channels=2)


def test_the_data_are_whole_samples_and_riff_is_all():
    made = copy(crashed(V, tail=b"x"))
    with pytest.raises(wave.Error), wave.open(BytesIO(crashed(V))):
        pass
    with wave.open(BytesIO(made)) as sound:
        assert sound.readframes(1 << 20) == V.tobytes()
    assert int.from_bytes(made[4:8], "little") == len(made) - 8


def test_asterisks_wav49():
    assert copy(wav49(7, sizes=False)) == wav49(7)
    cut = copy(wav49(7, sizes=False)[:-30])
    assert int.from_bytes(cut[WAV49 - 4 : WAV49], "little") == 6 * 65
    assert cut[WAV49 - 12 : WAV49 - 8] == (6 * 320).to_bytes(4, "little")


def test_of_a_long_file_only_the_head_is_wanted():
    long = crashed(np.tile(V, 4))
    assert copy(long) == wav(np.tile(V, 4))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        V.tobytes(),
        wav(V),
        wav(V)[:-10],
        crashed(V[:0]),
        riff(fmt(), chunk(b"LIST", bytes(HEAD)), data(V.tobytes(), size=0)),
        riff(data(V.tobytes(), size=0)),
    ],
    ids=["empty", "no RIFF", "closed", "cut short", "no sound", "data too far", "no fmt"],
)
def test_nothing_to_repair(content):
    assert copy(content) is None


def test_what_no_header_can_say():
    assert repaired(crashed(V), (1 << 32) + 1) is None


@given(st.binary(max_size=200))
def test_never_longer_or_shorter_than_what_was_given(head):
    made = repaired(b"RIFF" + head, 4 + len(head))
    assert made is None or len(made) == 4 + len(head)
