"""RHVoice, for real where it is installed."""

import hashlib

import pytest

from voicekit import engines, parallel
from voicekit.engines import Speech, rhvoice
from voicekit.errors import EngineError
from voicekit.voices import Speaker

ENGINE = rhvoice.ENGINE
PROMPTS = [f"Нажмите {n}, чтобы услышать ещё {n * 7} сообщений." for n in range(10)]
PROMPTS += [f"Press {n} to hear {n * 7} more messages." for n in range(10)]


@pytest.fixture
def name():
    return "rhvoice"


@pytest.fixture
def here():
    try:
        ENGINE.version()
    except EngineError as error:
        pytest.skip(str(error))
    if missing := ENGINE.refusal(speech("один", "anna+slt")):
        pytest.skip(missing)


def speech(text, voice="anna", folder=None, **settings):
    every = engines.defaults(ENGINE.settings) | settings
    asked = Speech(text, "ru", Speaker(voice, voice), every)
    return asked if folder is None else Speech(text, "ru", Speaker(voice, voice), every, {}, folder)


def digest(clip):
    return hashlib.sha256(clip.samples.tobytes()).hexdigest()


@pytest.mark.usefixtures("here")
def test_twenty_prompts_of_twenty_are_the_same_bytes_in_one_process_and_in_any_order():
    tasks = [speech(text, "anna+slt") for text in PROMPTS]
    once = {task.text: digest(clip) for task, clip in parallel.each(ENGINE.speak, tasks, workers=1)}
    again = {task.text: digest(clip) for task, clip in parallel.each(ENGINE.speak, tasks[::-1], workers=2)}
    assert once == again
    assert len(set(once.values())) == len(PROMPTS)


@pytest.mark.usefixtures("here")
def test_the_name_of_a_voice_is_taken_in_any_case_and_a_second_reads_latin(speak):
    pair = speech("Нажмите OK", "anna+slt")
    assert digest(speak(pair)) == digest(speak(speech("Нажмите OK", "Anna+SLT")))
    assert digest(speak(pair)) != digest(speak(speech("Нажмите OK", "anna")))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("voice", ["Anna+nobody", "anna+", "+anna", "anna slt"])
def test_a_pair_with_an_unknown_voice_is_not_half_of_it(speak, voice):
    assert "no voice" in ENGINE.refusal(speech("один", voice))
    with pytest.raises(EngineError, match="no voice"):
        speak(speech("один", voice))


@pytest.mark.usefixtures("here")
def test_rate_and_pitch_are_times_the_voice_s_own(speak):
    plain, fast = (speak(speech("Пожалуйста, подождите на линии.", rate=rate)).seconds for rate in (1.0, 2.0))
    assert fast == pytest.approx(plain / 2, rel=0.15)


@pytest.mark.usefixtures("here")
def test_a_plus_sets_the_stress(speak):
    assert digest(speak(speech("з+амок"))) != digest(speak(speech("зам+ок")))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("text", ["\0один", "один\ud800два", "1" * 50, "<speak>один</speak> &amp;", "🙂 да", "ё" * 100])
def test_nothing_in_a_text_stops_it(speak, text):
    clip = speak(speech(text))
    assert clip.rate == 24000
    assert clip.seconds > 0.1


def made(data, **names):
    """A folder of voices as RHVoice's data have them: folder=name."""
    for folder, name in names.items():
        info = data / "voices" / folder / "voice.info"
        info.parent.mkdir(parents=True)
        info.write_text(f"name={name}\nlanguage=Russian\n")


@pytest.fixture
def nowhere(monkeypatch):
    """A machine without any RHVoice."""
    monkeypatch.delenv(rhvoice.LIBRARY, raising=False)
    monkeypatch.setattr(rhvoice, "_SYSTEM", ())
    monkeypatch.setattr(rhvoice, "_NAMES", ("libRHVoice.so.none",))
    monkeypatch.setattr(rhvoice, "find_spec", lambda _: None)
    monkeypatch.setattr(rhvoice, "_library", rhvoice._library.__wrapped__)
    monkeypatch.setattr(rhvoice, "voices", rhvoice.voices.__wrapped__)


@pytest.mark.usefixtures("nowhere")
def test_what_is_missing_is_said_with_its_remedy(monkeypatch, tmp_path):
    with pytest.raises(EngineError, match="not here; the library: apt-get install librhvoice5"):
        ENGINE.version()
    assert "(none is here); voices: apt-get install rhvoice-russian" in ENGINE.refusal(speech("один", folder=tmp_path))
    monkeypatch.setenv(rhvoice.LIBRARY, str(tmp_path / "libRHVoice.so"))
    with pytest.raises(EngineError, match=r"VOICEKIT_RHVOICE_LIB=.*does not load"):
        ENGINE.version()


@pytest.mark.usefixtures("nowhere")
def test_voices_are_looked_for_beside_the_profile_the_library_and_in_the_system(monkeypatch, tmp_path):
    system, prefix, profile = tmp_path / "system", tmp_path / "opt", tmp_path / "voice"
    monkeypatch.setattr(rhvoice, "_SYSTEM", (system,))
    monkeypatch.setenv(rhvoice.LIBRARY, str(prefix / "lib" / "x86_64-linux-gnu" / "libRHVoice.so"))
    made(system, anna="Anna", elena="Elena", slt="SLT")
    made(prefix / "share" / "RHVoice", anna="Anna", elena="Elena")
    made(profile / "rhvoice", anna="Anna", **{"evgeniy-rus": "Evgeniy-Rus"})
    found = rhvoice.voices(profile)
    assert found == {
        "anna": profile / "rhvoice",
        "evgeniy-rus": profile / "rhvoice",
        "elena": prefix / "share" / "RHVoice",
        "slt": system,
    }
    assert "lie in different folders" in ENGINE.refusal(speech("один", "anna+slt", folder=profile))
