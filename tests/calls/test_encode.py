"""A recording is given back byte for byte, or it is stored as it is."""

import os
import tempfile
from io import BytesIO

import numpy as np
import pytest
import soundfile
from calls.conftest import alone, crashed, speech, stereo, wav, wav49
from hypothesis import given, settings
from hypothesis import strategies as st
from pbx.riff import chunk, data, extensible, fmt, riff

from voicekit.calls import encode, flac
from voicekit.calls.encode import Encoding, decoded, encoded
from voicekit.calls.samples import HEAD
from voicekit.errors import InputError, VerificationError
from voicekit.formats.g711 import law
from voicekit.stores import Body

V = speech()
LINEAR = V.tobytes()
ALL = bytes(range(256))
LAWS = {name: law(name).encode[V.view(np.uint16)].tobytes() for name in ("ulaw", "alaw")}
JUNK = chunk(b"LIST", b"INFO" + b"x" * 9, pad=True)


def stored(content, extension, encoding=Encoding.FLAC, **options):
    """(encoding, what is stored)."""
    with encoded(Body.of(content), extension, encoding, **options) as made, made.body.open() as file:
        return made.encoding, file.read()


def back(content, extension):
    """The encoding that it got, after it was given back."""
    encoding, kept = stored(content, extension)
    assert b"".join(decoded(BytesIO(kept), encoding, Body.of(content).sha256)) == content
    assert encoding is not Encoding.FLAC or len(kept) < len(content)
    return encoding


AS_FLAC = {
    "wav": (wav(V), "wav"),
    "wav16": (wav(speech(rate=16000), rate=16000), "wav16"),
    "crashed": (crashed(V), "wav"),
    "crashed, odd": (crashed(V, tail=b"\x01"), "wav"),
    "stereo": (wav(stereo(), channels=2), "wav"),
    "stereo, half a sample": (crashed(stereo(), channels=2, tail=b"abc"), "wav"),
    "three channels": (wav(np.repeat(V, 3), channels=3), "wav"),
    "odd chunks": (wav(V, JUNK, tail=JUNK), "wav"),
    "behind the data": (wav(V, tail=b"x" * 1000), "wav"),
    "cut short": (wav(V)[:-1001], "wav"),
    "extensible": (riff(extensible(), data(LINEAR)), "wav"),
    "u-law in wav": (riff(fmt(7, align=1, bits=8), data(LAWS["ulaw"])), "wav"),
    "A-law in wav": (riff(fmt(6, align=1, bits=8), data(LAWS["alaw"])), "wav"),
    "wav by another name": (wav(V), "recording"),
    **{name: (LINEAR, name) for name in ("sln", "raw", "sln16", "sln192")},
    "sln, odd": (LINEAR + b"x", "sln"),
    **{name: (LAWS["ulaw"], name) for name in ("ulaw", "pcm", "ul", "mu")},
    **{name: (LAWS["alaw"], name) for name in ("alaw", "al")},
    "every code of u-law": (LAWS["ulaw"] + ALL, "ulaw"),
    "every code of A-law": (LAWS["alaw"] + ALL, "alaw"),
}
KEPT = {
    "empty": (b"", "wav"),
    "a header and no sound": (wav(V[:0]), "wav"),
    "noise": (os.urandom(4000), "ulaw"),
    "gsm": (LAWS["ulaw"], "gsm"),
    "g729": (LAWS["ulaw"], "g729"),
    "mp3": (LAWS["ulaw"], "mp3"),
    "unknown": (LINEAR, "txt"),
    "wav49": (wav49(20), "WAV"),
    "24 bits": (riff(fmt(align=3, bits=24), data(LINEAR)), "wav"),
    "8 bits in 16": (riff(fmt(align=2, bits=8), data(LINEAR)), "wav"),
    "no rate": (riff(fmt(rate=0), data(LINEAR)), "wav"),
    "a rate that FLAC has not": (riff(fmt(rate=655_351), data(LINEAR)), "wav"),
    "a rate that nothing has": (riff(fmt(rate=(1 << 32) - 1, byte_rate=0), data(LINEAR)), "wav"),
    "no channels": (riff(fmt(channels=0, align=0), data(LINEAR)), "wav"),
    "no fmt": (riff(data(LINEAR)), "wav"),
    "far from its beginning": (wav(V, chunk(b"LIST", bytes(HEAD))), "wav"),
    "too much behind": (wav(V, tail=bytes(HEAD + 1)), "wav"),
}


