import io
import os
import socket

import av
import numpy as np
import pytest
import soundfile
from audio.signals import PACK, needs_pack, noise, speech, tone
from formats.makers import MARKS, READABLE, sample

from voicekit.audio.read import open_bytes, open_sound
from voicekit.clip import BLOCK, gather
from voicekit.errors import InputError
from voicekit.formats import TABLE

LOSSLESS = [("wav", "PCM_16"), ("wav", "FLOAT"), ("flac", "PCM_24"), ("aiff", "PCM_16"), ("caf", "PCM_32")]
LOSSY = ["mp3", "ogg"]
HEADERLESS = sorted(
    extension
    for row in TABLE.values()
    if row.headerless and row.writable and row.name != "g729"  # its encoder may not be here
    for extension in row.extensions
)


def encode(path, codec, clip):
    """Write `clip` by FFmpeg."""
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=clip.rate, layout="mono")
        frame = av.AudioFrame.from_ndarray((clip.samples * 32767).astype("i2")[None], format="s16", layout="mono")
        frame.sample_rate = clip.rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


@pytest.mark.parametrize(("extension", "subtype"), LOSSLESS)
@pytest.mark.parametrize("rate", [8000, 22050, 44100])
def test_lossless_files_are_read_as_they_are(tmp_path, extension, subtype, rate):
    clip = speech(1, rate)
    path = tmp_path / f"a.{extension}"
    soundfile.write(path, clip.samples, rate, subtype=subtype)
    source = open_sound(path)
    assert source.rate == rate
    np.testing.assert_allclose(gather(source).samples, clip.samples, atol=2**-15)
    assert np.array_equal(gather(source).samples, gather(source).samples), "a second reading differs"


@pytest.mark.parametrize("extension", LOSSY)
def test_lossy_files_sound_the_same(tmp_path, extension):
    clip = speech(2, 16000, -20)
    soundfile.write(tmp_path / f"a.{extension}", clip.samples, 16000)
    error = gather(open_sound(tmp_path / f"a.{extension}")).samples - clip.samples
    assert 10 * np.log10(np.mean(np.square(clip.samples)) / np.mean(np.square(error))) > 15


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [("a.m4a", "aac", 16000), ("a.amr", "libopencore_amrnb", 8000), ("a.webm", "libopus", 48000)],
)
def test_what_only_ffmpeg_knows_is_read(tmp_path, name, codec, rate, capfd):
    clip = tone(400, 2, rate, -10)
    encode(tmp_path / name, codec, clip)
    source = open_sound(tmp_path / name)
    made = gather(source).samples
    assert source.rate == rate
    assert len(made) / rate == pytest.approx(2, abs=0.15)
    assert np.sqrt(np.mean(np.square(made))) == pytest.approx(np.sqrt(np.mean(np.square(clip.samples))), rel=0.25)
    assert np.array_equal(gather(source).samples, made), "a second reading differs"
    assert all(len(block) == BLOCK for block in list(source.blocks())[:-1])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("extension", ["wav", "flac"])
def test_channels_are_averaged(tmp_path, extension):
    left, right = tone(400, 0.5, 8000), noise(0.5, 8000, -30)
    path = tmp_path / f"a.{extension}"
    soundfile.write(path, np.stack([left.samples, right.samples, 0 * left.samples], axis=1), 8000, subtype="PCM_24")
    expected = (left.samples + right.samples) / 3
    np.testing.assert_allclose(gather(open_sound(path)).samples, expected, atol=1e-6)


@pytest.mark.parametrize(("extension", "channels"), [("wav", 2), ("flac", 6), ("ogg", 2), ("mp3", 2), ("opus", 2)])
def test_one_channel_is_picked(tmp_path, extension, channels):
    path = tmp_path / f"a.{extension}"
    parts = [tone(300 + 100 * number, 0.5, 48000, -10).samples for number in range(channels)]
    soundfile.write(
        path, np.stack(parts, axis=1), 48000, **({"format": "OGG", "subtype": "OPUS"} if extension == "opus" else {})
    )
    for number in range(channels):
        picked = gather(open_sound(path, number)).samples[2400:21600]
        spectrum = np.abs(np.fft.rfft(picked * np.hanning(len(picked))))
        assert np.argmax(spectrum) * 48000 / len(picked) == pytest.approx(300 + 100 * number, abs=5)
        for wrong in (-1, channels):
            with pytest.raises(InputError, match=f"has no channel {wrong + 1}; it has {channels}, counted from 1"):
                open_sound(path, wrong)


