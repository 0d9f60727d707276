"""Odd words are found before anybody hears them; each finding says where, and what to do."""

import re
import sys
from pathlib import Path

import pytest
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
        ("Нaжмите один.", "ru", "mixed-alphabet"),
        ("Прeсс.", "fr", "mixed-alphabet"),
        ("Позвоните в Asterisk.", "ru", "other-alphabet"),
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
        ("[Клавиша] 日本", "ja"),
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


def test_capitals_are_not_heard(lint, speller):
    speller("en_US", "call India")
    assert lint({"en": {"a": "Call india."}})[1] == []


def test_names_and_what_the_lexicon_knows_are_spelt_right(tmp_path, run, speller):
    speller("en_US", "call us at once")
    site = Site(tmp_path / "site", {"a": "Call Zyxel at once. Call asterisk."})
    site.lexicon(asterisk="aster risk")
    assert run("prompts", "lint", "-C", site.root, "--json").counts == {"good": 1}


@pytest.mark.parametrize(("language", "lacks"), [("en", "hunspell hunspell-en-us"), ("ru", "hunspell hunspell-ru")])
def test_without_hunspell_it_is_said_once(tmp_path, run, language, lacks):
    site = Site(tmp_path / "site", {"a": "x", "b": "y"}, languages=(language,))
    told = [one for one in run("prompts", "lint", "-C", site.root, "--json").outcomes if one["verdict"] == "skipped"]
    assert [(one["subject"], one["code"], one["remedy"]) for one in told] == [
        (language, "spelling-not-checked", f"apt-get install {lacks}")
    ]


def test_a_language_finds_its_dictionary(tmp_path, monkeypatch):
    for name in ("en_US", "en_AU", "fr_FR", "de"):
        (tmp_path / f"{name}.dic").touch()
    monkeypatch.setenv("DICPATH", f"/nowhere:{tmp_path}")
    found = {language: hunspell.dictionary(language) for language in ("en", "en_AU", "en_GB", "fr_CA", "de", "ru")}
    names = {language: path and path.name for language, path in found.items()}
    assert names == {"en": "en_US", "en_AU": "en_AU", "en_GB": "en_US", "fr_CA": "fr_FR", "de": "de", "ru": None}


def test_words_of_which_hunspell_says_nothing_shift_no_answer(tmp_path, speller):
    speller("ru_RU", "один два")
    found = hunspell.misspelt(["один", "日本", "одиннн", "два", "трии"], tmp_path / "ru_RU")
    assert found == {"одиннн": ("один",), "трии": ()}


def test_a_hunspell_that_fails_is_told(tmp_path, speller):
    speller("ru_RU", "")
    (tmp_path / "bin/hunspell").write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
    with pytest.raises(InputError, match="broken; check the dictionary"):
        hunspell.misspelt(["слово"], tmp_path / "ru_RU")


def test_every_code_is_on_the_page():
    rows = re.findall(r"^\| `([a-z-]+)` \| (error|look) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    verdicts = {"error": Verdict.FAILED, "look": Verdict.SKIPPED}
    assert {code: verdicts[word] for code, word in rows} == {code: rule.verdict for code, rule in RULES.items()}
