"""Real PocketSphinx with its own model: speech of the embedded engine, and of a person."""

import gzip
import random
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from voicekit import engines, listening, parallel
from voicekit.audio.read import open_sound
from voicekit.engines import Speech, espeak
from voicekit.recognisers import Ear
from voicekit.recognisers.pocketsphinx import RECOGNISER
from voicekit.voices import Speaker

pytest.importorskip("pocketsphinx", reason="pip install pocketsphinx (with make; not apt-get install)")

TEXTS = [
    "If you would like to speak with the sales department, please press one now.",
    "Our office is closed today, please call again tomorrow after nine in the morning.",
    "Your call is important to us, please stay on the line.",
    "To hear these options again, press the star key.",
]  # heard without a mistake of this voice, whose noise differs from run to run: none of others passes by luck
SOUNDS, WORDS = (
    Path("/usr/share/asterisk/sounds/en"),
    Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz"),
)


@pytest.fixture(scope="module")
def ear():
    return Ear(RECOGNISER, "", "en", lambda: TEXTS)


def say(text):
    espeak.ENGINE.version()
    with parallel.fresh(espeak.ENGINE.speak, limit=60) as speak:
        voice = Speaker("en-us+f3", "woman")
        return speak(Speech(text, "en", voice, engines.defaults(espeak.ENGINE.settings)))


def doubts(ear, sound, *texts):
    """What is doubted of a sound for each text, if that was to be said; it is listened to once."""
    said = ear.words(sound)
    deaf = SimpleNamespace(recogniser=ear.recogniser, language=ear.language, words=lambda _: said)
    return [listening.heard(deaf, sound, text).doubt for text in texts]


def test_its_own_words_pass_and_others_do_not(ear):
    for said, other in zip(TEXTS, [*TEXTS[1:], TEXTS[0]], strict=True):
        own, strange = doubts(ear, say(said), said, other)
        assert own == ""
        assert "of the words are others" in strange


def test_words_that_it_does_not_know_are_no_error():
    ear = Ear(RECOGNISER, "", "en", lambda: ["Press one for the Zyxwvut department.", "Zyxwvut"])
    assert listening.heard(ear, say("Press one for the sales department."), "press one for the Zyxwvut department")


def test_where_it_knows_no_word_at_all_it_says_so():
    with pytest.raises(engines.EngineError, match="knows no word"):
        Ear(RECOGNISER, "", "en", lambda: ["Zyxwvut!"]).words(say("Hello."))


@pytest.mark.skipif(not WORDS.exists(), reason="apt-get install asterisk-core-sounds-en asterisk-core-sounds-en-g722")
@pytest.mark.parametrize("prompts", [10, pytest.param(40, marks=pytest.mark.faults)])
def test_a_persons_prompts(prompts):
    """Of Allison's prompts most pass with their own words, hardly one with another's."""
    text = gzip.decompress(WORDS.read_bytes()).decode("utf-8", "replace")
    lines = re.findall(r"^([\w/-]+): ([^\[\n]+)$", text, re.MULTILINE)
    found = {name: text for name, text in lines if len(text.split()) >= 3 and (SOUNDS / f"{name}.g722").exists()}
    ear = Ear(RECOGNISER, "", "en", lambda: [text for _, text in lines])
    chosen = random.Random(4).sample(sorted(found), prompts)
    own = other = 0
    for name, stranger in zip(chosen, [*chosen[1:], chosen[0]], strict=True):
        sound = open_sound(SOUNDS / f"{name}.g722")
        right, wrong = doubts(ear, sound, found[name], found[stranger])
        own += not right
        other += not wrong
    assert own >= 0.9 * prompts
    assert other <= prompts / 40
