import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import toml
from voicekit.catalogue import Prompt, append, dump, from_entries, load, set_path, to_entries
from voicekit.errors import InputError
from voicekit.wordlists import Entry

FIXED = settings(derandomize=True, deadline=None, max_examples=60)
LANGUAGES = ["en", "ru", "fr_CA"]
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,9}(/[a-z0-9]{1,5})?", fullmatch=True)
WORDS = st.text() | st.sampled_from(['say "x"', "[beep]", "a\\b", '"""', "# no comment", "line\r\nend\u2028"])


def prompts(root):
    places = st.tuples(st.sampled_from(LANGUAGES), st.sampled_from(["main", "night"]))
    known = st.builds(
        lambda name, place, text, adopted, note: Prompt(
            name, place[0], text, adopted, note, place[1], set_path(root, *place)
        ),
        IDS,
        places,
        WORDS,
        st.booleans(),
        WORDS,
    )
    unknown = st.builds(
        lambda name, place: Prompt(name, place[0], None, True, "", place[1], set_path(root, *place)),
        IDS,
        places,
    )
    return st.lists(known | unknown, max_size=8, unique_by=lambda p: (p.language, p.id.lower()))


@pytest.fixture
def put(tmp_path):
    """Write a set file; the workspace is tmp_path."""

    def putting(place, text):
        path = tmp_path / "prompts" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, newline="")
        return path

    return putting


@pytest.fixture
def complaints(tmp_path):
    def complaining(languages=("en", "ru")):
        with pytest.raises(InputError) as error:
            load(tmp_path, languages)
        return str(error.value).replace(f"{tmp_path}/", "").splitlines()

    return complaining


def sets(items):
    return {path: [p for p in items if p.path == path] for path in {p.path for p in items}}


def test_what_is_dumped_is_loaded(tmp_path_factory):
    root = tmp_path_factory.mktemp("workspace")

    @FIXED
    @given(prompts(root))
    def round_trip(items):
        for path in root.glob("prompts/*/*.toml"):
            path.unlink()
        for path, members in sets(items).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(dump(members).encode())
        catalogue = load(root, LANGUAGES)
        assert list(catalogue.values()) == sorted(items, key=lambda p: (p.language, p.id))
        assert list(catalogue) == [p.key for p in catalogue.values()]

    round_trip()


def test_appending_keeps_every_byte_and_adds_every_prompt(tmp_path_factory):
    root = tmp_path_factory.mktemp("workspace")
    path = set_path(root, "en", "main")

    @FIXED
    @given(
        prompts(root),
        st.sampled_from(["\n", "\r\n"]),
        st.sampled_from(["", "# end", "\n\n", "[ x1 ] # c\ntext='''\na'''"]),
    )
    def appended(items, end, tail):
        before = ("version = 1\n# mine\n" + tail).replace("\n", end).encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(before)
        new = [p for p in items if p.path == path and p.id.lower() not in ("version", "x1")]
        append(path, new)
        after = path.read_bytes()
        assert after.startswith(before)
        assert b"\n" not in after.replace(b"\r\n", b"") or end == "\n"
        assert {p.id: p for p in load(root, ["en"]).values() if p.id != "x1"} == {p.id: p for p in new}

    appended()


def test_appending_begins_a_file_with_what_dump_gives(tmp_path):
    path = set_path(tmp_path, "en", "main")
    new = from_entries([Entry("a", "One."), Entry("b", None)], tmp_path, "main", "en")
    append(path, new)
    assert path.read_text() == dump(new) == '["a"]\ntext = "One."\n\n["b"]\nadopted = true\n'


@pytest.mark.parametrize("before", ["# mine", "# mine\n"])
def test_appending_leaves_one_empty_line_between(put, before):
    path = put("en/main.toml", before)
    append(path, from_entries([Entry("a", "One.")], path.parents[2], "main", "en"))
    assert path.read_text() == '# mine\n\n["a"]\ntext = "One."\n'


def test_appending_an_id_that_is_there_changes_nothing(put):
    path = put("en/main.toml", '\n["vm-INBOX"]\ntext = "x"\n')
    before = path.read_bytes()
    new = from_entries([Entry("new", "y"), Entry("vm-inbox", "y")], path.parents[2], "main", "en")
    with pytest.raises(InputError, match=r'main.toml:2: "vm-INBOX"'):
        append(path, new)
    assert path.read_bytes() == before


