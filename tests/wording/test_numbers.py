import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.wording.numbers import differing, is_number, numbers

FIXED = settings(derandomize=True, deadline=None, max_examples=60)
NUMBERS = st.frozensets(st.integers(0, 30), max_size=4)


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("For sales, press one. For service, press 2.", "en", {1, 2}),
        ("Отдел продаж — нажмите один. Заказы — два, или 3.", "ru", {1, 2, 3}),
        ("dial one one two", "en", {112}),
        ("dial ten hundred, twenty ten", "en", {10100, 2010}),
        ("dial one hundred twelve", "en", {112}),
        ("наберите сто двенадцать", "ru", {112}),
        ("closed from December thirty-first through January eighth", "en", {31, 8}),
        ("с тридцать первого декабря по восьмое января", "ru", {31, 8}),
        ("the first three letters", "en", {1, 3}),
        ("первые три буквы", "ru", {1, 3}),
        ("с девяти утра до шести вечера, до трёх часов", "ru", {9, 6, 3}),
        ("до трех часов, четвёртого и четвертого мая", "ru", {3, 4}),
        ("five, six", "en", {5, 6}),
        ("wait 1 second", "en", {1, 2}),
        ("дважды в пятницу, во вторник, семья", "ru", set()),
        ("anyone, once, tenant", "en", set()),
        ("appuyez sur 5, deux", "fr", {5}),
        ("en_GB says five", "en_GB", {5}),
        ("9" * 5000, "en", set()),
        ("1 " * 500, "en", {int("1" * 18)}),
        ("", "ru", set()),
    ],
)
def test_numbers_in_words_and_digits(text, language, found):
    assert numbers(text, language) == found


@FIXED
@given(st.integers(0, 99), st.sampled_from(["en", "ru"]), st.sampled_from(["cardinal", "ordinal"]))
def test_a_number_in_words_is_that_number(value, language, kind):
    from num2words import num2words

    assert numbers(num2words(value, lang=language, to=kind), language) == {value}


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ({2}, {3}, ({2}, {3})),
        ({1, 2}, {1, 3}, ({2}, {3})),
        ({1, 2}, {1}, (set(), set())),
        ({1, 2}, set(), (set(), set())),
        ({2, 9}, {14, 9}, (set(), set())),
        ({21}, {9}, (set(), set())),
    ],
)
def test_only_what_both_sides_have_alone_differs(one, other, differ):
    assert differing(one, other) == differ


@FIXED
@given(NUMBERS, NUMBERS)
def test_differing_goes_both_ways(one, other):
    assert differing(set(one), set(other)) == differing(set(other), set(one))[::-1]
    assert differing(set(one), set(one)) == (set(), set())


def test_names_of_numbers():
    assert is_number("One", "en")
    assert is_number("трёх", "ru")
    assert not is_number("three", "ru")
    assert not is_number("deux", "fr")
