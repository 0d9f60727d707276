import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import toml
from voicekit.catalogue import Prompt, append, dump, from_entries, load, set_path, to_entries
from voicekit.errors import InputError
from voicekit.pieces import MOST, Music, Pause
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
    plain = st.lists(known | unknown, max_size=8, unique_by=lambda p: (p.language, p.id.lower()))
    return plain.flatmap(lambda items: st.builds(lambda new: [*items, *new], composed(items)))


def composed(items):
    """Prompts composed of some of these: pauses, music, one in another."""
    parts = st.one_of(st.builds(Pause, st.floats(0, 10)), *[st.just(item) for item in items if item.language == "en"])
    kinds = st.tuples(st.lists(parts, max_size=4), st.none() | st.builds(Music, st.just("bed.flac"), st.floats(-40, 0)))
    return st.lists(kinds, max_size=2).map(lambda kinds: list(_composed(items, kinds)))


def _composed(items, kinds):
    taken = {item.id.lower() for item in items if item.language == "en"}
    for number, (pieces, music) in enumerate(kinds):
        heard = tuple(pieces)
        if any(isinstance(piece, Prompt) for piece in heard) and f"whole{number}" not in taken:
            path = next(piece.path.parents[2] for piece in heard if isinstance(piece, Prompt))
            parts = tuple(piece if isinstance(piece, Pause) else piece.id for piece in heard)
            place = set_path(path, "en", "whole")
            yield Prompt(f"whole{number}", "en", None, False, "", "whole", place, parts, music, heard)


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
    (root / "bed.flac").touch()

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
            (p.key, p.words, p.adopted, p.note) for p in items
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
        ('[b]\ntext = "x"\n[a]\nparts = ["B"]\n', 4, 'did you mean "b"'),
        ('[a]\nparts = ["zzz"]\n', 2, "write its words first"),
        ('[a]\nparts = ["a"]\n', 2, "in a circle: a -> a"),
        ("[a]\nparts = []\n", 2, "must name a prompt"),
        ("[a]\nparts = [{ pause = 1 }]\n", 2, "must name a prompt"),
        ('[a]\nparts = "b"\n', 2, "parts must be a list"),
        ("[a]\nparts = [1]\n", 2, "a part is an id in quotes or { pause = 0.4 }, not 1"),
        ('[a]\nparts = ["b", { pause = true }]\n', 2, "a part is"),
        ('[a]\nparts = ["b", { pause = 1, x = 1 }]\n', 2, "a part is"),
        ('[a]\nparts = ["b", { pause = 10.1 }]\n', 2, "from 0 to 10 s, not 10.1"),
        ('[a]\nparts = ["b", { pause = -1 }]\n', 2, "from 0 to 10 s"),
        ('[a]\nparts = ["b", { pause = nan }]\n', 2, "from 0 to 10 s"),
        ('[a]\nparts = ["b"]\ntext = "x"\n', 1, "its words are theirs"),
        ('[a]\nadopted = true\nparts = ["b"]\n', 1, "its words are theirs"),
        ('[a]\ntext = "x"\nmusic_level = -3\n', 3, "music_level needs music"),
        ('[a]\ntext = "x"\nmusic = "/bed.flac"\n', 3, "must be a path from the workspace's folder"),
    ],
)
def test_each_mistake_names_its_line(put, complaints, text, place, why):
    put("ru/main.toml", text)
    (complaint,) = complaints()
    assert complaint.startswith(f"prompts/ru/main.toml:{place}: ")
    assert why in complaint


def test_a_composed_prompt_knows_its_pieces_and_words(put, tmp_path):
    put("en/a.toml", '[hello]\ntext = "Hello."\n[jingle]\nadopted = true\n[tones]\ntext = "[tones]"\n')
    put("en/b.toml", '[inner]\nparts = [{ pause = 1 }, "hello"]\n[outer]\nparts = ["jingle", "inner", "tones"]\n')
    catalogue = load(tmp_path, ["en"])
    outer = catalogue["en", "outer"]
    assert outer.parts == ("jingle", "inner", "tones")
    assert [getattr(piece, "id", piece) for piece in outer.pieces] == ["jingle", Pause(1), "hello", "tones"]
    assert outer.words == "[jingle] Hello. [tones]"
    assert (outer.text, outer.speech, outer.not_speech) == (None, "", False)
    assert [prompt.words for prompt in catalogue.find(["hello", "jingle"])] == ["Hello.", None]


def test_parts_are_of_the_same_language(put, complaints):
    put("en/a.toml", '[hello]\ntext = "Hello."\n')
    put("ru/a.toml", '[whole]\nparts = ["hello"]\n')
    (complaint,) = complaints()
    assert complaint.startswith('prompts/ru/a.toml:2: "hello", a part of "whole", is no prompt of this language')


