import pytest

from voicekit.wordlists import Entry, delimited


@pytest.fixture
def read(tmp_path):
    def reading(text):
        path = tmp_path / "list.csv"
        path.write_bytes(text.encode())
        return delimited.read(path)

    return reading


def codes(found):
    return [(oddity.line, oddity.code) for oddity in found.oddities]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_bom_and_line_ends(read, sign, bom, end):
    lines = [
        "",
        '"id" text language note'.replace(" ", sign),
        "",
        sign.join(["a", '"x;y,z\tw"', " en ", "n"]),
    ]
    found = read(bom + end.join(lines) + end)
    assert found.entries == (Entry("a", "x;y,z\tw", "en", "n"),)
    assert found.entries[0].line == 4
    assert codes(found) == []


@pytest.mark.parametrize("header", ["Текст;Файл;Язык;Примечание;Готовый", "слова; ИМЯ  файла ;LANG;Notes;adopted"])
def test_columns_in_any_order_english_or_russian(read, header):
    found = read(f"{header}\nПривет;a;ru;n;да\n;b;ru;;yes\n;c;ru;;\n")
    assert found.entries == (
        Entry("a", "Привет", "ru", "n", adopted=True),
        Entry("b", None, "ru", adopted=True),
        Entry("c", "", "ru"),
    )
    assert codes(found) == [(4, "no-words")]


def test_what_can_not_be_placed_is_told(read):
    found = read("id,text,colour,words\na,Hello, world,x,oops\n,nobody\nb\n,,\nc,x,,,\n")
    assert found.entries == (Entry("a", "Hello"), Entry("b", ""), Entry("c", "x"))
    assert codes(found) == [
        (1, "duplicate-column"),
        (1, "unknown-column"),
        (2, "extra-cells"),
        (3, "no-id"),
        (4, "no-words"),
    ]


def test_an_unclear_adopted_is_told_and_taken_as_no(read):
    found = read("id,text,adopted\na,x,maybe\n")
    assert found.entries == (Entry("a", "x"),)
    assert codes(found) == [(2, "unknown-value")]


def test_excel_gets_a_bom_and_crlf_and_unaltered_cells(tmp_path):
    path = tmp_path / "list.csv"
    delimited.write(path, [Entry("a", "=1+1", "en"), Entry("b", None)])  # unknown words: adopted
    expected = "\ufeffid,language,text,note,adopted\r\na,en,=1+1,,\r\nb,,,,yes\r\n"
    assert path.read_bytes() == expected.encode()
