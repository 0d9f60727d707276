import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.errors import InputError
from voicekit.wordlists import Entry, asterisk


@pytest.fixture
def read(tmp_path):
    def reading(data):
        path = tmp_path / "list.txt"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return asterisk.read(path)

    return reading


def pairs(found):
    return [(entry.id, entry.text) for entry in found.entries]


def codes(found):
    return [(oddity.line, oddity.code) for oddity in found.oddities]


def test_the_grammar(read):
    found = read("; c: d\n\na: one: two\nb:  Press [5]\n and more\nc:\n  go on \n")
    assert pairs(found) == [("a", "one: two"), ("b", "Press [5] and more"), ("c", "go on")]
    assert [entry.line for entry in found.entries] == [3, 4, 6]
    assert codes(found) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_line_ends_and_bom_change_nothing(read, end, bom):
    text = "; title\na: one\nb: two\n"
    found = read(bom + text.replace("\n", end))
    assert found.entries == read(text).entries
    assert codes(found) == ([(1, "bom")] if bom else [])


def test_lines_that_make_no_entry_are_told(read):
    found = read("lost words\n: nameless\nis:\n")
    assert pairs(found) == [("is", "")]
    assert codes(found) == [(1, "orphan-line"), (2, "no-id"), (3, "no-words")]


def test_a_line_that_asterisk_skips_is_told(read):
    fits = "a: " + "x" * 2043  # with its LF and NUL 2048 bytes, Asterisk's buffer
    assert codes(read(fits + "\n")) == []
    assert codes(read(fits + "x\n")) == [(1, "long-line")]


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.binary(max_size=60) | st.text(alphabet="a:; \n\r[]ж", max_size=60).map(str.encode))
def test_writing_what_was_read_keeps_it(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("list", numbered=True)
    path = folder / "in.txt"
    path.write_bytes(data.replace(b"\x1f\x8b", b"").replace(b"\x98", b""))
    entries = [entry for entry in asterisk.read(path).entries if not asterisk.check_id(entry.id)]
    asterisk.write(path, entries)
    assert asterisk.read(path).entries == tuple(entries)


def test_line_ends_within_words_become_spaces(tmp_path):
    path = tmp_path / "list.txt"
    asterisk.write(path, [Entry("a", "one \n b: two\r\n\n;three "), Entry("c", None)])
    assert path.read_bytes() == b"a: one b: two  ;three\nc:\n"


@pytest.mark.parametrize("name", ["a:b", "", ";a", "a\nb", "a.wav"])
def test_an_id_that_asterisk_would_not_find_is_refused_and_nothing_is_written(tmp_path, name):
    path = tmp_path / "list.txt"
    with pytest.raises(InputError, match="id"):
        asterisk.write(path, [Entry(name, "x")])
    assert list(tmp_path.iterdir()) == []


def test_one_language_a_file(tmp_path):
    with pytest.raises(InputError, match="en, ru"):
        asterisk.write(tmp_path / "list.txt", [Entry("a", "x", "ru"), Entry("a", "x", "en")])


def test_gzip_is_known_by_its_bytes_and_written_without_a_clock(tmp_path):
    path = tmp_path / "list.txt.gz"
    asterisk.write(path, [Entry("a", "one")])
    data = path.read_bytes()
    assert gzip.decompress(data) == b"a: one\n"
    assert data[4:8] == bytes(4)
    assert asterisk.read(path.rename(tmp_path / "list.txt")).entries == (Entry("a", "one"),)


@pytest.mark.packs
@pytest.mark.parametrize(
    ("language", "count", "odd"),
    [
        ("en", 569, {"not-speech": 5}),
        ("ru", 572, {"not-speech": 5, "no-words": 1, "repeats-id": 1}),
    ],
)
def test_the_lists_of_debian(language, count, odd, tmp_path):
    source = Path(f"/usr/share/doc/asterisk-core-sounds-{language}/core-sounds-{language}.txt.gz")
    if not source.exists():
        pytest.skip(f"asterisk-core-sounds-{language} is not installed")
    found = asterisk.read(source)
    assert len(found.entries) == count
    seen = [oddity.code for oddity in found.oddities]
    assert {code: seen.count(code) for code in seen} == odd
    copy = tmp_path / "copy.txt"
    asterisk.write(copy, found.entries)
    assert asterisk.read(copy).entries == found.entries
