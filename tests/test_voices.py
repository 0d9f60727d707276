"""A voice's profile and lexicon: refused with file, line and the nearest right key, or understood."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import engines, voices
from voicekit.audio.recipe import Finish
from voicekit.errors import InputError
from voicekit.jobs import revoice
from voicekit.state import recipe
from voicekit.text.lexicon import Entry, Lexicon

FIXED = settings(derandomize=True, deadline=None, max_examples=60)
HEAD = 'version = 1\nengine = "tone"\nlicence = "none"\n'
SPEAKS = '[languages.en]\nvoice = "a"\n'


def load(site, text, words=""):
    site.write("voices/robot/voice.toml", text)
    if words:
        site.write("voices/robot/lexicon.toml", words)
    voice = voices.load(site.root / "voices/robot")
    engines.of(voice)
    return voice


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('version = 1\nengin = "tone"', 2, 'unknown key "engin"; did you mean "engine"?'),
        ('version = 2\nengine = "tone"', 1, "version must be 1"),
        ('version = 1\nlicence = "x"\nengine = 3', 3, "engine must be text in quotes, not 3"),
        (f"{HEAD.replace('tone', 'tune')}{SPEAKS}", 2, 'unknown engine "tune"; did you mean "tone"?'),
        (f"{HEAD}[languages]\nen = 1", 5, "languages.en must be a table"),
        (f"{HEAD}[languages.en]\nvioce = 'a'", 5, 'unknown key "vioce"; did you mean "voice"?'),
        (f"{HEAD}[languages.en]\nvoice = ''", 5, "languages.en: voice is missing"),
        (f"{HEAD}{SPEAKS}[settings]\npich = 200", 7, 'unknown setting of tone "pich"; did you mean "pitch"?'),
        (f"{HEAD}{SPEAKS}[settings]\npitch = 7", 7, "pitch must be 80 to 400 (Hz of the lowest tone), not 7"),
        (f"{HEAD}{SPEAKS}[settings]\npitch = 200.5", 7, "pitch must be a whole number"),
        (f"{HEAD}{SPEAKS}[settings]\npitch = true", 7, "pitch must be a whole number, not True"),
        (f"{HEAD}{SPEAKS}[finish]\nlevle = -20", 7, 'unknown key "levle"; did you mean "level"?'),
        (f"{HEAD}{SPEAKS}[finish]\nlevel = -60", 7, "level must be from -40 to -6 dBov, not -60"),
        (f"{HEAD}{SPEAKS}[finish]\nlevel = nan", 7, "level must be from -40 to -6 dBov"),
        (f"{HEAD}{SPEAKS}[finish]\nlevel = 'loud'", 7, 'level must be a number of dBov or "match:DIR"'),
        (f"{HEAD}{SPEAKS}[finish]\nlevel = 'match:'", 7, 'level must be a number of dBov or "match:DIR"'),
        (f"{HEAD}{SPEAKS}[finish]\ntrim = 1", 7, "trim must be true or false, not 1"),
        (f"{HEAD}{SPEAKS}[finish]\nlead = true", 7, "lead must be a whole number or a number, not True"),
        (f"{HEAD}{SPEAKS}[finish]\nlevel = {'9' * 400}", 6, "too large"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_line(site, text, line, message):
    with pytest.raises(InputError) as caught:
        load(site, text)
    assert str(caught.value).startswith(f"{site.root / 'voices/robot/voice.toml'}:{line}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('version = 1\nengine = "tone"\n' + SPEAKS, "licence is missing"),
        ('version = 1\nlicence = "x"\n' + SPEAKS, "engine is missing"),
        (HEAD, "no \\[languages.xx\\] table"),
    ],
)
def test_what_is_missing_is_named(site, text, message):
    with pytest.raises(InputError, match=message):
        load(site, text)


@pytest.mark.parametrize(
    ("words", "line", "message"),
    [
        ("[wrod]\n", 1, 'unknown key "wrod"; did you mean "word"?'),
        ("version = 2\n", 1, "version 2 is not known"),
        ('version = 1\n[word."SIP"]\nsya = "x"\n', 3, 'unknown key "sya"; did you mean "say"?'),
        ('[word."SIP"]\nsay = 1\n', 2, "say must be text in quotes, not 1"),
        ('[word."SIP"]\nnote = "x"\n', 1, '"say" is missing'),
        ("[word]\nSIP = 1\n", 2, "SIP must be text in quotes or a table"),
        ("word = 1\n", 1, "word must be a table, not 1"),
    ],
)
def test_a_wrong_lexicon_is_refused_with_its_line(site, words, line, message):
    with pytest.raises(InputError) as caught:
        load(site, HEAD + SPEAKS, words)
    assert str(caught.value).startswith(f"{site.root / 'voices/robot/lexicon.toml'}:{line}: ")
    assert message in str(caught.value)


def test_a_speaker_of_a_language_speaks_its_variants(site):
    voice = load(site, f'{HEAD}{SPEAKS}[languages.en_GB]\nvoice = "b"\nspeaker = "Ann"\n')
    found = {name: voice.speaker(name) for name in ("en", "en_US_x", "en_GB", "en_GB_x", "ru")}
    assert {name: speaker and speaker.voice for name, speaker in found.items()} == {
        "en": "a", "en_US_x": "a", "en_GB": "b", "en_GB_x": "b", "ru": None,
    }  # fmt: skip
    assert voice.people == ("a", "Ann")
    assert voice.identity("en_US") == voice.identity("en") != voice.identity("en_GB")


def test_how_a_profile_is_written_enters_no_hash(site):
    one = load(site, f"{HEAD}{SPEAKS}[settings]\npitch = 100\n[finish]\nlevel = -20\n")
    other = load(
        site, f"{HEAD}description = 'x'\n{SPEAKS}speaker = 'Ann'\n[finish]\nlevel = -20.0\n[settings]\npitch=100"
    )
    assert one.settings_digest() == other.settings_digest()
    assert one.identity("en") == other.identity("en")
    assert one.finish.digest() == other.finish.digest() == Finish().digest()
    assert load(site, f"{HEAD}{SPEAKS}[settings]\npitch = 101\n").settings_digest() != one.settings_digest()


def test_a_level_can_be_that_of_a_folder(site):
    site.voice(finish="level = -26")
    assert not any(outcome.bad for outcome in revoice.apply(revoice.plan(site.situation())))
    site.voice(finish='level = "match:build/sounds/en"')
    assert recipe(site.load(), voices.load(site.load().voice)).level == pytest.approx(-26, abs=0.2)
    cache = site.root / ".voicekit/match.json"
    cache.write_text("[damaged")
    assert recipe(site.load(), voices.load(site.load().voice)).level == pytest.approx(-26, abs=0.2)
    site.voice(finish='level = "match:nowhere"')
    with pytest.raises(InputError, match=r"voice.toml:\d+: .*nowhere: no such folder"):
        site.situation()


LETTERS = st.text("aаiıİßkK ſs-'éé5", min_size=1, max_size=8).filter(str.strip)


@FIXED
@given(LETTERS, st.lists(LETTERS, max_size=4))
def test_a_lexicon_takes_any_words(text, words):
    entries = tuple(Entry(word, "X") for word in words)
    said, touched = Lexicon(entries).apply(text, "en")
    assert set(touched) <= set(entries)
    assert (said == text) == (not touched)


@FIXED
@given(LETTERS)
def test_whole_words_only_in_any_case(word):
    lexicon = Lexicon((Entry(word, "said"),))
    assert lexicon.apply(f"({word}) ({word})", "en")[0] == "(said) (said)"
    assert lexicon.apply(f"x{word}x", "en")[0] == f"x{word}x"


def test_the_longest_word_wins_and_its_language_counts():
    lexicon = Lexicon((Entry("SIP", "sip"), Entry("SIP phone", "phone"), Entry("is", "iz", "en")))
    said, touched = lexicon.apply("A sip phone IS SIP.", "en")
    assert said == "A phone iz sip."
    assert [entry.word for entry in touched] == ["SIP", "SIP phone", "is"]
    assert lexicon.apply("IS", "ru") == ("IS", ())
