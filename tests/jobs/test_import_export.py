"""Words in and out: what is there stays, what is odd is told by line, and what goes out comes back."""

import pytest
from sites import PROMPTS, Site

LIST = """\
; Asterisk's own kind
hello: Good morning.
custom/one: Press one.
custom/two: Other words.
hello: Good evening.
../etc: Out of here.
gong: [a gong]
"""


@pytest.fixture
def take(site, run, tmp_path):
    """`take(text, *argv)` imports a list with this text."""

    def take(text, *argv, name="core-sounds-en.txt"):
        path = tmp_path / name
        path.write_text(text)
        return run("prompts", "import", path, "-C", site.root, "--json", *argv)

    return take


def by_code(ran):
    return {outcome["code"]: outcome for outcome in ran.outcomes}


def test_a_list_is_imported_and_what_is_odd_is_told_by_line(site, take):
    before = site.tree("prompts")
    ran = take(LIST)
    assert ran.code == 3
    found = by_code(ran)
    assert ran.counts["imported"] == 2
    assert found["kept"]["subject"] == "en/custom/one"
    assert found["exists"]["subject"] == "core-sounds-en.txt:4"
    assert found["duplicate-entry"]["subject"] == "core-sounds-en.txt:5"
    assert [x["subject"] for x in ran.outcomes if x["code"] == "unsafe-id"] == ["core-sounds-en.txt:6"] * 2
    assert found["not-speech"]["subject"] == "core-sounds-en.txt:7"
    prompts = site.situation().catalogue
    assert prompts["en", "hello"].text == "Good morning."
    assert prompts["en", "hello"].set == "core-sounds-en"
    assert prompts["en", "custom/two"].text == PROMPTS["custom/two"]
    assert before.items() <= site.tree("prompts").items()


def test_importing_again_changes_nothing(site, take):
    take(LIST)
    before = site.times()
    assert take(LIST).counts["imported"] == 0
    assert site.times() == before


def test_a_dry_run_foretells_and_does_nothing(site, take):
    before = site.times()
    assert take(LIST, "--dry-run").counts["would-import"] == 2
    assert site.times() == before


def test_the_set_and_the_language_can_be_named(site, take):
    wrong = take("hello: Hi.\n", name="words.txt")
    assert wrong.code == 4
    assert "does not say which language it is; add --language" in wrong.err
    assert take("hello: Hi.\n", "--language", "en", "--set", "menu", name="words.txt").code == 0
    assert site.situation().catalogue["en", "hello"].set == "menu"
    foreign = take("moin: Moin.\n", "--language", "de", name="words.txt")
    assert (foreign.code, foreign.counts) == (3, {"unknown-language": 1})


def test_what_is_no_list_is_refused(site, take, run):
    assert "not a kind of word list" in take("x", name="words.pdf").err
    assert run("prompts", "import", "/nowhere.txt", "-C", site.root, "-l", "en").code == 4


@pytest.mark.parametrize("ending", ["csv", "xlsx", "txt", "txt.gz"])
def test_what_goes_out_comes_back(site, run, tmp_path, ending):
    site.words({name: f"{words} Ünï" for name, words in PROMPTS.items()})
    target = tmp_path / f"prompts.{ending}"
    assert run("prompts", "export", target, "-C", site.root).code == 0
    other = Site(tmp_path / "other", {"zero": "Zero."})
    assert run("prompts", "import", target, "-C", other.root, "--language", "en").code == 0
    texts = {key: prompt.text for key, prompt in other.situation().catalogue.items()}
    assert texts.pop(("en", "zero")) == "Zero."
    assert texts == {key: prompt.text for key, prompt in site.situation().catalogue.items()}


def test_a_part_goes_out_and_a_txt_holds_one_language(tmp_path, run):
    site = Site(tmp_path / "site", languages=("en", "ru"))
    target = tmp_path / "prompts.txt"
    wrong = run("prompts", "export", target, "-C", site.root)
    assert wrong.code == 4
    assert "holds one language; add --language (en, ru)" in wrong.err
    assert not target.exists()
    assert run("prompts", "export", target, "custom/*", "-l", "ru", "-C", site.root).code == 0
    assert target.read_text().splitlines() == ["custom/one: Press one.", "custom/two: Press two for sales."]
    assert (
        '"de" is no language of this workspace (en, ru)'
        in run("prompts", "export", target, "-l", "de", "-C", site.root).err
    )


def test_the_list_shows_words_and_what_they_are(site, run):
    site.write("prompts/en/more.toml", '["gong"]\ntext = "[a gong]"\n["old"]\nadopted = true\n')
    ran = run("prompts", "list", "-C", site.root, "--json")
    assert ran.codes == dict.fromkeys((f"en/{name}" for name in PROMPTS), "words") | {
        "en/gong": "not-speech",
        "en/old": "adopted",
    }
    assert "Press one." in run("prompts", "list", "custom/one", "-C", site.root).out
