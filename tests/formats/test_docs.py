"""docs/formats.md says what THE TABLE says."""

import re
from pathlib import Path

import pytest

from voicekit.formats import TABLE, select
from voicekit.formats.select import smallest

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
CELLS = [
    [cell.strip() for cell in line.strip("| ").split("|")] for line in PAGE.read_text().splitlines() if line[:1] == "|"
]
ROWS = {cells[0]: cells[1:] for cells in CELLS if len(cells) == 7}  # name to Asterisk


def unit(row):
    size = f"{row.frame_bytes} B" if row.frame_bytes else "varies"
    return f"{size}, {row.frame_samples} samples" if row.frame_samples else size


@pytest.mark.parametrize("name", TABLE)
def test_the_page_has_every_row(name):
    row = TABLE[name]
    extensions, codec, rate, frame, voicekit, asterisk = ROWS[name]
    assert tuple(extensions.split(", ")) == row.extensions
    assert (codec, int(rate), frame.removesuffix(" (decoded)")) == (row.codec, row.rate, unit(row))
    assert voicekit == ("writes" if row.writable else "reads" if row.readable else "refuses")
    assert asterisk == row.asterisk


def test_the_page_has_no_other_row():
    assert set(ROWS) - {"name", "---"} == set(TABLE)


def test_what_it_says_to_deploy_can_be_written():
    _, deploy = PAGE.read_text().split("## What to deploy")
    table = deploy.split("\n\n")[2]
    named = set(re.findall(r"[a-z0-9]+", " ".join(re.findall(r"`([^`]*)`", table))))
    assert named == {"ulaw", "wav", "alaw", "g722", "sln16"}
    assert all(TABLE[name].writable for name in named)


def test_the_fewest_files_are_what_it_says():
    _, fewest = PAGE.read_text().split("### The fewest files")
    rows = re.findall(r"^\| (.+) \| (.+) \|$", fewest.split("## One file")[0], re.MULTILINE)
    assert len(rows) == 5
    for codecs, names in rows[1:]:
        assert [row.name for row in smallest(codecs.split(", "))] == names.split()


def test_the_costs_are_those_of_the_model():
    assert re.findall(r"\| ([\d or]+) \|$", PAGE.read_text(), re.MULTILINE) == [
        f"{select.RESAMPLED_UP} or {select.RESAMPLED_DOWN}",
        *map(str, (select.ENCODED, select.DECODED, select.ENCODED_UP, select.DECODED_DOWN, select.RECODED)),
    ]
