"""What was heard against what was to be said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicekit import listening
from voicekit.clip import Clip
from voicekit.listening import distance, words
from voicekit.recognisers import Ear

SOUND = Clip(np.zeros(8000, np.float32), 8000)


class Parrot:
    """Hears what it is told."""

    bound, guided = 0.5, False

    def __init__(self, said):
        self.said = said

    def load(self, model, language, texts):
        return lambda samples: self.said


def heard(said, written, language="en"):
    return listening.heard(Ear(Parrot(said), "", language, list), SOUND, written)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "Press 7!", "press seven"),
        ("en", "an SMS message", "an s m s message"),
        ("en", "we're open 9 a.m. to 5 p.m.", "were open nine am to five pm"),
        ("en", "Mon-Fri", "monday to friday"),
        ("ru", "нажмите 7", "Нажмите семь."),
        ("ru", "ещё раз, з+амок", "еще раз замок"),
        ("ru", "с 9 до 18", "с девяти до восемнадцати"),
        ("de", "21 Anrufe", "einundzwanzig anrufe"),
    ],
)
def test_what_is_said_alike_is_the_same(language, one, other):
    assert words(one, language) == words(other, language)


def test_letters_in_a_row_are_one_word_and_words_are_not():
    assert words("press a b c now", "en") == ["press", "abc", "now"]
    assert words("press a key", "en") == ["press", "a", "key"]


@given(st.lists(st.sampled_from("abc"), max_size=6), st.lists(st.sampled_from("abc"), max_size=6))
def test_the_distance_is_one(one, other):
    found = distance(one, other)
    assert found == distance(other, one)
    assert (found == 0) == (one == other)
    assert abs(len(one) - len(other)) <= found <= max(len(one), len(other))


def test_the_distance_counts_words():
    assert distance(["press", "one", "for", "sales"], ["press", "two", "for"]) == 2


def test_its_words_are_no_doubt_and_others_are():
    assert heard("press one for sails", "Press 1 for sales.").doubt == ""
    found = heard("please call again tomorrow", "Press 1 for sales.")
    assert (found.wrong, found.words) == (1.0, "please call again tomorrow")
    assert found.doubt == 'heard "please call again tomorrow": 100% of the words are others'
    assert heard("", "Press 1 for sales.").doubt


@pytest.mark.parametrize("written", ["seven", "", "[beep]"])
def test_a_single_word_is_not_judged(written):
    assert heard("eleven", written) is None
