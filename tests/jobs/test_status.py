"""Status says what each sound is worth and why, and changes nothing."""

import shutil
from dataclasses import replace

import pytest
from sites import PROMPTS

from voicekit import text
from voicekit.approvals import Answer
from voicekit.engines.tone import Tone
from voicekit.errors import EngineError
from voicekit.lock import Lock


@pytest.fixture
def made(site, revoice):
    assert revoice().code == 0
    return site


@pytest.fixture
def status(site, run):
    """`status(*ids)` as outcomes by subject; it never writes anything."""

    def judge(*ids):
        before = site.times()
        ran = run("status", "-C", site.root, "--json", *ids)
        assert (ran.code, ran.err) == (0, "")
        assert site.times() == before
        return {outcome["subject"]: outcome for outcome in ran.outcomes}

    return judge


CHANGES = {
    "words": lambda site: site.words(PROMPTS | {"custom/one": "Press nine."}),
    "lexicon": lambda site: site.lexicon(one="won"),
    "voice": lambda site: site.voice(voice="another"),
    "settings": lambda site: site.voice(settings="pitch = 100"),
    "finish": lambda site: site.voice(finish="level = -24"),
}


@pytest.mark.parametrize("part", CHANGES)
def test_it_says_why(made, status, part):
    CHANGES[part](made)
    outcome = status()["en/custom/one"]
    assert (outcome["code"], outcome["detail"], outcome["data"]["why"]) == ("stale", part, [part])
    assert outcome["remedy"] == "run voicekit revoice"
    others = {"current"} if part in ("words", "lexicon") else {"stale"}
    assert {status()[f"en/{name}"]["code"] for name in PROMPTS if name != "custom/one"} == others


def test_it_says_all_of_why(made, status):
    for change in ("words", "lexicon", "finish"):
        CHANGES[change](made)
    made.lexicon(press="push")
    assert status("custom/one")["en/custom/one"]["data"]["why"] == ["words", "lexicon", "finish"]


def test_every_state_has_its_word(made, status, run):
    made.master("custom/two").unlink()
    made.words({"custom/one": "Press one.", "custom/two": PROMPTS["custom/two"], "new": "New.", "gong": "[a gong]"})
    found = status()
    assert {name: found[f"en/{name}"]["code"] for name in ("custom/one", "custom/two", "new", "gong", "closed")} == {
        "custom/one": "current", "custom/two": "no-master", "new": "missing", "gong": "no-words", "closed": "orphaned",
    }  # fmt: skip
    assert "its Master stays" in found["en/closed"]["remedy"]
    assert found["masters"]["code"] == "only-here"
    assert set(status("custom/*")) == {"en/custom/one", "en/custom/two"}
    out = run("status", "-C", made.root).out
    assert "en/custom/one" not in out
    assert "en/new" in out
    assert "en/custom/one" in run("status", "-C", made.root, "--all").out


def test_masters_that_were_pushed_are_not_only_here(made, run):
    def only_here():
        outcomes = run("status", "-C", made.root, "--json").outcomes
        return sum(len(one["data"]["masters"]) for one in outcomes if one["code"] == "only-here")

    (made.root / "nas").mkdir()
    push = ("release", "push", "--store", "file:nas", "-C", made.root)
    assert run("release", "build", "-C", made.root).code == 0
    assert run(*push, "--no-masters").code == 0
    assert only_here() == 3
    assert run(*push).code == 0
    assert only_here() == 0
    made.words({**PROMPTS, "custom/one": "Press eight."})
    assert run("revoice", "-C", made.root).code == 0
    assert only_here() == 1
    (made.root / ".voicekit/pushed.json").write_text("{")
    assert only_here() == 3


def test_the_overview_counts_what_is_there(made, status):
    found = status()["en"]["data"]
    sizes = [len(data) for data in made.tree("build/sounds").values()]
    assert found["states"] == {"current": 3}
    assert (found["files"], found["bytes"]) == (len(sizes), sum(sizes))
    seconds = sum(len(data) / 8000 for name, data in made.tree("build/sounds").items() if name.endswith(".ulaw"))
    assert found["seconds"] == pytest.approx(seconds, abs=0.06)


def test_an_upgraded_engine_is_one_line(made, monkeypatch, status):
    before = status()
    monkeypatch.setattr(Tone, "version", lambda _: "2")
    after = status()
    line = after.pop("engine tone")
    assert after == before
    assert (line["verdict"], line["code"]) == ("kept", "other-version")
    assert "is 2 here; what 1 spoke stays as it is, 3 prompts" in line["detail"]


def test_an_engine_that_does_not_run_here_stops_no_status(made, monkeypatch, status):
    def version(_):
        raise EngineError("no library")

    monkeypatch.setattr(Tone, "version", version)
    assert status()["engine tone"]["code"] == "engine-missing"


def test_an_upgraded_voicekit_is_one_line(made, monkeypatch, status, revoice):
    before = status()
    monkeypatch.setitem(text.STEPS, "en", [lambda words: words.replace("one", "won")])
    after = status()
    assert "1 prompt would be read in other words" in after.pop("text")["detail"]
    assert after == before
    assert revoice().counts == {"current": 3}
    assert revoice("--all", "--yes", "custom/one").counts == {"spoken": 1}
    assert "text" not in status()
    assert Lock.load(made.root / "voicekit.lock").entries["en", "custom/one"].spoken == "Press won."


def test_approvals_that_are_awaited(made, status):
    assert "3 of 3 current sounds await approval, 0 are rejected" in status()["approvals"]["detail"]
    made.approve("*")
    assert "approvals" not in status()
    assert status()["en/closed"]["data"]["answer"] == "approved"
    approvals = made.situation().approvals
    approvals.add(replace(approvals.answers[0], answer=Answer.REJECTED, by="Bob", note="too fast"))
    approvals.save(made.root / "approvals.jsonl", staging=made.load().staging)
    found = status()
    assert "0 of 3 current sounds await approval, 1 are rejected" in found["approvals"]["detail"]
    assert found["en/closed"]["detail"] == "rejected by Bob: too fast"
    CHANGES["finish"](made)
    assert "approvals" not in status()  # nothing is current: there is nothing to listen to


def test_masters_that_nothing_uses_are_kept_and_counted(made, status, revoice):
    old = made.master("custom/one")
    CHANGES["words"](made)
    revoice()
    line = status()["masters"]
    assert (line["code"], line["data"]["masters"]) == ("unused", [old.stem])
    assert old.exists()


def test_a_human_voice_and_several_speakers(made, status):
    made.words(PROMPTS | {"new": "Say this."})
    made.voice(engine="human")
    found = status()
    assert found["en/new"]["code"] == "needs-take"
    made.languages = ("en", "ru")
    made.voice()
    assert "en: en, ru: ru" in status()["voices/robot"]["detail"]


def test_a_workspace_with_nothing_in_it(site, status):
    shutil.rmtree(site.root / "prompts")
    assert status()["en"]["detail"].startswith("no prompts; 0 s of sound; 0 files")
