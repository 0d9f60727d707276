import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.wording import letters

FIXED = settings(derandomize=True, deadline=None, max_examples=100)


def test_words_are_letters_only():
    text = "З+амок, за\u0301мок и Wi-Fi: 3G, don't, l’heure, x_1 — +7!"
    assert letters.words(text) == ["Замок", "замок", "и", "Wi", "Fi", "G", "don't", "l’heure", "x"]


@pytest.mark.parametrize(
    ("word", "language", "strange", "mended"),
    [
        ("нaжмите", "ru", {"a": "Latin"}, "нажмите"),
        ("pаy", "en", {"а": "Cyrillic"}, "pay"),
        ("первoe", "ru", {"o": "Latin", "e": "Latin"}, "первое"),
        ("cс", "ru", {"c": "Latin"}, "сс"),
        ("cс", "en", {"с": "Cyrillic"}, "cc"),
        ("нажuмите", "ru", {"u": "Latin"}, ""),
        ("нажмите", "ru", {}, None),
        ("dоn't", "en", {"о": "Cyrillic"}, "don't"),
        ("Νew", "en", {"Ν": "Greek"}, ""),
        ("日本go", "ja", {}, None),
    ],
)
def test_mixed_words(word, language, strange, mended):
    assert letters.strangers(word, language) == strange
    if strange:
        assert letters.mended(word, language) == mended


@FIXED
@given(st.text("абвгежклмнопрстуфх", min_size=3, max_size=9), st.data())
def test_a_letter_typed_on_the_other_keyboard_is_found_and_put_right(word, data):
    twins = dict(zip("асеорху", "aceopxy", strict=True))
    places = [place for place, letter in enumerate(word) if letter in twins]
    if not places:
        return
    at = data.draw(st.sampled_from(places))
    mixed = word[:at] + twins[word[at]] + word[at + 1 :]
    assert letters.strangers(mixed, "ru") == {twins[word[at]]: "Latin"}
    assert letters.mended(mixed, "ru") == word


def test_languages_have_alphabets_where_they_have_one():
    assert [letters.expected(name) for name in ("ru", "en_GB", "el", "sr", "ja")] == [
        "Cyrillic", "Latin", "Greek", None, None,
    ]  # fmt: skip
