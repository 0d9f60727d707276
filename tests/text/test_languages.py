"""Words as people say them: a table a language, and what holds for every text."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import text
from voicekit.text import STEPS, Lexicon

HERE = Path(__file__).parent
LANGUAGES = ["en", "ru"]
NOTHING = Lexicon()


def said(words, language):
    return text.spoken(words, language, NOTHING).text


def cases(language):
    for line in (HERE / language / "cases.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("# "):
            yield line.split("\t")


CASES = [(language, *case) for language in LANGUAGES for case in cases(language)]


@pytest.mark.parametrize(("language", "written", "spoken"), CASES)
def test_it_is_said_as_people_say_it(language, written, spoken):
    assert said(written, language) == spoken


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tables_are_long_and_name_nothing_twice(language):
    written = [case[0] for case in cases(language)]
    assert len(written) == len(set(written)) >= 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_says_itself(language):
    for _, spoken in cases(language):
        assert said(spoken, language) == spoken


WORDS = st.text(
    st.one_of(
        st.sampled_from("0123456789 ,.:/-–+()№#%$€₽@*&'\"«»°\u00a0\u202f²½٣"),
        st.sampled_from("абвгдеёжийклмнопрстухцчшщъыьэюяАБВГДЕРСТ"),
        st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEGIVXZ"),
        st.characters(),
    ),
    max_size=60,
)
PIECES = st.lists(
    st.sampled_from([piece for _, written, _ in CASES for piece in written.split()]), min_size=1, max_size=12
)


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=150, deadline=None, derandomize=True)
@given(words=st.one_of(WORDS, PIECES.map(" ".join)))
def test_any_text_can_be_said_and_no_digit_is_left(language, words):
    assert not re.search("[0-9]", said(words, language))


PLAIN = {
    "ru": "здравствуйте вы позвонили в нашу компанию пожалуйста дождитесь ответа оператора спасибо за звонок",
    "en": "hello you have called our company please wait for an operator thank you for calling goodbye",
}


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_plain_words_stay_as_they_are(language, data):
    some = data.draw(st.lists(st.sampled_from(PLAIN[language].split()), min_size=5, max_size=12))
    words = " ".join(some).capitalize() + data.draw(st.sampled_from(["", ".", "!", "?", " — да?"]))
    assert said(words, language) == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_plain_words_wait_for_no_library(language):
    code = (
        "import sys\nfrom voicekit import text\n"
        f"said = text.spoken({PLAIN[language]!r}, {language!r}, text.Lexicon())\n"
        "assert not {'num2words', 'pymorphy3'} & set(sys.modules), 'judging'\n"
        f"assert said.text == {PLAIN[language]!r}\n"
        "assert 'num2words' not in sys.modules, 'saying'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


HOSTILE = [
    "1" * 100, "1 ", "1,", "1.", "1-", "1 000 ", "8 (8", "((((", "+7", "IV ", "в 5 ", "пн-", "т. ", "a.", "a@",
    "www.a.", "1/", "$1,", "12:", "№ ", "А", "AB", "1-го ", "с 1 по ", "ё", "новых ", "1-2-", "21 мая ", "2026 ",
    "* ", "+а",
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_costs_in_proportion_to_its_length(language, piece):
    """Four times the text may cost ten times the processor; a quadratic step would cost sixteen times."""

    def cost(length):
        words = (piece * (length // len(piece) + 1))[:length]
        best = None
        for _ in range(3):
            start = time.process_time()
            said(words, language)
            taken = time.process_time() - start
            best = taken if best is None else min(best, taken)
        return best

    cost(200)
    assert cost(8000) < 10 * cost(2000) + 0.02


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_that_nobody_could_follow_is_read_digit_by_digit(language):
    spoken = said("9" * 400, language)
    assert len(re.findall(r"\w+", spoken)) >= 400
    assert len(set(re.findall(r"\w+", spoken))) == 1


def test_a_trace_ends_with_what_is_said_and_names_each_step_that_changed_something():
    steps = list(text.trace("к 5 сотрудникам по ул. Ленина", "ru", NOTHING))
    assert steps[0] == ("words", "к 5 сотрудникам по ул. Ленина")
    assert [name for name, _ in steps[1:]] == ["places", "cardinals"]
    assert steps[-1][1] == said("к 5 сотрудникам по ул. Ленина", "ru")


@pytest.mark.parametrize("language", sorted(STEPS.keys() - set(LANGUAGES)))
def test_other_languages_have_their_numbers_in_words_and_nothing_else_changed(language):
    assert said("x y", language) == "x y"
    for words in ("21", "1 000", "x 5 y", "3,5", "007", "9" * 40):
        spoken = said(words, language)
        assert spoken
        assert not re.search(r"\d", spoken)
        assert said(spoken, language) == spoken


def test_a_language_without_steps_passes_through():
    assert said("5 % of № 3", "tlh") == "5 % of № 3"


def test_a_country_has_the_steps_of_its_language():
    assert said("press 5", "en_GB") == said("press 5", "en") == "press five"