@pytest.mark.parametrize("name", AS_FLAC)
def test_as_flac_and_back(name):
    assert back(*AS_FLAC[name]) is Encoding.FLAC


@pytest.mark.parametrize("name", KEPT)
def test_kept_as_it_is(name):
    content, extension = KEPT[name]
    assert stored(content, extension) == (Encoding.KEEP, content)


def test_kept_by_choice():
    assert stored(wav(V), "wav", Encoding.KEEP) == (Encoding.KEEP, wav(V))


def test_recordings_made_of_prompts(prompts):
    """Every encoding of a PBX. What is saved is what the docstring says."""
    sizes = {}
    for path in prompts:
        sound = path.read_bytes()[44:]
        samples = np.frombuffer(sound[: len(sound) // 2 * 2], "<i2").astype(np.int16)
        laws = {name: law(name).encode[samples.view(np.uint16)].tobytes() for name in LAWS}
        for name, content in {"wav": path.read_bytes(), "sln": sound, **laws}.items():
            back(content, name)
            before, after = sizes.get(name, (0, 0))
            sizes[name] = before + len(content), after + len(stored(content, name)[1])
    assert {name: round(after / before, 1) for name, (before, after) in sizes.items()} == {
        "wav": 0.6, "sln": 0.6, "ulaw": 0.7, "alaw": 0.7,
    }  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=3000), st.sampled_from(["wav", "sln", "ulaw", "alaw", "raw", "gsm", "x", ""]))
def test_any_bytes_come_back(content, extension):
    back(content, extension)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_damaged_header_comes_back(given_data):
    content = bytearray(wav(V[:4000], JUNK))
    for _ in range(given_data.draw(st.integers(1, 4))):
        content[given_data.draw(st.integers(0, 79))] = given_data.draw(st.integers(0, 255))
    back(bytes(content[: given_data.draw(st.integers(0, len(content)))]), "wav")


def test_stereo_stays_stereo_and_a_player_plays_it():
    _, kept = stored(wav(stereo(), channels=2), "wav")
    sound, rate = soundfile.read(BytesIO(kept), dtype="int16")
    assert np.array_equal(sound, stereo())
    assert rate == 8000


def test_a_long_recording_goes_through_a_file_that_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(encode, "_SMALL", 1000)
    content = wav(speech(20))
    with encoded(Body.of(content), "wav", folder=tmp_path) as made:
        assert made.encoding is Encoding.FLAC
        assert list(tmp_path.iterdir()) == []
        with made.body.open() as one, made.body.open() as two:
            assert one.read() == two.read()
        with made.body.open() as file:
            assert b"".join(decoded(file, made.encoding, Body.of(content).sha256)) == content
    with pytest.raises(FileNotFoundError):
        stored(content, "wav", folder=tmp_path / "absent")


@pytest.mark.parametrize("encoding", [Encoding.FLAC, Encoding.OPUS])
def test_a_full_disk_keeps_the_recording_as_it_is(monkeypatch, encoding):
    class Full:
        def __init__(self, **_):
            self.file = BytesIO()
            self.seek, self.tell, self.read = self.file.seek, self.file.tell, self.file.read

        def write(self, block):
            if self.file.tell() > 2000:
                raise OSError(28, "No space left on device")
            return self.file.write(block)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(encode, "_SMALL", 1000)
    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    assert stored(wav(V), "wav", encoding) == (Encoding.KEEP, wav(V))


