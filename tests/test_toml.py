import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import toml
from voicekit.errors import InputError

FIXED = settings(derandomize=True, deadline=None, max_examples=50)


def document(text, path="x.toml"):
    return toml.Document(path, {}, text)


@FIXED
@given(st.text())
def test_quoted_text_is_read_back(text):
    assert toml.tomllib.loads(f"k = {toml.quote(text)}")["k"] == text


@pytest.mark.parametrize("sign", ["\u2028", "\u0085", "\x0c"])
def test_only_toml_line_ends_count_as_lines(sign):
    assert document(f'# a{sign}b\n["x"]\ntext = "y"\n').at("x", "text") == "x.toml:3"


def test_the_first_of_two_places_counts_and_multiline_text_hides_none():
    text = '[a]\ntext = """\n[b]\n"""\n[b]\n[a]\n'
    assert document(text).at("a") == "x.toml:1"
    assert document(text).at("b") == "x.toml:5"


def test_a_key_that_is_not_there_has_the_place_of_its_table():
    assert document("\n[a]\n").at("a", "missing") == "x.toml:2"


@pytest.mark.parametrize("text", ["a = " + "9" * 5000, "a = " + "[" * 5000])
def test_what_tomllib_gives_up_on_is_an_input_error(tmp_path, text):
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(InputError, match="not valid TOML"):
        toml.read(path)


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfa = 1\n", b"a = 1\r\n"])
def test_a_byte_order_mark_and_dos_lines_are_read(tmp_path, data):
    path = tmp_path / "x.toml"
    path.write_bytes(data)
    assert toml.read(path).data == {"a": 1}
    assert toml.read(path).at("a") == f"{path}:1"


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"a = 1\nb == 2\n", 2), (b"a = 1\n\na = 2\n", 3), (b'a = 1\nb = """\n\n', 4), (b"[a]\n[a]\n", 2)],
)
def test_what_is_not_toml_has_a_line(tmp_path, data, line):
    path = tmp_path / "x.toml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"^{path}:{line}: not valid TOML: "):
        toml.read(path)


def test_other_encodings_and_absent_files_are_named(tmp_path):
    path = tmp_path / "x.toml"
    with pytest.raises(InputError, match=f"^{path}: No such file"):
        toml.read(path)
    path.write_bytes("a = 'ж'".encode("cp1251"))
    with pytest.raises(InputError, match=f"^{path}: not UTF-8 at byte 5"):
        toml.read(path)


KEY = st.text("ab-_", min_size=1, max_size=3) | st.text('a."\\ ж/', min_size=1, max_size=3)


@FIXED
@given(st.lists(st.tuples(KEY, KEY), min_size=1, max_size=5, unique_by=lambda pair: pair[0]))
def test_every_table_and_key_has_its_own_line(pairs):
    text = "".join(f"[{toml.quote(table)}]\n# note\n{toml.quote(key)} = 1\n" for table, key in pairs)
    assert toml.tomllib.loads(text) == {table: {key: 1} for table, key in pairs}
    for number, (table, key) in enumerate(pairs):
        assert document(text).at(table) == f"x.toml:{3 * number + 1}"
        assert document(text).at(table, key) == f"x.toml:{3 * number + 3}"


@pytest.mark.parametrize(
    ("value", "kind", "right"),
    [("x", str, True), ("x", int, False), (1, int, True), (1.0, int, False), (1, (int, float), True),
     (True, int, False), (True, (int, float), False), (True, bool, True), ([], list, True), ({}, list, False)],
)  # fmt: skip
def test_a_value_is_of_its_kind_and_a_flag_is_no_number(value, kind, right):
    found = toml.Document("x.toml", {"k": value}, "\nk = 1\n")
    if right:
        assert found.take(found.data, "k", kind) is value
    else:
        with pytest.raises(InputError, match=r"^x\.toml:2: k must be "):
            found.take(found.data, "k", kind)
    assert found.take(found.data, "other", kind) is None


def test_an_unknown_key_has_a_line_and_the_nearest_right_one():
    found = document('[word]\nsay = "x"\n')
    found.only({"say": "x"}, {"say", "note"}, "word")
    with pytest.raises(InputError, match=r'^x\.toml:1: unknown key "sey"; did you mean "say"\?$'):
        found.only({"sey": "x"}, {"say", "note"}, "word")
    with pytest.raises(InputError, match=r'unknown key "zzz"; known: note, say$'):
        found.only({"zzz": "x"}, {"say", "note"})
