"""A folder through lint: what is reported, mended, foretold; and that a second run finds nothing to mend."""

import json
import os

import numpy as np
import pytest
from pbx.riff import chunk, data, extensible, fmt, plain, riff, voice

from voicekit.cli import main
from voicekit.errors import Exit, InputError, LockedError
from voicekit.fs import exclusive
from voicekit.jobs import lint
from voicekit.outcome import Verdict
from voicekit.pbx.mend import STORE
from voicekit.pbx.rules import RULES, Severity

V = voice()
PCM = V.tobytes()
CAPITALS = riff(extensible(), data(PCM))
BAD = {
    "en/a.wav": CAPITALS,
    "en/b.Wav": CAPITALS,  # two rounds: its name, then what is in it
    "en/c.WAV": plain(V),
    "en/d.gsm": b"\xd0" + bytes(32) + b"\xd0",
    "en/e.wav": riff(fmt(), data(PCM, 0xFFFFFFFF)),
    "en/f.ulaw": riff(fmt(7, align=1, bits=8), chunk(b"LIST", bytes(3), pad=True), data(bytes(range(256)) * 9)),
}
LEFT = {
    "en/good.sln": PCM,
    "en/rate.wav": plain(V, 16000),
    "en/two.sln": PCM,
    "en/two.ogg": b"",
    "ru/silent.sln": bytes(8000),
}


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "sounds"
    for name, content in (BAD | LEFT).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
        os.utime(root / name, (1e9, 1e9))
    return root


def content(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def found(outcomes, root):
    return sorted((os.path.relpath(outcome.subject, root), outcome.code) for outcome in outcomes)


REMAINING = [
    ("en/good.sln", "good"),
    ("en/rate.wav", "wrong-rate"),
    ("en/two.ogg", "empty"),
    ("en/two.ogg", "same-codec"),
    ("en/two.sln", "good"),
    ("ru/silent.sln", "silent"),
]


def test_reports_each_finding_and_changes_nothing(folder):
    before = content(folder)
    outcomes = list(lint.report(lint.plan(folder)))
    assert set(REMAINING) < set(found(outcomes, folder))
    assert content(folder) == before
    for outcome in outcomes:
        if outcome.verdict is not Verdict.KEPT:
            severity = RULES[outcome.code].severity
            assert (outcome.verdict is Verdict.FAILED) is (severity is Severity.ERROR)
            assert outcome.data["severity"] == severity.value
            assert outcome.remedy
    assert [outcome.subject for outcome in outcomes] == sorted(outcome.subject for outcome in outcomes)


def test_mends_and_then_has_nothing_to_mend(folder):
    before = content(folder)
    outcomes = list(lint.apply(lint.plan(folder)))
    mended = [outcome for outcome in outcomes if outcome.code == "mended"]
    assert {os.path.relpath(outcome.subject, folder) for outcome in mended} == BAD.keys() | {"en/b.wav"}
    after = content(folder)
    kept = {name.removeprefix(f"{STORE}/"): data for name, data in after.items() if name.startswith(f"{STORE}/en")}
    moved = {"en/b.wav": before["en/b.Wav"]}
    assert kept == {
        name: (before | moved)[name] for name in ("en/a.wav", "en/b.wav", "en/d.gsm", "en/e.wav", "en/f.ulaw")
    }
    assert {name: after[name] for name in LEFT} == LEFT
    assert after["en/c.wav"] == plain(V)
    again = lint.plan(folder)
    assert not any(examined.mends for examined in again.examined)
    assert set(REMAINING) < set(found(lint.report(again), folder))
    assert found(lint.apply(again), folder) == found([o for o in outcomes if o.code != "mended"], folder)
    assert content(folder) == after


def test_what_is_foretold_is_what_is_mended(folder):
    before = content(folder)
    foretold = {outcome.subject for outcome in lint.foretell(lint.plan(folder))}
    assert content(folder) == before
    mended = {outcome.subject for outcome in lint.apply(lint.plan(folder)) if outcome.code == "mended"}
    assert foretold == mended - {str(folder / "en/b.wav")}


def test_what_can_not_be_mended_is_named_and_the_others_are(folder, monkeypatch):
    mend = lint.mend

    def failing(root, path, *, now):
        if path.name == "a.wav":
            raise InputError("no luck")
        return mend(root, path, now=now)

    monkeypatch.setattr(lint, "mend", failing)
    outcomes = {outcome.subject: outcome for outcome in lint.apply(lint.plan(folder)) if "mended" in outcome.code}
    failed = outcomes.pop(str(folder / "en/a.wav"))
    assert (failed.verdict, failed.code) == (Verdict.FAILED, "not-mended")
    assert "no luck" in failed.detail
    assert {outcome.code for outcome in outcomes.values()} == {"mended"}


def test_one_mends_at_a_time(folder):
    with exclusive(folder / STORE / "lock", "it"), pytest.raises(LockedError):
        list(lint.apply(lint.plan(folder)))


def test_a_file_with_two_names_is_mended_once(folder):
    (folder / "link.wav").symlink_to("en/a.wav")
    outcomes = [
        o for o in lint.apply(lint.plan(folder)) if o.code == "mended" and o.subject.endswith(("a.wav", "k.wav"))
    ]
    assert len(outcomes) == 1
    assert (folder / "link.wav").is_symlink()


def test_a_file_that_links_lead_to_is_not_renamed(tmp_path):
    (tmp_path / "a.GSM").write_bytes(b"\xd0" + bytes(32))
    (tmp_path / "b.gsm").symlink_to("a.GSM")
    assert "not-mended" in {outcome.code for outcome in lint.apply(lint.plan(tmp_path))}
    assert (tmp_path / "b.gsm").exists()


def test_names_in_any_encoding_are_printed(tmp_path, capsys):
    for name in (b"\xef\xf0\xe8.sln", "привет.sln".encode(), b"a\nb\x1b[2J.sln"):
        (tmp_path / os.fsdecode(name)).write_bytes(b"")
    assert main(["lint", str(tmp_path), "--json"]) == Exit.ITEMS_FAILED
    printed = [json.loads(line)["subject"] for line in capsys.readouterr().out.splitlines()]
    names = {subject.removeprefix(f"{tmp_path}/") for subject in printed}
    assert names == {r"\xef\xf0\xe8.sln", "привет.sln", r"a\nb\x1b[2J.sln"}


def test_the_command(folder, capsys):
    assert main(["lint", str(folder)]) == Exit.ITEMS_FAILED
    shown = capsys.readouterr().out
    assert f"voicekit convert {folder}/en/rate.wav --to DIR --formats wav" in shown
    assert f"{folder}/en/good.sln" not in shown
    assert main(["lint", str(folder), "--fix", "--dry-run"]) == Exit.ITEMS_FAILED
    assert "would-mend" in capsys.readouterr().out
    assert not (folder / STORE).exists()
    for name in ("en/rate.wav", "en/two.ogg", "en/d.gsm"):
        (folder / name).unlink()
    assert main(["lint", str(folder), "--fix"]) == Exit.DONE
    assert main(["lint", str(folder / "nowhere")]) == Exit.INPUT


def test_nothing_to_mend_leaves_no_trace(tmp_path):
    (tmp_path / "a.sln").write_bytes(np.concatenate([V, V]).tobytes())
    assert [outcome.code for outcome in lint.apply(lint.plan(tmp_path))] == ["good"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.sln"]