def test_entries_and_prompts_are_the_same_but_for_the_set(tmp_path):
    @FIXED
    @given(prompts(tmp_path))
    def there_and_back(items):
        entries = to_entries(items)
        assert from_entries(entries, tmp_path, "main", "en") == tuple(
            from_entries([entry], tmp_path, "main")[0] for entry in entries
        )
        again = from_entries(entries, tmp_path, "main")
        assert [(p.key, p.text, p.adopted, p.note) for p in again] == [
            (p.key, p.text, p.adopted, p.note) for p in items
        ]
        assert all(p.path == set_path(tmp_path, p.language, "main") for p in again)

    there_and_back()


def test_an_entry_without_known_words_is_adopted_and_one_without_words_is_not(tmp_path):
    unknown, silent = from_entries([Entry("a", None), Entry("b", "")], tmp_path, "main", "en")
    assert (unknown.text, unknown.adopted) == (None, True)
    assert (silent.text, silent.adopted) == ("", False)


@pytest.mark.parametrize(
    ("entry", "language", "why"),
    [
        (Entry("a.wav", "x", line=7), "en", "line 7.*'.'"),
        (Entry("a", "x", "fr-CA", line=8), "en", "line 8.*fr-CA"),
        (Entry("a", "x"), "", "language"),
    ],
)
def test_an_entry_that_load_would_refuse_makes_no_prompt(tmp_path, entry, language, why):
    with pytest.raises(InputError, match=why):
        from_entries([entry], tmp_path, "main", language)


@pytest.mark.parametrize(
    ("text", "speech", "not_speech"),
    [
        ("dash [-]", "dash", False),
        ("[ascending tones]", "", True),
        ("", "", False),
        (" \n", "", False),
        (None, "", False),
        ("  Press\n one. ", "Press one.", False),
        (unicodedata.normalize("NFD", "решётку"), "решётку", False),
    ],
)
def test_speech(text, speech, not_speech):
    prompt = Prompt("a", "en", text, text is None, "", "main", Path("main.toml"))
    assert (prompt.speech, prompt.not_speech) == (speech, not_speech)


def test_a_workspace_without_prompts_has_an_empty_catalogue(tmp_path):
    assert list(load(tmp_path, ["en"])) == []


def test_a_set_may_be_written_by_hand(put, tmp_path):
    put(
        "en/main.toml",
        '\ufeffversion = 1\r\n[a]\r\ntext = """\r\nOne\r\ntwo"""\r\n[\'b/c\']\r\nadopted=true\r\n',
    )
    put("en/.#main.toml", "not ours")
    a, b = load(tmp_path, ["en"]).values()
    assert (a.id, a.speech, a.set, a.adopted) == ("a", "One two", "main", False)
    assert (b.id, b.text, b.adopted) == ("b/c", None, True)


def test_version_may_also_be_the_id_of_a_prompt(put, tmp_path):
    put("en/main.toml", '[version]\ntext = "One."\n')
    assert list(load(tmp_path, ["en"])) == [("en", "version")]


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ('\n["a"]\ntext = "x"\n["a"]\n', 4, '"a" stands in prompts/ru/main.toml:2 too'),
        ('[a]\ntext = "x"\n[ "a" ] # again\n', 3, '"a" stands in prompts/ru/main.toml:1 too'),
        ('[vm-INBOX]\ntext="x"\n[vm-inbox]\ntext="x"\n', 3, 'prompts/ru/main.toml:1 too as "vm-INBOX"'),
        ("\n[custom/menu]\n", 2, '["custom/menu"]'),
        ('["a"]\ntext = "open\n', 2, "not valid TOML"),
        ('["a"]\ntext = "x"\ntext = "y"\n', 3, "not valid TOML"),
        ('["a.wav"]\ntext = "x"\n', 1, "file convert"),
        ('["a"]\n\ntxt = "x"\n', 3, 'did you mean "text"'),
        ('["a"]\ntext = 1\n', 2, "text must be text in quotes, not 1"),
        ('["a"]\ntext = "x"\nadopted = "yes"\n', 3, "adopted must be true or false"),
        ('["a"]\ntext = "x"\nnote = []\n', 3, "note must be text"),
        ('\n["a"]\nnote = "x"\n', 2, "adopted = true"),
        ('\n["a"]\nadopted = false\n', 2, "has no words"),
        ('text = "x"\n', 1, "belongs to no prompt"),
        ("version = 2\n", 1, "version 2 is not known"),
        ("version = true\n", 1, "a whole number"),
    ],
)
def test_each_mistake_names_its_line(put, complaints, text, place, why):
    put("ru/main.toml", text)
    (complaint,) = complaints()
    assert complaint.startswith(f"prompts/ru/main.toml:{place}: ")
    assert why in complaint


