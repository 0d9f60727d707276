"""Long texts in pieces, and stress marks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import text
from voicekit.text import Stress, stressed

TEXT = st.text(st.sampled_from("абв г.!?,;… »)"), max_size=200)


def folded(words):
    return "".join(words.split())


@settings(max_examples=200, deadline=None, derandomize=True)
@given(words=TEXT, longest=st.integers(1, 60))
def test_pieces_are_short_enough_and_hold_all(words, longest):
    found = text.pieces(words, longest)
    assert all(piece.strip() and len(piece) <= longest for piece in found)
    assert folded("".join(found)) == folded(words)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(words=TEXT)
def test_sentences_hold_all(words):
    assert folded("".join(text.sentences(words))) == folded(words)


def test_a_text_is_cut_where_one_would_breathe():
    words = "Первое предложение. Второе, подлиннее, с запятыми. Третье!"
    assert text.sentences(words) == ("Первое предложение.", "Второе, подлиннее, с запятыми.", "Третье!")
    assert text.pieces(words, 1000) == (words,)
    assert text.pieces(words, 51) == ("Первое предложение. Второе, подлиннее, с запятыми.", "Третье!")
    assert text.pieces(words, 31) == ("Первое предложение.", "Второе, подлиннее, с запятыми.", "Третье!")
    assert text.pieces(words, 20) == ("Первое предложение.", "Второе, подлиннее,", "с запятыми. Третье!")
    assert text.pieces("однодвухтрёхсловие", 5) == ("однод", "вухтр", "ёхсло", "вие")


@pytest.mark.parametrize(
    ("stress", "said"), [(Stress.KEEP, "з+амок, +Адрес"), (Stress.ACUTE, "за́мок, А́дрес"), (Stress.DROP, "замок, Адрес")]
)
def test_each_engine_gets_its_stress_marks(stress, said):
    assert stressed("з+амок, +Адрес", stress) == said


def test_a_plus_that_is_no_stress_stays():
    assert stressed("пять + два, 5+а", Stress.DROP) == "пять + два, 5+а"