def test_one_channel_of_what_only_ffmpeg_knows(tmp_path):
    path = tmp_path / "a.m4a"
    with av.open(path, "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="stereo")
        left, right = tone(400, 1, 48000, -10).samples, tone(400, 1, 48000, -40).samples
        frame = av.AudioFrame.from_ndarray(np.stack([left, right]), format="fltp", layout="stereo")
        frame.sample_rate = 48000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    loud, quiet, both = (gather(open_sound(path, channel)).samples.std() for channel in (0, 1, None))
    assert loud > 20 * quiet
    assert both == pytest.approx((loud + quiet) / 2, rel=0.05)
    with pytest.raises(InputError, match="has no channel 3"):
        open_sound(path, 2)


def test_a_file_without_header_has_one_channel(tmp_path):
    (tmp_path / "a.sln").write_bytes(b"ab" * 100)
    assert len(gather(open_sound(tmp_path / "a.sln", 0)).samples) == 100
    with pytest.raises(InputError, match="has no channel 2"):
        open_sound(tmp_path / "a.sln", 1)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name, marks=MARKS.get(row.name, ())) for row in READABLE])
def test_every_format_of_asterisk_that_is_readable_is_read(tmp_path, row):
    path = tmp_path / f"a.{row.extensions[0]}"
    path.write_bytes(sample(row, speech(2, row.rate).samples))
    source = open_sound(path)
    made = gather(source).samples
    assert source.rate == row.rate
    assert len(made) / row.rate == pytest.approx(2, abs=0.1)
    assert np.array_equal(gather(source).samples, made), "a second reading differs"


def test_what_is_not_readable_says_why(tmp_path):
    for row in TABLE.values():
        if not row.readable:
            (tmp_path / f"a.{row.name}").write_bytes(bytes(1000))
            with pytest.raises(InputError, match=f"can't read format {row.name}: {row.refusal[:20]}"):
                open_sound(tmp_path / f"a.{row.name}")


@pytest.mark.parametrize("extension", ["au", "wav"])
def test_a_size_of_0_in_the_header_is_not_believed(tmp_path, extension):
    """Asterisk leaves it in every .au, and in a .wav whose recording was killed."""
    row, clip = TABLE[extension], speech(2, 8000)
    path = tmp_path / f"a.{extension}"
    with path.open("wb") as file:
        row.write(clip.blocks(), file)
    whole = gather(open_sound(path)).samples
    data = bytearray(path.read_bytes())
    for place in {"au": [8], "wav": [4, 40]}[extension]:
        data[place : place + 4] = bytes(4)
    path.write_bytes(data)
    np.testing.assert_array_equal(gather(open_sound(path)).samples, whole)


@pytest.mark.parametrize("extension", HEADERLESS)
def test_without_a_header_the_extension_decides(tmp_path, extension):
    row = next(row for row in TABLE.values() if extension in row.extensions)
    clip = tone(400, 0.5, row.rate, -10)
    with (tmp_path / f"a.{extension}").open("wb") as file:
        row.write(clip.blocks(), file)
    source = open_sound(tmp_path / f"a.{extension}")
    assert source.rate == row.rate
    assert np.sqrt(np.mean(np.square(gather(source).samples))) == pytest.approx(0.2236, rel=0.05)


def test_the_extension_is_not_what_decides_with_a_header(tmp_path):
    path = tmp_path / "a.mp3"
    soundfile.write(path, speech(0.1, 8000).samples, 8000, format="WAV")
    assert len(gather(open_sound(path)).samples) == 800


