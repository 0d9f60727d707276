import io
import re
import zipfile

import openpyxl
import pytest

from voicekit.errors import InputError
from voicekit.wordlists import Entry, xlsx


@pytest.fixture
def path(tmp_path):
    return tmp_path / "list.xlsx"


def save(path, *rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("second").append(["id", "text"])
    book.save(path)


def repack(path, part, change):
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    parts[part] = change(parts[part])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)
    path.write_bytes(buffer.getvalue())


SHEET = "xl/worksheets/sheet1.xml"


def test_numbers_are_their_text(path):
    save(path, ["text", "id"], [7, 1], [None, None], [True, "c"])
    found = xlsx.read(path)
    assert [(e.line, e.id, e.text) for e in found.entries] == [(2, "1", "7"), (4, "c", "True")]
    assert not found.oddities


def test_a_formula_is_what_it_came_to_when_the_file_was_saved(path):
    save(path, ["text", "id"], ["=B2&B2", "a"], ["=B3", "b"])
    saved = rb'\1 t="str"><f>B2&amp;B2</f><v>aa</v></c>'
    repack(path, SHEET, lambda xml: re.sub(rb'(<c r="A2")[^>]*>.*?</c>', saved, xml))
    found = xlsx.read(path)
    assert [(e.id, e.text) for e in found.entries] == [("a", "aa"), ("b", "")]
    assert [(o.line, o.code) for o in found.oddities] == [(2, "formula"), (3, "formula"), (3, "no-words")]
    assert found.oddities[0].detail == "=B2&B2 is taken as what it came to when the file was saved: aa"
    assert "=B3 has no value in the file" in found.oddities[1].detail


def test_what_excel_sees_is_text_below_a_bold_header(path):
    xlsx.write(path, [Entry("1", "=1+1"), Entry("b", "#N/A")])
    sheet = openpyxl.load_workbook(path).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value]
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    assert [cell.font.bold for cell in cells] == [cell.row == 1 for cell in cells]
    assert sheet.column_dimensions["C"].width == 80


def test_a_wrong_dimension_hides_nothing(path):
    save(path, ["id", "text"], ["a", "x"])
    repack(path, SHEET, lambda xml: re.sub(rb'dimension ref="[^"]*"', b'dimension ref="A1"', xml))
    assert xlsx.read(path).entries == (Entry("a", "x"),)


def test_cells_that_claim_to_stand_far_off_cost_nothing(path, monkeypatch):
    monkeypatch.setattr(xlsx, "_ROWS", 50)
    save(path, ["id", "text"], ["a", "x"])
    far = b'<row r="999999999999"><c r="ZZZ999999999999"><v>1</v></c></row></sheetData>'
    repack(path, SHEET, lambda xml: xml.replace(b"</sheetData>", far))
    assert xlsx.read(path).entries == (Entry("a", "x"),)


def test_excels_carriage_return_is_none(path):
    save(path, ["id", "text"], ["a", "one_x000D_\ntwo"])
    assert xlsx.read(path).entries == (Entry("a", "one\ntwo"),)


@pytest.mark.parametrize("text", ["x" * 32_768, "bell \x07", "\uffff"])
def test_what_a_cell_can_not_hold_is_refused_and_nothing_is_written(path, text):
    with pytest.raises(InputError, match="a cell"):
        xlsx.write(path, [Entry("a", "fine"), Entry("b", text)])
    assert list(path.parent.iterdir()) == []


def test_the_longest_cell_is_whole(path):
    xlsx.write(path, [Entry("a", "x" * 32_767)])
    assert len(xlsx.read(path).entries[0].text) == 32_767
