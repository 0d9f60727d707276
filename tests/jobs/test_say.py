"""What `prompts say` shows, step by step, is what the engine gets."""

import pytest

from voicekit.engines.tone import Tone
from voicekit.jobs import say

WORDS = {"sales": "Press 1, e.g. for Acme.", "noise": "[a bell]"}


@pytest.fixture
def worded(site):
    site.words(WORDS)
    site.lexicon(Acme="Ackme")
    return site


def shown(outcomes):
    return [(outcome.subject, outcome.code, outcome.detail) for outcome in outcomes]


def test_each_step_that_changed_something_is_shown(worded):
    assert shown(say.apply(worded.load(), ["sales"])) == [
        ("en/sales", "words", "Press 1, e.g. for Acme."),
        ("en/sales", "step", "lexicon: Press 1, e.g. for Ackme."),
        ("en/sales", "step", "abbreviations: Press 1, for example for Ackme."),
        ("en/sales", "step", "cardinals: Press one, for example for Ackme."),
        ("en/sales", "spoken", "Press one, for example for Ackme."),
    ]


def test_it_ends_with_what_the_lock_says_was_spoken(worded, revoice):
    assert revoice().code == 0
    (last,) = [said for _, code, said in shown(say.apply(worded.load(), ["sales"])) if code == "spoken"]
    assert worded.entries()["en", "sales"].spoken == last


def test_a_prompt_without_words_has_nothing_to_show(worded):
    assert [outcome.code for outcome in say.apply(worded.load(), ["noise"])] == ["not-spoken"]


def test_a_long_text_is_shown_as_it_is_cut(worded, monkeypatch):
    monkeypatch.setattr(Tone, "longest", 20)
    spoken = [
        said for _, code, said in shown(say.words(worded.load(), "One more word. Another.", "en")) if code == "spoken"
    ]
    assert spoken == ["One more word.", "Another."]


@pytest.mark.parametrize(("engine", "said"), [("espeak", "замок"), ("rhvoice", "з+амок"), ("human", "за́мок")])
def test_stress_marks_stand_as_the_engine_takes_them(worded, engine, said):
    worded.voice(engine=engine)
    assert shown(say.words(worded.load(), "з+амок", "ru"))[-1] == ("ru", "spoken", said)


def test_words_are_folded_as_those_of_the_catalogue(worded):
    assert shown(say.words(worded.load(), " one \n two ", "en")) == [
        ("en", "words", "one two"),
        ("en", "spoken", "one two"),
    ]
