"""The lexicon: whole words, the longest first, and nothing else of the text touched."""

import re
import time
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.errors import InputError
from voicekit.text import Entry, Lexicon, lexicon

NS = "{http://www.w3.org/2005/01/pronunciation-lexicon}"
WORD = st.text("абвxyz", min_size=1, max_size=5)


def applied(text, *entries, language="ru"):
    return Lexicon(tuple(Entry(*entry) for entry in entries)).apply(text, language)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(words=st.lists(WORD, max_size=8), entry=WORD)
def test_a_word_is_replaced_wherever_it_stands_alone_and_nowhere_else(words, entry):
    said, touched = applied(" ".join(words), (entry, "ДА"))
    assert said.split() == ["ДА" if word == entry else word for word in words]
    assert bool(touched) == (entry in words)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Asterisk", "Астериск"),
        ("в ASTERISK.", "в Астериск."),
        ("Asterisks", "Asterisks"),
        ("my_Asterisk", "my_Asterisk"),
        ("Asterisk-сервер", "Астериск-сервер"),
        ("«Asterisk»", "«Астериск»"),
        ("asterisk asterisk", "Астериск Астериск"),
    ],
)
def test_whole_words_in_any_case(text, said):
    assert applied(text, ("Asterisk", "Астериск"))[0] == said


def test_a_phrase_goes_before_its_words():
    entries = [("Нижний", "нижний"), ("Нижний Новгород", "Нижний-Новгород"), ("C++", "си плюс плюс")]
    said, touched = applied("Нижний Новгород и нижний этаж, C++, C++11", *entries)
    assert said == "Нижний-Новгород и нижний этаж, си плюс плюс, C++11"
    assert {entry.word for entry in touched} == {"Нижний", "Нижний Новгород", "C++"}


def test_an_entry_counts_in_its_language_only():
    assert applied("vox", ("vox", "вокс", "ru"), language="en") == ("vox", ())
    assert applied("vox", ("vox", "вокс", "ru"))[0] == "вокс"


def test_with_a_pronunciation_alone_the_word_stays_and_counts_as_touched():
    entry = Entry("Acme", "", ipa="ˈækmi")
    assert Lexicon((entry,)).apply("Acme", "en") == ("Acme", (entry,))


def test_its_identity_is_what_is_heard():
    assert Entry("Acme", "Акме", note="x").identity == Entry("ACME", "Акме", language="ru").identity
    assert Entry("Acme", "Акме").identity != Entry("Acme", "Акмэ").identity
    assert Entry("Acme", "Акме").identity != Entry("Acme", "Акме", ipa="a").identity


def test_ten_thousand_words_cost_no_more_than_one():
    def cost(count):
        book = Lexicon(tuple(Entry(f"слово{number}", "x") for number in range(count)))
        text = "мы ждём вашего звонка и слово7 скажем " * 50
        book.apply(text, "ru")
        start = time.process_time()
        for _ in range(5):
            assert book.apply(text, "ru")[1]
        return time.process_time() - start

    assert cost(10_000) < 20 * cost(10) + 0.05


def test_the_file_is_read_and_what_is_wrong_in_it_is_named_with_its_line(tmp_path):
    path = tmp_path / "lexicon.toml"
    path.write_text(
        '[word]\nAcme = "Акме"\n"два слова" = { say = "x", language = "ru", note = "n" }\nZ = { ipa = "z" }\n'
    )
    entries = lexicon.load(path).entries
    assert entries == (Entry("Acme", "Акме"), Entry("два слова", "x", "ru", "n"), Entry("Z", "", ipa="z"))
    for wrong, line in (("Acme = 5", 2), ("Acme = {}", 2), ('Acme = { sya = "x" }', 2), ('" " = "x"', 2)):
        path.write_text(f"[word]\n{wrong}\n")
        with pytest.raises(InputError, match=rf"lexicon\.toml:{line}"):
            lexicon.load(path)
    path.unlink()
    assert lexicon.load(path) == Lexicon()


@settings(max_examples=80, deadline=None, derandomize=True)
@given(word=st.text(min_size=1, max_size=12), say=st.text(max_size=12), ipa=st.text(max_size=12))
def test_a_pronunciation_lexicon_is_xml_whatever_is_in_it(word, say, ipa):
    written = lexicon.pls([Entry(word, say, ipa=ipa)], "en_GB")
    root = ET.fromstring(written.encode())
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en-GB"
    (lexeme,) = root
    sound = lexeme.find(f"{NS}phoneme" if ipa else f"{NS}alias")
    assert sound is not None
    assert len(lexeme.findall(f"{NS}grapheme")) == (2 if ipa and say else 1)
    assert not re.search(r"[\x00-\x08]", written)


def test_a_pronunciation_lexicon_holds_its_language_only():
    entries = [Entry("a", "b", "ru"), Entry("c", "d", "en"), Entry("e", "f")]
    root = ET.fromstring(lexicon.pls(entries, "en").encode())
    assert [grapheme.text for grapheme in root.iter(f"{NS}grapheme")] == ["c", "e"]


def test_the_lexicon_of_a_voice_is_written_for_a_service(site, run, tmp_path):
    site.lexicon(Acme="Ackme", PBX="P B X")
    target = tmp_path / "acme.pls"
    assert run("voice", "lexicon", "-C", site.root, target, "-l", "en").code == 0
    assert [grapheme.text for grapheme in ET.parse(target).iter(f"{NS}grapheme")] == ["Acme", "PBX"]
