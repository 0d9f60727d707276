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
