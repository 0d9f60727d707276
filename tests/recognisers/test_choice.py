"""Which recogniser listens: what the environment names, or nothing; and nothing in its stead."""

import pytest

from voicekit import recognisers
from voicekit.errors import EngineError, InputError
from voicekit.recognisers import VARIABLE, Recogniser

pytest.importorskip("pocketsphinx", reason="pip install pocketsphinx (with make; not apt-get install)")


def ear(language="en"):
    return recognisers.ear(language, list)


@pytest.mark.parametrize("name", recognisers.names())
def test_every_recogniser_keeps_the_contract(name):
    found = recognisers.get(name)
    assert isinstance(found, Recogniser)
    assert found.name == name
    assert found.about
    assert "pip install" in found.how_to_get
    assert 0 < found.bound < 1
    assert found.version()
    assert found.refusal("/no/such/model", "en")


def test_where_nothing_is_named_nothing_listens(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert ear() is None


def test_a_language_of_its_own_comes_before_that_of_all(monkeypatch):
    monkeypatch.setenv(VARIABLE, "nothing")
    monkeypatch.setenv(f"{VARIABLE}_EN", "pocketsphinx")
    assert ear("en").recogniser.name == "pocketsphinx"
    assert ear("en_GB").recogniser.name == "pocketsphinx"
    with pytest.raises(InputError, match='VOICEKIT_RECOGNISER=nothing: unknown recogniser "nothing"'):
        ear("ru")


@pytest.mark.parametrize(
    ("named", "language", "words"),
    [
        ("wisper:/srv/small", "en", 'did you mean "whisper"'),
        ("whisper", "en", "it needs a model: whisper:DIR"),
        ("whisper:/no/such", "en", "/no/such/model.bin is missing"),
        ("pocketsphinx", "ru", "its own model knows English only"),
        ("pocketsphinx:/no/such", "ru", "/no/such: no model"),
    ],
)
def test_what_can_not_be_is_refused_with_the_reason(named, language, words, monkeypatch, run, site):
    monkeypatch.setenv(f"{VARIABLE}_{language.upper()}", named)
    with pytest.raises(InputError, match=words):
        ear(language)
    if language == "en":
        ran = run("revoice", "-C", site.root)
        assert ran.code == 4
        assert words.split('"')[0] in ran.err
        assert not site.entries()


def test_a_library_that_is_not_there_is_named_with_how_to_get_it(monkeypatch, run):
    def absent(self):
        raise EngineError(f"not installed; {self.how_to_get}")

    monkeypatch.setattr(type(recognisers.get("whisper")), "version", absent)
    monkeypatch.setenv(VARIABLE, "whisper:/srv/small")
    with pytest.raises(InputError, match=r"pip install .\.\[whisper\]."):
        ear()
    assert "recogniser whisper" in run("doctor").out
