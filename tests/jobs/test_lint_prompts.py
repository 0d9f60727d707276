"""Odd words are found before anybody hears them; each finding says where, and what to do."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sites import Site

from voicekit.errors import InputError
from voicekit.hosts import hunspell
from voicekit.outcome import Verdict
from voicekit.wording import RULES

PAGE = Path(__file__).parents[2] / "docs/prompts-lint.md"

# Knows the words of words.txt beside it; of one that it does not know, it means the one with the same beginning.
FAKE = """#!{python}
import pathlib, sys
known = pathlib.Path(sys.argv[-1] + ".dic").read_text("utf-8").split()
print("@(#) International Ispell")
for line in sys.stdin.buffer.read().decode("utf-8").splitlines():
    word = line.removeprefix("^")
    near = [one for one in known if one[:4].lower() == word[:4].lower()]
    if not any(letter in "".join(known).lower() for letter in word.lower()): pass
    elif word.lower() in known: print("*")
    elif near: print(f"& {{word}} {{len(near)}} 1: {{', '.join(near)}}")
    else: print(f"# {{word}} 1")
    print()  # nothing else to what has no letter that it knows
"""


@pytest.fixture(autouse=True)
def no_hunspell(monkeypatch):
    """Whatever this machine has."""
    monkeypatch.setattr(hunspell, "_FOLDERS", ())
    monkeypatch.delenv("DICPATH", raising=False)
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def speller(tmp_path, monkeypatch):
    """`speller(language, words)`: a hunspell that knows these."""

    def install(name, words):
        program = tmp_path / "bin" / "hunspell"
        program.parent.mkdir(exist_ok=True)
        program.write_text(FAKE.format(python=sys.executable))
        program.chmod(0o755)
        (tmp_path / f"{name}.dic").write_text(words, "utf-8")
        monkeypatch.setenv("PATH", str(program.parent))
        monkeypatch.setenv("DICPATH", str(tmp_path))

    return install


@pytest.fixture
def lint(tmp_path, run):
    """`lint({language: {id: words}}, *ids)`: code and findings as (subject, code, detail, remedy), no spelling."""

    def linting(prompts, *ids):
        site = Site(tmp_path / "site", {"x": "x"}, languages=tuple(prompts))
        for language, words in prompts.items():
            site.words(words, language)
        before = site.tree()
        ran = run("prompts", "lint", "-C", site.root, "--json", *ids)
        assert ran.err == ""
        assert site.tree() == before
        keys = ("subject", "code", "detail", "remedy")
        found = [tuple(outcome.get(key, "") for key in keys) for outcome in ran.outcomes]
        return ran.code, [one for one in found if one[1] not in ("good", "spelling-not-checked")]

    return linting


def codes(lint, text, language="en"):
    return [code for _, code, *_ in lint({language: {"a": text}})[1]]


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("Press one 👍.", "en", "unspeakable"),
        ("Press\u200bone.", "en", "unspeakable"),
        ("Press \ufffd.", "en", "unspeakable"),
        ("Press \x07 one.", "en", "unspeakable"),
        ("│ Press one", "en", "unspeakable"),
        ("Press 1\ufe0f\u20e3.", "en", "unspeakable"),
        ("Sales → one", "en", "unspeakable"),
        ("Нaжмите один.", "ru", "mixed-alphabet"),
        ("Прeсс.", "fr", "mixed-alphabet"),
        ("Позвоните в Asterisk.", "ru", "other-alphabet"),
        ("Введите IP.", "ru", "other-alphabet"),
        ("Press ноль.", "en", "other-alphabet"),
        ("Нажмите на на один.", "ru", "doubled-word"),
        ("Press press one.", "en", "doubled-word"),
        ("Компания «Ветер.", "ru", "unbalanced"),
        ("Press [one.", "en", "unbalanced"),
        ('Say "yes.', "en", "unbalanced"),
        ("word " * 61, "en", "too-long"),
    ],
)
def test_what_is_odd_about_one_text(lint, text, language, code):
    assert code in codes(lint, text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Кабинет № 5, +20 °C, «Ветер»™ (склад).", "ru"),
        ("З+амок и за\u0301мок — нажмите 1.", "ru"),
        ("Буквы от Q до Z.", "ru"),
        ("Call one one two. [press 👍 one]", "en"),
        ('Say "yes" (or "no").', "en"),
        ("[Клавиша] 日本, Asterisk", "ja"),
        ("می\u200cخواهم", "fa"),
        ("на-на и тик-так так-то", "ru"),
        ("alpha beta " * 27, "en"),  # 296 characters: 19.7 s
    ],
)
def test_what_is_not_odd(lint, text, language):
    assert codes(lint, text, language) == []


def test_a_finding_says_where_and_what_to_do(lint):
    code, found = lint({"ru": {"custom/one": "Один.", "custom/two": "Нaжмите два."}})
    assert code == 3
    assert found == [
        (
            "ru/custom/two",
            "mixed-alphabet",
            'prompts/ru/menu.toml:5: in "Нaжмите", "a" is Latin',
            'type "Нажмите" in one alphabet',
        )
    ]


@pytest.mark.parametrize(
    ("text", "detail", "remedy"),
    [
        ("Press one one, press  press.", '"press press"', "take one out"),
        ("Press (one.", "a ( stands alone", "add the other one, or take this one out"),
        ("Press one).", "a ) stands alone", "add the other one, or take this one out"),
        ("Sales → one", "U+2192 (rightwards arrow) can't be spoken", "take it out, or put it into [brackets]"),
        ("Νew", 'in "Νew", "Ν" is Greek', "type the word again"),
        ("Call ООО Ветер", 'not in Latin letters: "ООО", "Ветер"', RULES["other-alphabet"].remedy),
    ],
)
def test_what_is_told_of_one_text(lint, text, detail, remedy):
    ((_, _, told, what),) = lint({"en": {"a": text}})[1]
    assert (told, what) == (f"prompts/en/menu.toml:2: {detail}", remedy)


@pytest.mark.parametrize(("language", "characters"), [("ru", 280), ("en", 300), ("en_GB", 300), ("fr", 290)])
def test_twenty_seconds_are_not_too_long(lint, language, characters):
    """At 14, 15 and 14.5 characters a second; nothing but the length is odd about them."""
    words = ("а " if language == "ru" else "a ") * 200
    odd = lint({language: {"a": words[: characters - 1] + "!", "b": words[:characters] + "!!"}})[1]
    assert [(subject, detail.partition(": ")[2]) for subject, code, detail, _ in odd if code == "too-long"] == [
        (f"{language}/b", "about 21 s")
    ]


def test_findings_stand_as_in_the_files(lint):
    found = lint(
        {"en": {"z": "Press press one.", "a": "alpha beta " * 28, "m": "(Bye."}, "ru": {"z": "Раз", "m": "Два"}}
    )[1]
    assert [(subject, code) for subject, code, *_ in found] == [
        ("en/z", "doubled-word"),
        ("en/a", "too-long"),
        ("en/a", "missing-language"),
        ("en/m", "unbalanced"),
    ]


def test_what_callers_may_not_notice_does_not_fail(lint):
    code, found = lint({"en": {"a": "Press press one."}})
    assert (code, len(found)) == (0, 1)


def test_what_the_lexicon_says_otherwise_is_meant(tmp_path, run):
    site = Site(tmp_path / "site", {"a": "Позвоните в Asterisk или SIP."}, languages=("ru",))
    site.lexicon(Asterisk="Астериск")
    (finding,) = [one for one in run("prompts", "lint", "-C", site.root, "--json").outcomes if "Latin" in str(one) or
                  one["code"] == "other-alphabet"]  # fmt: skip
    assert finding["detail"].endswith('not in Cyrillic letters: "SIP"')


def test_ids_and_languages_are_compared(lint):
    found = lint(
        {
            "en": {"custom/menu": "For sales, press two.", "vm-INBOX": "Inbox.", "only": "Bye."},
            "en_GB": {"custom/menu": "Press two for sales."},
            "ru": {"custom/menu": "Отдел продаж — нажмите три.", "vm-inbox": "Входящие."},
        }
    )[1]
    told = {(subject, code): detail.partition(": ")[2] for subject, code, detail, _ in found}
    assert told == {
        ("ru/custom/menu", "other-numbers"): "3 here, and 2 in en",
        ("ru/vm-inbox", "id-case"): '"vm-inbox" is "vm-INBOX" in en',
        ("en/only", "missing-language"): "not there in ru",
    }


def test_numbers_and_languages_are_told_in_order(lint):
    few = {language: {"b": "9"} for language in ("be", "de", "es", "fr", "it", "pl", "tr")}
    found = lint({"en": {"a": "2, 40, 33, 8", "b": "9"}, "ru": {"a": "5, 61, 64, 16", "b": "9"}} | few)[1]
    assert sorted((code, detail.partition(": ")[2]) for _, code, detail, _ in found if code != "same-words") == [
        ("missing-language", "not there in be, de, es, fr, it, pl, tr"),
        ("other-numbers", "5, 16, 61, 64 here, and 2, 8, 33, 40 in en"),
    ]


def test_one_language_lacks_no_other(lint):
    assert lint({"en": {"a": "Bye."}})[1] == []


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        ("Thank you.", "Thank  you.", "same-words"),
        ("Thank you.", "thank you", "nearly-same-words"),
        ("Bye-bye!", "bye, bye", "nearly-same-words"),
        ("... extension ...", "extension", None),
        ("Folder 5", "Folder 6", None),
        ("Press *.", "Press #.", None),
        ("[beep]", "[beep]", None),
    ],
)
def test_texts_that_are_the_same(lint, one, other, code):
    assert [found[:2] for found in lint({"en": {"a": one, "b": other}})[1]] == ([("en/b", code)] if code else [])


def test_chosen_prompts_are_compared_with_all(lint):
    prompts = {"en": {"a": "Thank you.", "b": "Thank you.", "c": "Press press one.", "d": "Thank you."}}
    assert [found[:2] for found in lint(prompts, "b")[1]] == [("en/b", "same-words")]


def test_how_long_it_takes_is_known_once_it_is_spoken(tmp_path, run):
    site = Site(tmp_path / "site", {"a": "alpha beta " * 28})
    command = ("prompts", "lint", "-C", site.root, "--json", "a")
    assert run(*command).counts["too-long"] == 1
    assert run("revoice", "-C", site.root).code == 0
    assert site.entries()["en", "a"].seconds < 19.5  # the tone engine is quicker than people
    assert run(*command).counts["too-long"] == 0
    site.words({"a": "alpha beta " * 29})
    assert run(*command).counts["too-long"] == 1  # that sound says other words


def test_an_adopted_sound_is_as_long_as_it_is(tmp_path, run):
    """Once it is finished; before, by its words, where somebody knows them."""
    site = Site(tmp_path / "site")
    (tmp_path / "en").mkdir()
    (tmp_path / "en/words.txt").write_text(f"tale: {'alpha beta ' * 28}\n")
    for name, seconds in (("news", 21.2), ("tale", 1)):
        tone = np.sin(np.arange(seconds * 8000) / 3) / 4
        soundfile.write(tmp_path / f"en/{name}.wav", tone, 8000)
    assert run("prompts", "import", tmp_path / "en", "-C", site.root).code == 0

    def too_long():
        outcomes = run("prompts", "lint", "-C", site.root, "--json", "news", "tale").outcomes
        return [(one["subject"], one["detail"].partition(": ")[2]) for one in outcomes if one["code"] == "too-long"]

    assert too_long() == [("en/tale", "about 21 s")]
    assert run("revoice", "-C", site.root).code == 0
    assert too_long() == [("en/news", "about 22 s")]


def test_a_composed_prompt_is_as_long_as_its_pieces(tmp_path, run):
    site = Site(tmp_path / "site", {"a": "one " * 37})
    site.write("prompts/en/b.toml", '[whole]\nparts = ["a", { pause = 3.4 }, "a"]\n')
    ran = run("prompts", "lint", "-C", site.root, "--json")
    (finding,) = [one for one in ran.outcomes if one["code"] == "too-long"]
    assert (finding["subject"], finding["detail"]) == ("en/whole", "prompts/en/b.toml:2: about 23 s")
    assert ran.counts["good"] == 1


def test_spelling_is_looked_up(lint, speller):
    speller("ru_RU", "нажмите один октября")
    _, found = lint({"ru": {"a": "Нажмите один. Октябрря. ООО Ветер, оч нажмиттте"}})
    assert [(code, detail.partition(": ")[2]) for _, code, detail, _ in found] == [
        ("spelling", '"Октябрря" is in no dictionary: октября?'),
        ("spelling", '"нажмиттте" is in no dictionary: нажмите?'),
    ]


def test_each_language_has_its_dictionary(lint, speller):
    speller("ru_RU", "нажмите один")
    speller("en_US", "press one, wouldn't abcdefghijklmnopqrstuvwxyz")
    found = lint({"en": {"a": "Press ona, wouldn'tt."}, "ru": {"a": "Нажмите оди. Asterisk"}})[1]
    assert [(subject, code, detail.split(": ")[1]) for subject, code, detail, _ in found] == [
        ("en/a", "spelling", '"ona" is in no dictionary'),
        ("en/a", "spelling", '"wouldn\'tt" is in no dictionary'),
        ("ru/a", "other-alphabet", "not in Cyrillic letters"),
        ("ru/a", "spelling", '"оди" is in no dictionary'),
    ]


def test_words_in_another_alphabet_are_not_looked_up(lint, speller):
    """But where a language has two, both are."""
    speller("ru_RU", "один abcdefghijklmnopqrstuvwxyz")
    speller("sr", "један abcdefghijklmnopqrstuvwxyz")
    found = lint({"ru": {"a": "Asterisk"}, "sr": {"a": "Asterisk"}})[1]
    assert [found[:2] for found in found] == [("ru/a", "other-alphabet"), ("sr/a", "spelling")]


def test_three_words_that_may_be_meant_are_enough(lint, speller):
    speller("en_US", "pressed presses pressing pressure")
    assert lint({"en": {"a": "Presss."}})[1][0][2].endswith(": pressed, presses, pressing?")


def test_capitals_are_not_heard(lint, speller):
    speller("en_US", "call India")
    assert lint({"en": {"a": "Call india."}})[1] == []


def test_names_and_what_the_lexicon_knows_are_spelt_right(tmp_path, run, speller):
    speller("en_US", "call us at once")
    site = Site(tmp_path / "site", {"a": "Call Zyxel at once. Call asterisk."})
    site.lexicon(asterisk="aster risk")
    assert run("prompts", "lint", "-C", site.root, "--json").counts == {"good": 1}


def test_without_hunspell_it_is_said_once_a_language(tmp_path, run):
    names = {"de": "de", "en": "en-us", "en_GB": "en-us", "es": "es", "fr": "fr", "it": "it", "ru": "ru"}
    site = Site(tmp_path / "site", {"a": "7"}, languages=(*names, "pl"))
    site.write("prompts/pl/menu.toml", "")
    outcomes = run("prompts", "lint", "-C", site.root, "--json", "a").outcomes
    told = [(one["subject"], one["remedy"]) for one in outcomes if one["code"] == "spelling-not-checked"]
    assert told == [(language, f"apt-get install hunspell hunspell-{name}") for language, name in names.items()]


def test_a_dictionary_without_hunspell_checks_nothing(lint, tmp_path, monkeypatch):
    (tmp_path / "en_US.dic").write_text("press")
    monkeypatch.setenv("DICPATH", str(tmp_path))
    assert lint({"en": {"a": "Presss."}}) == (0, [])


def test_a_language_finds_its_dictionary(tmp_path, monkeypatch):
    for name in ("en_US", "en_AU", "fr_FR", "de"):
        (tmp_path / f"{name}.dic").touch()
    monkeypatch.setenv("DICPATH", f"/nowhere:{tmp_path}")
    found = {language: hunspell.dictionary(language) for language in ("en", "en_AU", "en_GB", "fr_CA", "de", "ru")}
    names = {language: path and path.name for language, path in found.items()}
    assert names == {"en": "en_US", "en_AU": "en_AU", "en_GB": "en_US", "fr_CA": "fr_FR", "de": "de", "ru": None}


def test_the_first_of_many_dictionaries_is_taken_and_none_from_here(tmp_path, monkeypatch):
    for country in ("UY", "VE", "MX", "AR", "CO", "EC", "PE"):
        (tmp_path / f"es_{country}.dic").touch()
    monkeypatch.chdir(tmp_path)
    assert hunspell.dictionary("es") is None
    monkeypatch.setenv("DICPATH", str(tmp_path))
    assert hunspell.dictionary("es") == tmp_path / "es_AR"


def test_words_of_which_hunspell_says_nothing_shift_no_answer(tmp_path, speller):
    speller("ru_RU", "один два")
    found = hunspell.misspelt(["один", "日本", "одиннн", "два", "трии"], tmp_path / "ru_RU")
    assert found == {"одиннн": ("один",), "трии": ()}
    assert hunspell.misspelt(["одиннн"], tmp_path / "ru_RU") == {"одиннн": ("один",)}
    assert hunspell.misspelt([], tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo broken >&2; exit 1", "broken"),
        ("echo version; echo '*'; echo; exit 1", "no answer"),
        ("echo version; echo '*'; echo; echo '*'; echo", "no answer"),
        ("exit 0", "no answer"),
    ],
)
def test_a_hunspell_that_fails_is_told(tmp_path, speller, script, why):
    speller("ru_RU", "")
    (tmp_path / "bin/hunspell").write_text(f"#!/bin/sh\n{script}\n")
    with pytest.raises(InputError, match=f"{why}; check the dictionary"):
        hunspell.misspelt(["слово"], tmp_path / "ru_RU")


def test_every_code_is_on_the_page():
    rows = re.findall(r"^\| `([a-z-]+)` \| (error|look) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    verdicts = {"error": Verdict.FAILED, "look": Verdict.SKIPPED}
    assert {code: verdicts[word] for code, word in rows} == {code: rule.verdict for code, rule in RULES.items()}
