"""A speaker model by path takes the place of GE2E, and one of another kind is refused with the reason."""

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pytest
from voiceprint.conftest import read

from voicekit import parallel, voiceprint
from voicekit.clip import Clip
from voicekit.errors import InputError
from voicekit.jobs import calibrate
from voicekit.voiceprint import VARIABLE, onnx
from voicekit.voiceprint.profile import Profile, Verdict

MODELS = Path(__file__).parents[1] / "voices"
MODEL = MODELS / "speaker.onnx"


@pytest.fixture
def named(monkeypatch):
    monkeypatch.setenv(VARIABLE, str(MODEL))
    return MODEL


def test_the_variable_names_it(named):
    assert voiceprint.encoder().identity.startswith("onnx:")


def test_another_file_is_another_model(tmp_path):
    other = tmp_path / "speaker.onnx"
    other.write_bytes(MODEL.read_bytes())
    assert onnx.load(other).identity == onnx.load(MODEL).identity
    changed = bytearray(MODEL.read_bytes())
    changed[len(changed) // 2] ^= 1  # in the weights
    other.write_bytes(changed)
    assert onnx.load(other).identity != onnx.load(MODEL).identity


def test_vectors_are_of_length_1_and_know_voices():
    encoder = onnx.load(MODEL)
    man, woman = (encoder.prints(read(voice)) for voice in ("en-us", "en-us+f3"))
    assert all(float(heard.vector @ heard.vector) == pytest.approx(1, abs=1e-5) for heard in man + woman)
    profile = Profile.of(encoder.identity, man[:8])
    assert {profile.judge(heard).verdict for heard in man[8:]} == {Verdict.SAME}
    own, foreign = (np.mean([profile.judge(heard).margin for heard in heap]) for heap in (man[8:], woman))
    assert own > foreign + 0.02


@pytest.mark.parametrize(
    "samples", [np.zeros(0), np.zeros(8000), np.full(80, 0.5)], ids=["nothing", "silence", "click"]
)
def test_there_is_no_voice_in_silence(samples):
    (heard,) = onnx.load(MODEL).prints([Clip(samples.astype(np.float32), 8000)])
    assert heard.vector is None


def test_forked_workers_each_run_it(named):
    encoder, clip = voiceprint.encoder(), read("en-us")[0]
    (here,) = encoder.prints([clip])  # the parent's session is there already
    tasks = list(range(4))
    for _, vector in parallel.each(lambda _: encoder.prints([clip])[0].vector, tasks, workers=2, limit=60):
        assert np.array_equal(vector, here.vector)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("absent.onnx", "no such file; VOICEKIT_SPEAKER_MODEL names it"),
        ("make_speaker.py", "not a model that onnxruntime loads"),
        ("tiny.onnx", r"takes input tensor\(int64\) .* and .*one input, float \[1, T, 80\]"),
        ("speaker-turned.onnx", r"takes feats tensor\(float\) \['B', 80, 'T'\]"),
        ("speaker-frames.onnx", r"gives \[1, 50, 32\], not one embedding"),
    ],
)
def test_what_is_no_such_model_is_refused_with_the_reason(file, words, run, site, monkeypatch):
    with pytest.raises(InputError, match=words):
        onnx.load(MODELS / file)
    monkeypatch.setenv(VARIABLE, str(MODELS / file))
    ran = run("revoice", "-C", site.root)
    assert ran.code == 4  # what is asked for by name is never passed over
    assert file in ran.err


def test_without_onnxruntime_it_says_how_to_get_it(tmp_path, monkeypatch):
    copy = shutil.copy(MODEL, tmp_path / "copy.onnx")
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(InputError, match=r"pip install .\.\[piper\]."):
        onnx.load(copy)


def test_the_gate_works_with_it_and_knows_whose_profile_it_has(site, revoice, run, named, monkeypatch):
    site.voice(engine="espeak", voice="en-us")
    site.words({"custom/one": "If you would like to speak with the sales department, please press one now."})
    assert all(not x.bad for x in calibrate.apply(site.root / "voices/robot", today=dt.datetime.now(dt.UTC).date()))
    assert '"onnx:' in (site.root / "voices/robot/calibration.json").read_text()
    revoice()
    assert {entry.checks["voice"] for entry in site.entries().values()} == {"same"}
    assert "onnx:" in run("doctor").out
    monkeypatch.delenv(VARIABLE)
    assert revoice("--all", "--yes").code == 0
    assert {entry.checks["voice"] for entry in site.entries().values()} == {"not-checked"}
    (again,) = calibrate.apply(site.root / "voices/robot", today=dt.datetime.now(dt.UTC).date())
    assert again.code == "calibrated"  # by the model that is here now, and not called another voice
    assert not again.data["changed"]