def test_a_circle_of_parts_is_shown(put, complaints):
    put("en/a.toml", '[x]\nparts = ["a"]\n[a]\nparts = ["b"]\n[b]\nparts = ["a"]\n')
    assert [line.rpartition(": ")[2] for line in complaints()] == [
        "a -> b -> a; take one of them out",
        "a -> b -> a; take one of them out",
        "b -> a -> b; take one of them out",
    ]


@pytest.mark.parametrize("count", [MOST, MOST + 1])
def test_a_prompt_is_of_a_hundred_pieces_at_the_most(put, complaints, tmp_path, count):
    parts = ", ".join(["{ pause = 10 }"] * (count - 1) + ['"b"'])
    put("en/a.toml", f'[b]\ntext = "x"\n[a]\nparts = [{parts}]\n')
    if count > MOST:
        assert complaints() == [f'prompts/en/a.toml:4: "a" comes to more than {MOST} pieces; make it of fewer']
    else:
        assert len(load(tmp_path, ["en"])["en", "a"].pieces) == MOST


@pytest.mark.parametrize("last", ["", "zzz"])
def test_parts_of_parts_do_not_multiply_without_end(put, complaints, last):
    """Forty levels of two each are 2^40 pieces; that is seen at the hundred and first, or at the first fault."""
    tables = [f'[a{n}]\nparts = ["a{n + 1}", "a{n + 1}"]\n' for n in range(40)]
    put("en/a.toml", "".join(tables) + (f'[a40]\nparts = ["{last}"]\n' if last else '[a40]\ntext = "x"\n'))
    assert f"more than {MOST} pieces" in complaints()[0] or last


def test_parts_of_parts_end_somewhere(put, complaints):
    put("en/a.toml", "".join(f'[a{n}]\nparts = ["a{n + 1}"]\n' for n in range(2000)) + '[a2000]\ntext = "x"\n')
    assert complaints()[0].startswith('prompts/en/a.toml:2: "a0" has parts of parts more than 100 deep')


MUSIC = '[b]\ntext = "x"\n[a]\nparts = ["b"]\nmusic = "{}"\n'


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("../bed.flac", "must be a path from"),
        ("samples/../../bed.flac", "must be a path from"),
        ("/etc/passwd", "must be a path from"),
        ("", "must be a path from"),
        ("bed\\u0000.flac", "must be a path from"),
        ("out.flac", "leads out of the workspace"),
        ("away/bed.flac", "leads out of the workspace"),
        ("none.flac", "is no file"),
        ("samples", "is no file"),
        ("loop", "is no file"),
        ("x" * 300, "can't be opened"),
    ],
)
def test_music_lies_in_the_workspace(put, complaints, tmp_path_factory, path, why):
    root = put("en/a.toml", MUSIC.format(path)).parents[2]
    outside = tmp_path_factory.mktemp("outside")
    (outside / "bed.flac").touch()
    (root / "samples").mkdir()
    (root / "out.flac").symlink_to(outside / "bed.flac")
    (root / "away").symlink_to(outside)
    (root / "loop").symlink_to(root / "loop")
    (complaint,) = complaints()
    assert complaint.startswith("prompts/en/a.toml:5: music ")
    assert why in complaint


def test_music_in_the_workspace_is_found_through_its_links(put, tmp_path):
    put("en/a.toml", MUSIC.format("samples/bed.flac") + "music_level = -30\n")
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "bed.flac").touch()
    (tmp_path / "samples").symlink_to("real")
    assert load(tmp_path, ["en"])["en", "a"].music == Music("samples/bed.flac", -30.0)
    put("en/a.toml", MUSIC.format("samples/bed.flac"))
    assert load(tmp_path, ["en"])["en", "a"].music == Music("samples/bed.flac", -18.0)


def test_music_is_no_file_without_end(put, complaints, tmp_path):
    """It is read whole to see whether it has changed."""
    put("en/a.toml", MUSIC.format("bed.flac"))
    with (tmp_path / "bed.flac").open("wb") as file:
        file.truncate(64 << 20)
    load(tmp_path, ["en"])
    with (tmp_path / "bed.flac").open("ab") as file:
        file.write(b"x")
    assert complaints() == ['prompts/en/a.toml:5: music "bed.flac" is larger than 64 MiB; cut it to what is heard']


@pytest.mark.parametrize("level", ["1", "-41", "nan", "inf"])
def test_music_is_no_louder_than_speech(put, complaints, tmp_path, level):
    (tmp_path / "bed.flac").touch()
    put("en/a.toml", MUSIC.format("bed.flac") + f"music_level = {level}\n")
    assert "music_level must be from -40 to 0 dB" in complaints()[0]


def test_music_needs_parts_and_lies_in_no_other(put, complaints, tmp_path):
    (tmp_path / "bed.flac").touch()
    put("en/a.toml", '[b]\ntext = "x"\nmusic = "bed.flac"\n')
    assert "no parts to lie under" in complaints()[0]
    put("en/a.toml", MUSIC.format("bed.flac") + '[c]\nparts = ["a"]\n')
    (complaint,) = complaints()
    assert complaint.startswith('prompts/en/a.toml:7: "a", a part of "c", has music of its own')


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
