"""What damaged or strange files do to the libraries that read them."""

import os
import struct
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from audio.signals import speech
from pbx.riff import data, fmt, riff

from voicekit.audio.read import _hushed, open_bytes, open_sound
from voicekit.clip import BLOCK, gather
from voicekit.errors import InputError


def test_opposite_infinities_are_no_number_and_no_warning(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.array([[0, 0], [np.inf, -np.inf]]), 8000, subtype="FLOAT")
    with pytest.raises(InputError, match="no number"):
        gather(open_sound(tmp_path / "a.wav"))


def test_a_codec_that_nobody_decodes_is_told(tmp_path):
    """FFmpeg finds a stream of it, and nothing that decodes it."""
    unknown = riff(fmt(0xFFFE, extra=struct.pack("<HHI", 22, 16, 4) + bytes(range(16))), data(bytes(4000)))
    (tmp_path / "a.wav").write_bytes(unknown)
    with pytest.raises(InputError, match="of a codec that can't be decoded; convert it"):
        open_sound(tmp_path / "a.wav")


@pytest.mark.parametrize("name", ["a.m4a", os.fsdecode(b"\xff\xfe.m4a")], ids=ascii)
def test_titles_and_names_may_be_in_any_encoding(tmp_path, name):
    with av.open(tmp_path / "made", "w", format="ipod") as container:
        container.metadata["title"] = "XXXXXXXX"
        stream = container.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), "f4"), format="fltp", layout="mono")
        frame.sample_rate = 48000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    title = "Привет".encode("cp1251")
    (tmp_path / name).write_bytes((tmp_path / "made").read_bytes().replace(b"XXXXXXXX", title + b"  "))
    assert title in (tmp_path / name).read_bytes()
    assert len(gather(open_sound(tmp_path / name)).samples) >= 4800


def test_a_decoder_that_comments_is_not_heard(tmp_path, capfd):
    soundfile.write(tmp_path / "a.mp3", speech(1, 22050).samples, 22050)
    made = (tmp_path / "a.mp3").read_bytes()
    (tmp_path / "a.mp3").write_bytes(made[: len(made) // 2] + bytes(300) + made[len(made) // 2 :])
    gather(open_sound(tmp_path / "a.mp3"))
    gather(open_bytes((tmp_path / "a.mp3").read_bytes(), "a.mp3"))
    os.write(2, b"ours")
    assert capfd.readouterr() == ("", "ours")


def test_neither_on_stdout_where_json_is_nor_on_stderr(capfd):
    before = list(Path("/proc/self/fd").iterdir())
    assert _hushed(lambda: os.write(1, b"a comment") + os.write(2, b"another")) == 16
    with pytest.raises(InputError):
        _hushed(lambda: open_sound(Path("nowhere.wav")))
    os.write(1, b"our")
    os.write(2, b"own")
    assert capfd.readouterr() == ("our", "own")
    assert len(list(Path("/proc/self/fd").iterdir())) == len(before)


def test_many_channels_are_read_in_small_blocks(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "a.wav", np.zeros((2000, 1024), "i2"), 8000)
    asked, read = [], soundfile.SoundFile.read
    monkeypatch.setattr(soundfile.SoundFile, "read", lambda file, n, **how: asked.append(n) or read(file, n, **how))
    assert len(gather(open_sound(tmp_path / "a.wav")).samples) == 2000
    assert max(asked) * 1024 <= BLOCK


def test_more_channels_than_a_frame_has_planes_for(tmp_path):
    """The block size is wrong, so that libsndfile refuses it and FFmpeg reads it."""
    sound = np.linspace(-0.5, 0.5, 33 * 100, dtype="<f4")
    (tmp_path / "a.wav").write_bytes(riff(fmt(3, channels=33, align=4, bits=32), data(sound.tobytes())))
    expected = sound.reshape(-1, 33)
    np.testing.assert_allclose(gather(open_sound(tmp_path / "a.wav")).samples, expected.mean(axis=1), atol=1e-6)
    np.testing.assert_array_equal(gather(open_sound(tmp_path / "a.wav", 32)).samples, expected[:, 32])
