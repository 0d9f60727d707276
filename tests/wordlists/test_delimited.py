import pytest

from voicekit.errors import InputError
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


@pytest.mark.parametrize("order", ["le", "be"])
def test_excels_unicode_text_is_utf16(tmp_path, order):
    path = tmp_path / "list.csv"
    path.write_bytes("\ufeffid\tтекст\r\na\tПривет\r\n".encode(f"utf-16-{order}"))
    found = delimited.read(path)
    assert found.entries == (Entry("a", "Привет"),)
    assert codes(found) == []


def test_half_of_a_utf16_file_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes("\ufeffid\tтекст\r\n".encode("utf-16-le")[:-1])
    with pytest.raises(InputError, match=r"list\.csv: begins as UTF-16 and is none at byte \d+; save it as UTF-8"):
        delimited.read(path)


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
