import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.wordlists.ids import LONGEST, check_id, check_language

FIXED = settings(derandomize=True, deadline=None, max_examples=100)
SAFE = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,9}(/[A-Za-z0-9][A-Za-z0-9_-]{0,9}){0,3}", fullmatch=True)


@FIXED
@given(SAFE)
def test_safe_ids_pass(name):
    assert check_id(name) == ""


@FIXED
@given(SAFE, st.sampled_from(".: \t\n,&;'\"\\ж$%[]{}@+~"), st.integers(0, 40))
def test_one_unsafe_character_anywhere_is_named(name, bad, place):
    reason = check_id(name[:place] + bad + name[place:])
    assert ("a space" if bad.isspace() else repr(bad)) in reason or "'.'" in reason


@FIXED
@given(st.text(max_size=90))
def test_there_is_a_reason_or_the_id_is_plain(name):
    parts = name.split("/")
    plain = all(p and p.isascii() and p.replace("-", "a").replace("_", "a").isalnum() for p in parts)
    plain = plain and all(p[0] not in "_-" for p in parts) and len(name) <= LONGEST
    assert (check_id(name) == "") == plain


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("a" * 81, "81 characters"),
        ("main.wav", "Record split"),
        ("../etc", "'..'"),
        ("/abs", "begins or ends with /"),
        ("a//b", "//"),
        ("dir/", "ends with /"),
        ("custom/-x", "'-x'"),
        ("_x", "begins with '_'"),
        ("two words", "a space"),
    ],
)
def test_the_reason_says_what_is_wrong(name, why):
    assert why in check_id(name)


def test_the_longest_id_passes():
    assert check_id("a" * LONGEST) == ""


@pytest.mark.parametrize("name", ["en", "ru", "fr_CA", "fr_CA_f_June", "fil"])
def test_languages_that_asterisk_finds(name):
    assert check_language(name) == ""


@pytest.mark.parametrize("name", ["", "e", "fr-CA", "EN", "engl", "en_", "_en", "en/US", "en\n"])
def test_languages_that_it_does_not(name):
    assert check_language(name)
