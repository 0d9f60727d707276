"""The table of voices: what it promises, and that it is all there."""

import re
from collections import Counter

import pytest

from voicekit import engines, gallery
from voicekit.errors import InputError
from voicekit.wordlists.ids import check_id, check_language

ROWS = gallery.load()


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_says_all_that_is_needed(row):
    assert row.engine in engines.names()
    assert not check_language(row.language)
    assert not check_id(row.folder)
    assert "/" not in row.folder
    assert row.speaker
    assert len(row.licence) > 4
    assert row.page.startswith("https://")
    for file in row.files:
        assert file.url.startswith("https://")
        assert "main" not in file.url.split("/")  # a branch moves, and the digest would not fit any more
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert 0 < file.size < 1 << 30
        assert bool(file.unpack) == bool(file.take)


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.engine == "piper"], ids=lambda row: row.name)
def test_a_piper_voice_is_a_model_and_its_json(row):
    model, config = row.files
    assert model.name == row.voice
    assert config.name == f"{row.voice}.json"
    assert config.size < 10_000 < model.size


def test_no_two_voices_are_one():
    assert max(Counter(row.folder for row in ROWS.values()).values()) == 1
    assert max(Counter(file.sha256 for row in ROWS.values() for file in row.files if not file.unpack).values()) == 1


def test_there_is_a_voice_for_each_language_that_one_may_use_in_a_business():
    free = [row for row in ROWS.values() if re.match(r"CC0|public domain|LGPL|GPL|CC-BY-4", row.licence)]
    assert {(row.language, row.engine) for row in free} == {
        (language, engine) for language in ("en", "ru") for engine in ("piper", "rhvoice")
    }


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(InputError, match='did you mean "rhvoice:anna"'):
        gallery.pick("rhvoice:ana", ROWS)
