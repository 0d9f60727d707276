"""Where pronunciations stand in a text, and what the IPA is."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.text import Entry, Lexicon, Stress, pronunciation, spoken, stressed

ACME = Entry("Acme", "", ipa="ˈæk.mi")


def parts(text, *entries, language="en", stress=Stress.DROP):
    return list(pronunciation.parts(text, language, entries, stress))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    text=st.text(alphabet="aAbB <&>'\"+.0\0\ue000é", max_size=30),
    words=st.lists(st.text(alphabet="aAbB&+ .0\0", max_size=4), max_size=4),
)
def test_the_parts_are_the_text_whatever_is_in_it(text, words):
    found = parts(text, *(Entry(word, "", ipa="a") for word in words))
    assert "".join(part for part, _ in found).casefold() == text.replace("\0", " ").casefold()
    assert all(part for part, _ in found)


def test_whole_words_are_found_in_any_case_each_time():
    found = parts("ACME, acme and acmes: (Acme)", ACME)
    assert [part for part, ipa in found if not ipa] == [", ", " and acmes: (", ")"]
    assert [ipa for _, ipa in found if ipa] == [ACME.ipa] * 3


def test_what_is_said_in_its_place_is_what_is_pronounced():
    entry = Entry("ACM", "Acme", ipa="ˈækmi")
    text, touched = Lexicon((entry,)).apply("Call ACM now", "en")
    assert parts(text, *touched) == [("Call ", ""), ("Acme", "ˈækmi"), (" now", "")]


@pytest.mark.parametrize(
    ("word", "language"), [("PBX", "en"), ("PBX", "ru"), ("Mr. Smith", "en"), ("3CX", "en"), ("з+амок", "ru")]
)
@pytest.mark.parametrize("stress", Stress)
def test_it_is_found_after_the_text_steps(word, language, stress):
    """They spell it, or move its stress mark."""
    lexicon = Lexicon((Entry(word, "", ipa="a"),))
    said = spoken(f"Да, {word}.", language, lexicon)
    found = parts(stressed(said.text, stress), *said.touched, language=language, stress=stress)
    assert [ipa for _, ipa in found] == ["", "a", ""]


def test_entries_without_pronunciation_are_left_alone():
    assert parts("Call Acme", Entry("Acme", "Akmee")) == [("Call Acme", "")]


@pytest.mark.parametrize("ipa", ["pɪˈkɑːn", "ˈpi.kæn", "t͡ɕˈutʲ", "bɔ̃ʒuʁ", "ʔɐ‿ǃa θ", "", "sʲɛlʲtʲ"])
def test_the_ipa_is_taken(ipa):
    assert pronunciation.refusal([Entry("x", "y", ipa=ipa)]) == ""


@pytest.mark.parametrize(
    ("ipa", "sign"),
    [("/ækmi/", "/"), ("{kmi", "{"), ('"pi', '"'), ("'pi", "'"), ("i:", ":"), ("акме", "а"), ("Acme", "A"), ("a1", "1"),
     ("<a", "<"), ("a]]", "]"), ("a\n", "\n")],
)  # fmt: skip
def test_what_is_no_ipa_is_named(ipa, sign):
    assert f'"{sign}" in ipa of "Acme"' in pronunciation.refusal([ACME, Entry("Acme", "", ipa=ipa)])


@pytest.mark.parametrize("ipa", [" ", "ˈ", "ː.", "͡"])
def test_stress_and_length_alone_are_no_sound(ipa):
    assert "no speech sound" in pronunciation.refusal([Entry("Acme", "", ipa=ipa)])


@pytest.mark.parametrize(
    ("ipa", "sounds"),
    [
        ("t͡ɕˈutʲ", "t͡ɕ u tʲ"),
        ("ɕːit", "ɕː i t"),
        ("ˈpi.kæn", "p i k æ n"),
        ("ʐɨ̞na", "ʐ ɨ̞ n a"),
        ("a b", "a b"),
    ],
)
def test_phonemes_keep_their_marks_and_lose_the_stress(ipa, sounds):
    assert pronunciation.phonemes(ipa) == sounds.split()


def test_every_letter_of_the_ipa_block_is_a_sign():
    block = "".join(map(chr, range(0x250, 0x2B0)))
    assert all(unicodedata.category(letter).startswith("L") for letter in block)
    assert pronunciation.phonemes(block) == list(block)
