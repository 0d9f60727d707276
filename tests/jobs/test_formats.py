"""`voicekit formats`: each row explained in one Outcome."""

import pytest

from voicekit.errors import InputError
from voicekit.formats import TABLE
from voicekit.jobs import formats
from voicekit.outcome import Verdict


def test_all_rows_in_their_order():
    outcomes = list(formats.apply())
    assert [outcome.subject for outcome in outcomes] == list(TABLE)
    assert not any(outcome.bad for outcome in outcomes)


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_a_row_says_what_it_is_what_asterisk_does_and_why_not(row):
    (outcome,) = formats.apply([row.name])
    for part in (f".{row.extensions[-1]}", row.codec, f"{row.rate} Hz", row.asterisk):
        assert part in outcome.detail
    assert ("behind a header" in outcome.detail) != row.headerless
    assert outcome.remedy.endswith(row.refusal)


@pytest.mark.parametrize(
    ("name", "verdict", "code", "remedy"),
    [
        ("vox", Verdict.KEPT, "writes", ""),
        ("wav49", Verdict.SKIPPED, "reads", "only read: every second frame"),
        ("g719", Verdict.SKIPPED, "not-written", "neither written nor read: there is no free encoder"),
    ],
)
def test_the_three_kinds(name, verdict, code, remedy):
    (outcome,) = formats.apply([name])
    assert (outcome.verdict, outcome.code) == (verdict, code)
    assert outcome.remedy.startswith(remedy)


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(InputError, match='did you mean "wav49"'):
        list(formats.apply(["ulaw", "WAV"]))
