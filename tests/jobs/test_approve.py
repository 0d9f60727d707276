"""Answers are bound to a sound, given once, and taken from a file only when it is one."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from voicekit import workspace
from voicekit.approvals import Answer, Approvals
from voicekit.errors import InputError
from voicekit.jobs import approve, revoice
from voicekit.outcome import Verdict
from voicekit.state import Situation

NOW = datetime(2026, 3, 1, 15, 0, 30, 999, tzinfo=timezone(timedelta(hours=3)))
ONE, TWO = ("en", "custom/one"), ("en", "custom/two")


def words(root, one="Press one."):
    path = root / "prompts/en/menu.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'["custom/one"]\ntext = "{one}"\n["custom/two"]\ntext = "Press two."\n')


@pytest.fixture
def root(tmp_path):
    words(tmp_path)
    voice = tmp_path / "voices/robot/voice.toml"
    voice.parent.mkdir(parents=True)
    voice.write_text('version = 1\nengine = "tone"\nlicence = "none"\n[languages.en]\nvoice = "tone"\n')
    (tmp_path / "voicekit.toml").write_text(workspace.template("Wind", ("en",), ("ulaw",), "robot"))
    speak(tmp_path)
    return tmp_path


def read(root):
    return Situation.read(workspace.load(root))


def speak(root):
    assert not any(outcome.bad for outcome in revoice.apply(revoice.plan(read(root))))


def recorded(root):
    return Approvals.load(root / "approvals.jsonl").answers


def give(root, answer=Answer.APPROVED, *, by="Ann", note="", patterns=("custom/one",)):
    return list(approve.answer(read(root), patterns, answer, by, note, NOW))


def line(root, key=ONE, **other):
    sound = read(root).lock.entries[key].parts.sound
    record = {"language": key[0], "id": key[1], "sound": sound, "answer": "approved", "by": "Ann", "note": ""}
    return record | other


def write(root, *answers, **other):
    path = root / "approvals.json"
    path.write_text(json.dumps({"voicekit-approvals": 1, "workspace": "Wind", "answers": answers} | other))
    return path


def take(root, *answers, **other):
    return list(approve.from_file(read(root), write(root, *answers, **other), NOW))


def codes(outcomes):
    return [(outcome.subject, outcome.verdict, outcome.code) for outcome in outcomes]


def test_an_answer_is_bound_to_the_sound_that_was_heard(root):
    assert codes(give(root)) == [("en/custom/one", Verdict.DONE, "approved")]
    (answer,) = recorded(root)
    entry = read(root).lock.entries[ONE]
    assert (answer.key, answer.sound, answer.master) == (ONE, entry.parts.sound, entry.master)
    assert (answer.by, answer.answer, answer.at) == ("Ann", Answer.APPROVED, "2026-03-01T12:00:30Z")
    words(root, "Press any key.")
    speak(root)
    assert {state.key: state.answer for state in read(root).states()}[ONE] is None


def test_the_same_answer_is_recorded_once_whoever_gives_it(root):
    give(root)
    before = (root / "approvals.jsonl").read_bytes()
    assert codes(give(root, by="Bob")) == [("en/custom/one", Verdict.KEPT, "kept")]
    assert (root / "approvals.jsonl").read_bytes() == before


def test_another_answer_or_a_new_reason_is_recorded(root):
    give(root)
    give(root, Answer.REJECTED, by="Bob")
    give(root, Answer.REJECTED, by="Ann", note="too fast")
    give(root, Answer.REJECTED, by="Bob", note="too fast")
    assert [(a.by, a.answer.value, a.note) for a in recorded(root)] == [
        ("Ann", "approved", ""),
        ("Bob", "rejected", ""),
        ("Ann", "rejected", "too fast"),
    ]


def test_what_is_not_current_can_not_be_answered(root):
    words(root, "Press any key.")
    outcomes = give(root, patterns=("*",))
    assert codes(outcomes) == [
        ("en/custom/one", Verdict.REFUSED, "not-current"),
        ("en/custom/two", Verdict.DONE, "approved"),
    ]
    assert "words" in outcomes[0].detail
    assert "revoice" in outcomes[0].remedy
    assert [answer.key for answer in recorded(root)] == [TWO]


@pytest.mark.parametrize("by", ["", " \t\n", "\x1b\x00"])
def test_an_answer_needs_a_name(root, by):
    with pytest.raises(InputError, match="--by"):
        give(root, by=by)


def test_nothing_said_writes_no_file(root):
    assert take(root) == []
    assert not (root / "approvals.jsonl").exists()


def test_takes_the_answers_of_a_page(root):
    outcomes = take(root, line(root), line(root, TWO, answer="rejected", by="Bob", note="too\nfast"))
    assert [outcome.code for outcome in outcomes] == ["approved", "rejected"]
    assert [(a.key, a.by, a.note, a.at) for a in recorded(root)] == [
        (ONE, "Ann", "", "2026-03-01T12:00:30Z"),
        (TWO, "Bob", "too fast", "2026-03-01T12:00:30Z"),
    ]
    again = take(root, line(root), line(root, TWO, answer="rejected", by="Bob", note="too\nfast"))
    assert [outcome.code for outcome in again] == ["kept", "kept"]
    assert len(recorded(root)) == 2


def test_the_clock_is_the_present_when_none_is_given(root):
    early = datetime.now(UTC).replace(microsecond=0)
    list(approve.from_file(read(root), write(root, line(root))))
    assert early <= datetime.fromisoformat(recorded(root)[0].at) <= datetime.now(UTC)


def test_of_several_answers_on_one_prompt_the_last_counts(root):
    outcomes = take(root, line(root), line(root, TWO), line(root, answer="rejected", note="no"))
    assert [outcome.subject for outcome in outcomes].count("en/custom/one") == 1
    assert {a.key: a.answer for a in recorded(root)} == {ONE: Answer.REJECTED, TWO: Answer.APPROVED}


def test_an_answer_on_another_sound_has_lapsed(root):
    old = line(root)
    words(root, "Press any key.")
    assert codes(take(root, old)) == [("en/custom/one", Verdict.REFUSED, "lapsed")]  # before it is spoken
    speak(root)
    assert codes(take(root, old, line(root, TWO))) == [
        ("en/custom/one", Verdict.REFUSED, "lapsed"),
        ("en/custom/two", Verdict.DONE, "approved"),
    ]


def test_an_unknown_prompt_stops_no_other(root):
    outcomes = take(root, line(root, id="custom/nowhere\x1b[2J"), line(root))
    assert codes(outcomes) == [
        ("en/custom/nowhere [2J", Verdict.FAILED, "unknown-prompt"),
        ("en/custom/one", Verdict.DONE, "approved"),
    ]


def test_what_a_terminal_would_obey_is_not_recorded(root):
    take(root, line(root, by="A\x1b[31mnn\ud800", note="see\r\n\x9bthis"))
    (answer,) = recorded(root)
    assert (answer.by, answer.note) == ("A [31mnn", "see this")


def test_what_was_given_is_kept_when_the_reader_stops_early(root):
    outcomes = approve.from_file(read(root), write(root, line(root), line(root, TWO)), NOW)
    next(outcomes)
    outcomes.close()
    assert [answer.key for answer in recorded(root)] == [ONE]


WRONG = [
    ({"voicekit-approvals": 2}, "version 2"),
    ({"workspace": "Storm"}, "'Storm'"),
    ({"answers": {}}, "answers must be a list"),
    ({"answers": [[]]}, "answer 1: answer must be a text"),
    ({"answers": [{"answer": "perhaps", "by": "Ann"}]}, "approved or accepted or rejected, not 'perhaps'"),
]


@pytest.mark.parametrize(("other", "message"), WRONG)
def test_a_wrong_file_is_named_and_nothing_of_it_is_recorded(root, other, message):
    with pytest.raises(InputError, match=message) as caught:
        take(root, line(root), **other)
    assert str(root / "approvals.json") in str(caught.value)
    assert recorded(root) == []


@pytest.mark.parametrize("missing", ["language", "id", "sound", "answer", "by", "note"])
def test_a_field_that_is_missing_is_named(root, missing):
    broken = {key: value for key, value in line(root).items() if key != missing}
    with pytest.raises(InputError, match=f"answer 2: {missing} must be"):
        take(root, line(root, TWO), broken)
    assert recorded(root) == []


def test_an_answer_of_nobody_is_wrong(root):
    with pytest.raises(InputError, match="answer 1: by is empty"):
        take(root, line(root, by="  "))


@pytest.mark.parametrize("content", [b"", b"<!doctype html>", b"\xff\xfe", b"[" * 200_000, b"[]", b"{}", b"null"])
def test_what_is_no_such_file_is_refused(root, content):
    path = root / "approvals.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"approvals\.json: .*proof page"):
        approve.from_file(read(root), path, NOW)


def test_a_file_too_large_is_not_read(root, monkeypatch):
    path = write(root, line(root))
    monkeypatch.setattr(approve, "LIMIT", path.stat().st_size - 1)
    with pytest.raises(InputError, match="larger than"):
        approve.from_file(read(root), path, NOW)