def test_an_interrupt_while_writing_is_not_lost(monkeypatch):
    def write(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(encode, "BytesIO", type("Stopped", (BytesIO,), {"write": write}))
    with pytest.raises(KeyboardInterrupt):
        stored(wav(V), "wav")


@pytest.mark.parametrize("encoding", [Encoding.FLAC, Encoding.OPUS])
@pytest.mark.parametrize("by", [b"", b"more", b"odd"])
def test_a_recording_that_changes_meanwhile_is_not_vouched_for(tmp_path, by, encoding):
    """It is kept as it is, and the put of it will find other bytes than those of its hash."""
    path = tmp_path / "call.wav"
    path.write_bytes(wav(V))
    body = Body.of_file(path)
    path.write_bytes(wav(V)[:5000] + by)
    with encoded(body, "wav", encoding) as made:
        assert made.encoding is Encoding.KEEP


def test_what_does_not_come_back_is_found_at_the_end(monkeypatch):
    monkeypatch.setattr(flac, "codes", lambda _: flac_codes)
    from voicekit.calls.codes import Codes

    flac_codes = Codes(lambda b: np.frombuffer(b, "<i2").astype(np.int16), lambda s: (s + 1).tobytes(), None)
    assert stored(wav(V), "wav")[0] is Encoding.KEEP


def test_a_wrong_original_is_refused():
    encoding, kept = stored(wav(V), "wav")
    for data_, how in ((kept, encoding), (wav(V), "keep")):
        with pytest.raises(VerificationError, match="does not give its original back"):
            list(decoded(BytesIO(data_), how, "0" * 64))


def test_every_flipped_byte_of_a_flac_is_found():
    content = wav(V[:2000])
    _, kept = stored(content, "wav")
    for at in range(len(kept)):
        damaged = bytearray(kept)
        damaged[at] ^= 0x10
        try:
            found = b"".join(decoded(BytesIO(damaged), "flac", Body.of(content).sha256))
        except VerificationError:
            continue
        assert found == content  # a byte of libsndfile's own name, say


def test_another_version_is_refused(monkeypatch):
    monkeypatch.setattr(flac, "VERSION", 2)
    _, kept = stored(wav(V), "wav")
    monkeypatch.undo()
    with pytest.raises(VerificationError, match="does not know"):
        list(decoded(BytesIO(kept), "flac", "0" * 64))


@pytest.mark.parametrize("extension", ["sln", "ulaw", "alaw"])
def test_opus_is_small_and_says_that_it_is_no_way_back(extension):
    content = {"sln": LINEAR, **LAWS}[extension] * 10
    encoding, kept = stored(content, extension, Encoding.OPUS, bit_rate=12_000)
    sound, _ = soundfile.read(BytesIO(kept))
    assert encoding is Encoding.OPUS
    assert len(sound) == 10 * len(V)
    assert len(kept) * 8 / 20 < 16_000
    spectra = [np.abs(np.fft.rfft(each, 8000 * 2)) for each in (sound[:16000], V / 32768)]
    assert np.corrcoef(*spectra)[0, 1] > 0.9
    with pytest.raises(InputError, match="with loss"):
        list(decoded(BytesIO(kept), encoding, Body.of(content).sha256))


@pytest.mark.parametrize("encoding", [Encoding.FLAC, Encoding.OPUS])
def test_a_second_attempt_gives_the_same_bytes(encoding):
    """Or else a put that was repeated would not know its own."""
    assert stored(wav(V), "wav", encoding) == stored(wav(V), "wav", encoding)


def test_opus_of_two_channels():
    encoding, kept = stored(wav(stereo(), channels=2), "wav", Encoding.OPUS, bit_rate=24_000)
    assert (encoding, soundfile.info(BytesIO(kept)).channels) == (Encoding.OPUS, 2)


@pytest.mark.parametrize(("content", "extension"), [(LAWS["ulaw"], "gsm"), (LINEAR, "sln44")])
def test_what_opus_does_not_take_is_kept(content, extension):
    assert stored(content, extension, Encoding.OPUS) == (Encoding.KEEP, content)


LONG = """
import sys
from pathlib import Path
from voicekit.calls.encode import encoded, decoded
from voicekit.stores import Body
body = Body.of_file(Path(sys.argv[1]))
with encoded(body, "wav", folder=Path(sys.argv[2])) as made:
    with made.body.open() as file:
        size = sum(map(len, decoded(file, made.encoding, body.sha256)))
assert size == body.size
print(made.encoding)
"""


def test_memory_is_flat_in_length(tmp_path):
    """One hour in stereo: 115 MB of samples."""
    path = tmp_path / "long.wav"
    minute = np.tile(stereo(2), (30, 1))
    with path.open("wb") as file:
        file.write(crashed(minute, channels=2))
        for _ in range(59):
            file.write(minute.tobytes())
    encoding, most = alone(LONG, path, tmp_path)
    assert encoding == "flac"
    assert most < 100  # MB, of which the interpreter with numpy is 50
