"""How many voices there are, and who does not belong."""

import random

import numpy as np
import pytest
from voiceprint.conftest import prints_of

from voicekit.voiceprint import Voiceprint
from voicekit.voiceprint.cluster import clusters, outliers

VOICES = ("en-us", "en-us+f3", "en-us+m8")


@pytest.fixture(scope="module")
def heap(encoder):
    return [(voice, heard) for voice in VOICES for heard in prints_of(voice)]


@pytest.mark.parametrize("seed", range(3))
def test_each_voice_is_one_group_whatever_the_order(heap, seed):
    mixed = random.Random(seed).sample(heap, len(heap))
    groups = clusters([heard for _, heard in mixed])
    assert sorted(sorted({mixed[index][0] for index in group}) for group in groups) == sorted([v] for v in VOICES)
    assert sorted(index for group in groups for index in group) == list(range(len(mixed)))


def test_one_voice_is_one_group(encoder):
    assert len(clusters(prints_of("en-us"))) == 1


def test_nothing_is_no_group():
    assert clusters([]) == []
    assert clusters([Voiceprint(None, 0.0)] * 3) == []


def test_short_sounds_go_to_the_nearest(heap):
    short = [
        (voice, Voiceprint(heard.vector, 0.8 if n % 2 else heard.seconds)) for n, (voice, heard) in enumerate(heap)
    ]
    groups = clusters([heard for _, heard in short])
    assert all(len({short[index][0] for index in group}) == 1 for group in groups)
    assert sum(map(len, groups)) == len(short)


@pytest.mark.parametrize("seed", range(5))
def test_the_foreign_sounds_of_a_menu_are_named(encoder, seed):
    choice = random.Random(seed)
    menu = [("own", heard) for heard in prints_of("en-us")] + [
        ("foreign", heard) for heard in choice.sample(prints_of("en-us+f3"), 3)
    ]
    choice.shuffle(menu)
    named = {index for index, (whose, _) in enumerate(menu) if whose == "foreign"}
    assert set(outliers([heard for _, heard in menu])) == named


def test_a_menu_of_one_voice_has_none(encoder):
    assert outliers(prints_of("en-us")) == []


def test_a_thousand_sounds_are_grouped_as_slowly_worked_out():
    """Against average linkage written down as its definition, on random vectors."""
    source = np.random.default_rng(3)
    centres = source.normal(size=(4, 256))
    vectors = [centres[n % 4] + source.normal(scale=0.35, size=256) for n in range(40)]
    prints = [Voiceprint((v / np.linalg.norm(v)).astype(np.float32), 3.0) for v in vectors]
    assert sorted(clusters(prints)) == sorted([list(range(n, 40, 4)) for n in range(4)])