def test_bytes_are_read_as_files_are(tmp_path):
    clip = speech(1, 8000)
    soundfile.write(tmp_path / "a.flac", clip.samples, 8000)
    source = open_bytes((tmp_path / "a.flac").read_bytes(), "the answer")
    assert np.array_equal(gather(source).samples, gather(open_sound(tmp_path / "a.flac")).samples)
    with pytest.raises(InputError, match=r"^the answer: "):
        open_bytes(b"<html>" * 100, "the answer")


GARBAGE = np.random.default_rng(3).bytes(20000)


@pytest.mark.parametrize(
    "name", ["a.wav", "a.WAV", "a.RAW", "a.mp3", "a.flac", "a.m4a", "a.txt", "a", "a.GSM", "a.g719"]
)
@pytest.mark.parametrize(
    "data", [b"", b"x", b"RIFF", b"hello world\n" * 500, GARBAGE], ids=["0", "1", "4", "text", "noise"]
)
def test_what_is_no_sound_is_refused_in_one_sentence(tmp_path, name, data, capfd):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        gather(open_sound(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "folder.wav").mkdir()
    for name, why in [
        ("pipe.wav", "not a sound file"),
        ("folder.wav", "folder"),
        ("none.wav", "No such file"),
    ]:
        with pytest.raises(InputError, match=f"{name}: .*{why}"):
            open_sound(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read all")
def test_what_may_not_be_read_is_refused(tmp_path):
    (tmp_path / "a.wav").touch(mode=0)
    with pytest.raises(InputError, match="Permission denied"):
        open_sound(tmp_path / "a.wav")


def test_a_header_without_sound_is_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 8000)
    with pytest.raises(InputError, match="holds no sound"):
        gather(open_sound(tmp_path / "a.wav"))


def test_a_film_without_sound_is_refused(tmp_path):
    with av.open(tmp_path / "a.mp4", "w") as container:
        stream = container.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p")
        for packet in [*stream.encode(av.VideoFrame(64, 64, "yuv420p")), *stream.encode(None)]:
            container.mux(packet)
    with pytest.raises(InputError, match="no sound in it"):
        open_sound(tmp_path / "a.mp4")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_samples_that_are_no_numbers_are_refused(tmp_path, value):
    samples = np.zeros(BLOCK + 8000, "f4")
    samples[BLOCK + 4000] = value
    soundfile.write(tmp_path / "a.wav", samples, 8000, subtype="FLOAT")
    with pytest.raises(InputError, match=r"no number, 8\.692 s in"):
        gather(open_sound(tmp_path / "a.wav"))


def test_damage_further_in_is_told(tmp_path, capfd):
    buffer = io.BytesIO()
    soundfile.write(buffer, noise(20, 8000, -20).samples, 8000, format="FLAC")
    data = bytearray(buffer.getvalue())
    data[len(data) // 2 : len(data) // 2 + 20000] = bytes(20000)
    (tmp_path / "a.flac").write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        gather(open_sound(tmp_path / "a.flac"))
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_gone_is_told(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(800), 8000)
    source = open_sound(tmp_path / "a.wav")
    (tmp_path / "a.wav").unlink()
    with pytest.raises(InputError, match="No such file"):
        gather(source)


@pytest.mark.parametrize("rate", [8, 999, 768_001, 2_000_000_000])
def test_a_rate_that_can_not_be_is_refused(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", np.zeros(800), rate)
    with pytest.raises(InputError, match=f"says that it has {rate} samples a second"):
        open_sound(tmp_path / "a.wav")


def test_a_playlist_leads_nowhere(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        (tmp_path / "a.m3u8").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}\n#EXT-X-ENDLIST\n")
        with pytest.raises(InputError):
            gather(open_sound(tmp_path / "a.m3u8"))
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.packs
@needs_pack
def test_stock_prompts_are_read():
    source = open_sound(PACK / "vm-goodbye.wav")
    samples, rate = soundfile.read(PACK / "vm-goodbye.wav", dtype="float32")
    assert source.rate == rate == 8000
    assert np.array_equal(gather(source).samples, samples)