def test_an_id_in_two_sets_of_a_language_names_both_places(put, complaints):
    put("ru/a.toml", '["menu"]\ntext = "x"\n')
    put("ru/b.toml", '# here\n["Menu"]\ntext = "x"\n')
    put("en/a.toml", '["menu"]\ntext = "x"\n')
    (complaint,) = complaints()
    assert complaint.startswith('prompts/ru/b.toml:2: "Menu" stands in prompts/ru/a.toml:1 too as "menu"')


def test_a_file_where_none_is_read_is_told(put, complaints):
    put("main.toml", "")
    put("rus/main.toml", "")
    put("ru/deep/main.toml", "")
    told = complaints()
    assert len(told) == 3
    assert any(line.startswith("prompts/main.toml: ") and "prompts/<language>/main.toml" in line for line in told)
    assert any(line.startswith("prompts/rus/main.toml: ") and 'did you mean "ru"' in line for line in told)
    assert any(line.startswith("prompts/ru/deep/main.toml: ") for line in told)


def test_all_problems_are_collected_and_twenty_shown(put, complaints):
    put("ru/a.toml", "".join(f'["a{n}"]\n' for n in range(19)))
    put("ru/b.toml", 'text = "x"\n')
    assert len(complaints()) == 20
    put("ru/c.toml", "broken\n")
    put("ru/d.toml", '["x.y"]\n["z.y"]\n')
    told = complaints()
    assert len(told) == 21
    assert told[-1] == "and 3 more"


def test_a_thousand_mistakes_scan_the_file_once(put, tmp_path):
    put("en/main.toml", "".join(f'["a{n}"]\n' for n in range(1000)))
    toml._lines.cache_clear()
    with pytest.raises(InputError, match="980 more"):
        load(tmp_path, ["en"])
    assert toml._lines.cache_info().misses == 1


@pytest.fixture
def catalogue(put, tmp_path):
    put("en/main.toml", '["vm-INBOX"]\ntext = "x"\n["custom/menu"]\ntext = "x"\n["custom/bye"]\ntext = "x"\n')
    put("ru/main.toml", '["custom/menu"]\ntext = "x"\n["greeting"]\ntext = "x"\n')
    return load(tmp_path, ["en", "ru"])


@pytest.mark.parametrize(
    ("ids", "language", "found"),
    [
        ([], None, "en:custom/bye en:custom/menu en:vm-INBOX ru:custom/menu ru:greeting"),
        ([], "ru", "ru:custom/menu ru:greeting"),
        ([], "fr", ""),
        (["custom/menu"], None, "en:custom/menu ru:custom/menu"),
        (["vm-*", "custom/*", "custom/bye"], "en", "en:custom/bye en:custom/menu en:vm-INBOX"),
        (["?reeting", "custom/[a-c]*"], None, "en:custom/bye ru:greeting"),
    ],
)
def test_finding(catalogue, ids, language, found):
    assert " ".join(":".join(prompt.key) for prompt in catalogue.find(ids, language)) == found


@pytest.mark.parametrize(
    ("wanted", "language", "why"),
    [
        ("custom/mneu", None, 'did you mean "custom/menu"'),
        ("vm-inbox", None, 'did you mean "vm-INBOX"'),
        ("greeting", "en", 'in "en"'),
        ("zz*", None, 'no prompt "zz\\*" in the catalogue'),
        ("CUSTOM/*", None, "no prompt"),
    ],
)
def test_finding_nothing_names_the_nearest(catalogue, wanted, language, why):
    with pytest.raises(InputError, match=why):
        catalogue.find(["custom/menu", wanted], language)


def test_a_catalogue_does_not_change(catalogue):
    with pytest.raises(TypeError):
        catalogue._prompts["en", "new"] = None
    with pytest.raises(AttributeError):
        next(iter(catalogue.values())).text = "other"
