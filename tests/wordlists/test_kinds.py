"""What holds for every kind of word list."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.errors import InputError
from voicekit.wordlists import KINDS, Entry, decoding, kind_of, spoken, survey

FIXED = settings(derandomize=True, deadline=None, max_examples=40)
PRINTED = st.characters(exclude_categories=["Cs", "Cc", "Cn"])
WORDS = st.text(PRINTED) | st.sampled_from(
    ["=1+1", "#N/A", "[beep]", "a;b,c\td", 'say "x"', "001", "да: нет", "x005F_"]
)
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,9}(/[a-z0-9]{1,5})?", fullmatch=True)
TABULAR = st.builds(
    Entry,
    IDS,
    WORDS.map(lambda text: text + "\nand more"),
    language=st.sampled_from(["", "en", "fr_CA"]),
    note=WORDS,
    adopted=st.booleans(),
) | st.builds(Entry, IDS, st.none(), note=WORDS, adopted=st.just(True))
TABULAR |= st.builds(Entry, IDS, st.just(""), note=WORDS)
LISTED = st.builds(Entry, IDS, WORDS.map(str.strip))
CARRIED = {
    ".txt": LISTED,
    ".txt.gz": LISTED,
    ".csv": TABULAR,
    ".xlsx": TABULAR,
}


def test_every_kind_is_tested():
    assert set(CARRIED) == set(KINDS)


@pytest.mark.parametrize("extension", KINDS)
def test_what_is_written_is_read_back(extension, tmp_path):
    @FIXED
    @given(st.lists(CARRIED[extension], max_size=5))
    def round_trip(entries):
        path = tmp_path / f"list{extension}"
        kind_of(path).write(path, entries)
        found = kind_of(path).read(path)
        assert found.entries == tuple(entries)
        assert not {o.code for o in found.oddities} & {
            "bom",
            "formula",
            "no-id",
            "unknown-column",
            "extra-cells",
        }

    round_trip()


@pytest.mark.parametrize("extension", [".csv", ".xlsx"])
def test_the_line_of_an_entry_is_where_it_begins(extension, tmp_path):
    path = tmp_path / f"list{extension}"
    kind_of(path).write(path, [Entry("a", "one\ntwo"), Entry("b", "three")])
    lines = [entry.line for entry in kind_of(path).read(path).entries]
    assert lines == ([2, 4] if extension == ".csv" else [2, 3])


@pytest.mark.parametrize("name", ["a.TXT", "a.b.txt.GZ", "A.Csv", "dir.txt/list.xlsx"])
def test_the_extension_picks_the_kind(name):
    module = next(m for extension, m in reversed(KINDS.items()) if name.lower().endswith(extension))
    assert kind_of(Path(name)).__name__ == f"voicekit.wordlists.{module}"


@pytest.mark.parametrize("name", ["a.ods", "a.gz", "csv", "a.xls"])
def test_an_unknown_extension_is_told_the_known_ones(name):
    with pytest.raises(InputError) as error:
        kind_of(Path(name))
    assert all(extension in str(error.value) for extension in KINDS)


@pytest.mark.parametrize("extension", KINDS)
def test_a_file_that_is_not_there_is_an_input_error(extension, tmp_path):
    path = tmp_path / f"absent{extension}"
    with pytest.raises(InputError, match="absent"):
        kind_of(path).read(path)


@pytest.mark.parametrize("extension", KINDS)
def test_an_oversized_file_is_refused_packed_or_not(extension, tmp_path, monkeypatch):
    monkeypatch.setattr(decoding, "LIMIT", 4000)
    monkeypatch.setattr("voicekit.wordlists.xlsx.LIMIT", 4000)
    path = tmp_path / f"list{extension}"
    kind_of(path).write(path, [Entry("a", "x" * 9000)])
    assert extension != ".txt.gz" or path.stat().st_size < 4000
    with pytest.raises(InputError, match="4000 bytes"):
        kind_of(path).read(path)


def test_no_more_than_the_limit_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(decoding, "LIMIT", 200_000)
    path = tmp_path / "bomb.txt.gz"
    path.write_bytes(gzip.compress(bytes(30_000_000), mtime=0)[:-1000])  # its broken end is never reached
    with pytest.raises(InputError, match="more than 200000 bytes"):
        kind_of(path).read(path)


def _workbook(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cut.txt.gz", gzip.compress(b"a: b\n" * 100, mtime=0)[:-9]),
        ("flipped.txt.gz", gzip.compress(b"a: b\n", mtime=0)[:12] + b"\xff\xff\xff\xff"),
        ("neither.txt", b"a: ok\nb: \xe4\x98\n"),
        ("neither.csv", b"id,text\na,\x98\n"),
        ("quote.csv", b'id,text\na,"open\nb,lost\n'),
        ("headless.csv", b"welcome,Hello\n"),
        ("empty.csv", b""),
        ("text.xlsx", b"id,text\n"),
        ("hollow.xlsx", _workbook({"a": b"b"})),
        ("future.xlsx", _workbook({"a": b"b"}).replace(b"PK\1\2\x14\3\x14", b"PK\1\2\x14\3\x63")),  # zip 9.9
        ("broken.xlsx", _workbook({"[Content_Types].xml": b"<Types", "xl/workbook.xml": b""})),
    ],
)
def test_a_file_that_cannot_be_read_is_named(name, data, tmp_path):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        kind_of(path).read(path)
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        ("list.txt", "a: Latin\nb: Привет, мир\nc: ещё\n", 2),
        ("list.csv", "id;text\na;Привет, мир\n", 2),
    ],
)
def test_windows_1251_is_read_and_told(name, data, line, tmp_path):
    path = tmp_path / name
    path.write_bytes(data.encode("cp1251"))
    foreign = kind_of(path).read(path)
    path.write_text(data, "utf-8")
    assert foreign.entries == kind_of(path).read(path).entries
    assert [(o.line, o.code) for o in foreign.oddities] == [(line, "bad-encoding")]


def codes(*entries):
    return [(oddity.line, oddity.code) for oddity in survey(entries).oddities]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Entry("is", ""), "no-words"),
        (Entry("is", " \n"), "no-words"),
        (Entry("beep", "[tone] [tone]"), "not-speech"),
        (Entry("a.wav", "x"), "unsafe-id"),
        (Entry("a", "x", language="fr-CA"), "unsafe-language"),
        (Entry("conf-menu", "conf-menu: Нажмите 1"), "repeats-id"),
    ],
)
def test_each_oddity_has_its_code(entry, code):
    assert codes(entry) == [(0, code)]


def test_an_ordinary_entry_has_none():
    assert codes(Entry("letters/dash", "dash [-]"), Entry("hours", "hours"), Entry("old", None)) == []


def test_duplicates_are_told_at_the_later_line():
    assert codes(Entry("a", "x", line=1), Entry("b", "x", line=2), Entry("a", "y", line=3)) == [(3, "duplicate")]
    assert codes(Entry("vm-INBOX", "x", line=1), Entry("vm-inbox", "x", line=2)) == [(2, "duplicate-case")]
    assert codes(Entry("a", "x", language="en"), Entry("a", "x", language="ru")) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dash [-]", "dash"),
        ("[ascending tones]", ""),
        ("  two\n words\t", "two words"),
        ("press[beep]one", "press one"),
        ("и\u0306", "й"),
        ("open [ end", "open [ end"),
    ],
)
def test_spoken_words(text, words):
    assert spoken(text) == words
