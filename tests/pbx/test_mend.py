"""What --fix mends is the same sound as before, and what it was is kept."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pbx.riff import RATE, chunk, data, extensible, fmt, plain, riff, voice

from voicekit.audio.read import open_sound
from voicekit.clip import gather
from voicekit.errors import InputError
from voicekit.formats import TABLE, by_extension
from voicekit.formats.g711 import law
from voicekit.formats.linear import floats, quantise
from voicekit.formats.pcm import TAIL
from voicekit.pbx import mend as module
from voicekit.pbx.lint import examine
from voicekit.pbx.mend import STORE, mend

V = voice()
LATER = 1e12  # s: nothing here is under way
LOUD_END = np.concatenate([V, V[2000:6000]]).astype("<i2")
CODES = law("ulaw").encode[V.view(np.uint16)]
DECODED = law("ulaw").decode[CODES]


def stored(root, name="a.wav"):
    (root / STORE).mkdir(exist_ok=True)
    return root / STORE / name


def linear(path):
    return quantise(gather(open_sound(path)).samples)


PAIRS = np.column_stack([V, V]).astype("<i2").tobytes()
WAVES = {
    "chunks": (riff(fmt(), chunk(b"LIST", bytes(300)), data(LOUD_END.tobytes())), LOUD_END),
    "odd chunk": (riff(fmt(), chunk(b"LIST", bytes(27), pad=True), data(V.tobytes())), V),
    "all cut": (riff(fmt(), chunk(b"LIST", bytes(30000)), data(V.tobytes())), V),
    "never closed": (riff(fmt(), data(V.tobytes(), 0), size=0), V),
    "from a pipe": (riff(fmt(), data(V.tobytes(), 0xFFFFFFFF), size=0xFFFFFFFF), V),
    "extensible": (riff(extensible(), data(V.tobytes())), V),
    "u-law": (riff(fmt(7, align=1, bits=8), data(CODES.tobytes())), DECODED),
    "u-law, extensible, two channels": (
        riff(extensible(7, channels=2, align=2, bits=8), data(np.repeat(CODES, 2).tobytes())),
        DECODED,
    ),
    "like channels": (riff(fmt(channels=2, align=4), data(PAIRS)), V),
}


@pytest.mark.parametrize("name", WAVES)
def test_a_wav_keeps_every_sample(tmp_path, name):
    content, samples = WAVES[name]
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    assert examine(path).mends
    stored(tmp_path)
    mended = mend(tmp_path, path, now=LATER)
    assert mended.kept.read_bytes() == content
    assert np.array_equal(linear(path), np.concatenate([samples, np.zeros(TAIL, np.int16)]))
    assert path.stat().st_size == 44 + 2 * (len(samples) + TAIL)
    assert not examine(path).mends
    assert [entry.name for entry in (tmp_path / STORE).iterdir()] == ["a.wav"]


def gsm(samples=V):
    file = io.BytesIO()
    TABLE["gsm"].write([floats(samples)], file)
    return file.getvalue()


RAW = {
    "u-law in RIFF": ("a.ulaw", riff(fmt(7, align=1, bits=8), data(CODES.tobytes())), CODES.tobytes()),
    "A-law in RIFF": ("a.al", riff(fmt(6, align=1, bits=8), data(CODES.tobytes())), CODES.tobytes()),
    "linear in RIFF": ("a.sln", riff(fmt(), chunk(b"LIST", bytes(9), pad=True), data(V.tobytes())), V.tobytes()),
    "wideband in RIFF": ("a.sln16", plain(V, 16000), V.tobytes()),
    "cut gsm": ("a.gsm", gsm()[:-5], gsm()[:-33]),
    "cut ilbc": ("a.ilbc", bytes(120), bytes(100)),
    "cut siren14": ("a.siren14", bytes(range(250)), bytes(range(240))),
}


@pytest.mark.parametrize("name", RAW)
def test_a_headerless_file_becomes_its_whole_frames(tmp_path, name):
    filename, content, whole = RAW[name]
    path = tmp_path / filename
    path.write_bytes(content)
    assert examine(path).mends
    stored(tmp_path)
    assert mend(tmp_path, path, now=LATER).kept.read_bytes() == content
    assert path.read_bytes() == whole
    assert not examine(path).mends


LOSING = {
    "wrong rate": ("a.wav", plain(V, 16000)),
    "two voices": ("a.wav", riff(fmt(channels=2, align=4), data(np.column_stack([V, V[::-1]]).tobytes()))),
    "24 bit": ("a.wav", riff(fmt(align=3, bits=24), data(bytes(3000)))),
    "float": ("a.wav", riff(fmt(3, align=4, bits=32), data(bytes(4000)))),
    "its end is missing": ("a.wav", riff(fmt(), data(V.tobytes(), 20000))),
    "linear in .ulaw": ("a.ulaw", plain(V)),
    "wideband in .sln": ("a.sln", plain(V, 16000)),
    "odd g729": ("a.g729", bytes(50)),
    "capitals that mean another sound": ("a.RAW", V.tobytes()),
}


@pytest.mark.parametrize("name", LOSING)
def test_what_would_lose_something_is_not_offered(tmp_path, name):
    filename, content = LOSING[name]
    path = tmp_path / filename
    path.write_bytes(content)
    examined = examine(path)
    assert examined.findings
    assert not examined.mends


@given(
    samples=st.lists(st.integers(-32768, 32767), min_size=60, max_size=400),
    extra=st.integers(0, 60),
    channels=st.integers(1, 3),
)
@settings(max_examples=15, derandomize=True, deadline=None)
def test_any_samples_survive(tmp_path_factory, samples, extra, channels):
    root = tmp_path_factory.mktemp("any")
    sound = np.array(samples, "<i2")
    frames = np.repeat(sound, channels).tobytes()
    path = root / "a.wav"
    junk = chunk(b"LIST", bytes(extra), pad=True)
    path.write_bytes(riff(extensible(channels=channels, align=2 * channels), junk, data(frames)))
    stored(root)
    mend(root, path, now=LATER)
    assert np.array_equal(linear(path)[: len(sound)], sound)


@pytest.mark.parametrize(
    ("name", "now"), [("a.Wav", "a.wav"), ("a.GSM", "a.gsm"), ("a.WAV", "a.wav"), ("a.ULAW", "a.ulaw")]
)
def test_a_name_in_capitals_is_put_right(tmp_path, name, now):
    path = tmp_path / name
    path.write_bytes(plain(V))
    assert examine(path).mends
    assert mend(tmp_path, path, now=LATER).path == tmp_path / now
    assert [entry.name for entry in tmp_path.iterdir()] == [now]


@pytest.mark.parametrize("other", ["a.gsm", "a.WAV"])
def test_no_file_is_renamed_over_or_beside_its_like(tmp_path, other):
    (tmp_path / "a.GSM").write_bytes(gsm())
    (tmp_path / other).write_bytes(b"other")
    assert not examine(tmp_path / "a.GSM").mends
    if other == "a.gsm":
        with pytest.raises(FileExistsError):
            mend(tmp_path, tmp_path / "a.GSM", now=LATER)
        assert (tmp_path / other).read_bytes() == b"other"


def broken(tmp_path, name="a.wav"):
    path = tmp_path / name
    path.write_bytes(WAVES["extensible"][0])
    stored(tmp_path)
    return path


def test_what_can_not_be_proved_is_left_as_it_is(tmp_path, monkeypatch):
    path = broken(tmp_path)
    monkeypatch.setattr(module.wave_sound, "samples", lambda file, found: iter([V[::-1]]))
    with pytest.raises(InputError, match="not sound the same"):
        mend(tmp_path, path, now=LATER)
    assert path.read_bytes() == WAVES["extensible"][0]
    assert list((tmp_path / STORE).iterdir()) == []


def test_a_file_that_is_written_to_meanwhile_is_left_alone(tmp_path, monkeypatch):
    path = broken(tmp_path)
    keep = module._keep

    def and_write(*given):
        kept = keep(*given)
        path.write_bytes(b"new")
        return kept

    monkeypatch.setattr(module, "_keep", and_write)
    with pytest.raises(InputError, match="meanwhile"):
        mend(tmp_path, path, now=LATER)
    assert path.read_bytes() == b"new"


def test_a_recording_under_way_is_left_alone(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(WAVES["never closed"][0])
    stored(tmp_path)
    with pytest.raises(InputError, match="under way"):
        mend(tmp_path, path, now=path.stat().st_mtime + 30)
    mend(tmp_path, path, now=path.stat().st_mtime + 90)


def test_an_earlier_original_is_never_overwritten(tmp_path):
    path = broken(tmp_path)
    first = mend(tmp_path, path, now=LATER).kept
    path.write_bytes(WAVES["odd chunk"][0])
    second = mend(tmp_path, path, now=LATER).kept
    path.write_bytes(WAVES["extensible"][0])  # killed before the rename, and run again: one copy is enough
    assert mend(tmp_path, path, now=LATER).kept == first
    assert (first.name, second.name) == ("a.wav", "a.wav.2")
    assert second.read_bytes() == WAVES["odd chunk"][0]


def test_permissions_stay(tmp_path):
    path = broken(tmp_path)
    path.chmod(0o640)
    kept = mend(tmp_path, path, now=LATER).kept
    assert {oct(found.stat().st_mode & 0o777) for found in (path, kept)} == {"0o640"}


def test_a_link_stays_a_link_and_none_leads_outside(tmp_path):
    root, outside = tmp_path / "sounds", tmp_path / "pool"
    (root / "en").mkdir(parents=True)
    outside.mkdir()
    path = broken(root / "en")
    stored(root)
    (root / "link.wav").symlink_to("en/a.wav")
    mended = mend(root, root / "link.wav", now=LATER)
    assert (root / "link.wav").is_symlink()
    assert mended.kept == root / STORE / "en/a.wav"
    assert not examine(path).mends
    (root / "out.wav").symlink_to(broken(outside))
    with pytest.raises(InputError, match="outside"):
        mend(root, root / "out.wav", now=LATER)


def test_the_rate_says_which_row(tmp_path):
    """What is mended in .wav16 stays at 16 kHz."""
    path = tmp_path / "a.wav16"
    path.write_bytes(riff(extensible(rate=16000), data(V.tobytes())))
    stored(tmp_path)
    mend(tmp_path, path, now=LATER)
    assert gather(open_sound(path)).rate == by_extension("wav16").rate == 2 * RATE
    assert [path.name for path in (tmp_path / STORE).iterdir()] == ["a.wav16"]
