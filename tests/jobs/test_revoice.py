"""What is made anew and what is left alone: exactly what the hashes say, and the files on disk are the proof."""

import hashlib
import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import PROMPTS, Site

from voicekit import fs
from voicekit.approvals import Answer
from voicekit.audio.recipe import Finish
from voicekit.engines import Price
from voicekit.engines.tone import Tone
from voicekit.jobs import revoice as job

ALL = {f"en/{name}" for name in PROMPTS}
RECORDS = {"voicekit.lock", "build/manifest.jsonl"}


@pytest.fixture
def made(site, revoice):
    """The site with everything spoken."""
    assert revoice().counts == {"spoken": 3}
    return site


@pytest.fixture
def mute(monkeypatch):
    """An engine that must not be asked."""

    def speak(*_):
        raise AssertionError("something was spoken")

    monkeypatch.setattr(Tone, "speak", speak)


def touched(before, after):
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} - RECORDS


def built_files(*names):
    return {f"build/sounds/en/{name}.{extension}" for name in names for extension in ("ulaw", "sln16", "gsm")}


def test_a_run_makes_masters_lock_files_and_a_manifest_of_them(made):
    assert set(made.tree("build/sounds")) == built_files(*PROMPTS)
    assert set(made.entries()) == {("en", name) for name in PROMPTS}
    assert {entry.master for entry in made.entries().values()} == made.load().masters.names()
    for line in made.built().values():
        assert line.sound == made.entries()[line.key].parts.sound
        for file in line.files.values():
            data = (made.root / "build/sounds" / file.path).read_bytes()
            assert (file.bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert not list((made.root / ".voicekit/tmp").glob("*"))


def test_a_second_run_touches_nothing_at_all(made, mute, revoice):
    before = made.times()
    assert revoice().counts == {"current": 3}
    assert made.times() == before


def test_one_word_is_one_prompt(made, revoice):
    before = made.times()
    made.words(PROMPTS | {"custom/one": "Press nine."})
    assert revoice().codes == dict.fromkeys(ALL, "current") | {"en/custom/one": "spoken"}
    new = touched(before, made.times()) - {"prompts/en/menu.toml"}
    assert new == built_files("custom/one") | {f"masters/{made.master('custom/one').name}"}


def test_white_space_and_notes_change_nothing(made, mute, revoice):
    made.words({name: f"  {words.replace(' ', '  ')}\n" for name, words in PROMPTS.items()})
    with (made.root / "prompts/en/menu.toml").open("a") as file:
        file.write('note = "read slowly"\n')
    assert revoice().counts == {"current": 3}


@pytest.mark.parametrize("field", [field.name for field in fields(Finish)])
def test_a_finish_key_speaks_nothing_and_finishes_all(made, mute, revoice, field):
    other = {"trim": "false", "level": "-24", "high_pass": "120", "ceiling": "-6"}.get(field, "0.05")
    before, masters = made.tree(), made.times("masters")
    made.voice(finish=f"{field} = {other}")
    ran = revoice()
    assert ran.codes == dict.fromkeys(ALL, "finished")
    assert all(outcome["data"]["why"] == ["finish"] for outcome in ran.outcomes)
    assert made.times("masters") == masters
    if field not in ("trim", "fade", "ceiling"):  # a tone swells out of silence, and has no peaks
        assert touched(before, made.tree()) >= built_files(*PROMPTS)


@pytest.mark.parametrize("change", [{"settings": "pitch = 150"}, {"voice": "another"}])
def test_another_voice_or_setting_speaks_all(made, revoice, change):
    made.voice(**change)
    assert revoice().counts == {"spoken": 3}
    assert revoice().counts == {"current": 3}


def test_a_lexicon_entry_speaks_the_prompts_with_its_word(made, revoice):
    made.lexicon(PRESS="push", here="there", sale="nothing: not a whole word")
    assert {name for name, code in revoice().codes.items() if code == "spoken"} == ALL
    made.lexicon(PRESS="push", here="elsewhere")
    assert {name for name, code in revoice().codes.items() if code == "spoken"} == {"en/closed"}
    made.lexicon(here="elsewhere")
    assert {name for name, code in revoice().codes.items() if code == "spoken"} == ALL - {"en/closed"}


def test_notes_and_other_languages_in_the_lexicon_speak_nothing(made, mute, revoice):
    made.write("voices/robot/lexicon.toml", '[word.press]\nsay = "x"\nlanguage = "ru"\nnote = "new"\n')
    assert revoice().counts == {"current": 3}


def test_another_version_of_the_engine_changes_nothing(made, mute, monkeypatch, revoice):
    monkeypatch.setattr(Tone, "version", lambda _: "2")
    assert revoice().counts == {"current": 3}


def test_only_what_is_named(site, revoice):
    assert set(revoice("custom/*").codes) == {"en/custom/one", "en/custom/two"}
    assert set(site.tree("build/sounds")) == built_files("custom/one", "custom/two")
    assert revoice("en/closed").counts == {"spoken": 1}
    wrong = revoice("custom/onne")
    assert (wrong.code, wrong.out) == (4, "")
    assert 'did you mean "custom/one"' in wrong.err


def test_all_asks_with_count_and_cost(made, monkeypatch, run):
    argv = ("revoice", "-C", made.root, "--all", "custom/*")
    monkeypatch.setattr(Tone, "price", Price(1000.0, "USD", "2026-01-01"))
    would = run(*argv, "--dry-run").out
    assert "would-cost   engine tone  2 prompts, 30 characters, about 0.03 USD" in would
    before = made.times()
    for answer in ("n\n", ""):
        ran = run(*argv, stdin=answer)
        assert (ran.code, ran.out.strip()) == (130, "")
        assert "2 prompts, 30 characters, about 0.03 USD" in ran.err
        assert made.times() == before
    spoken = run(*argv, stdin="y\n").out
    assert "2 spoken" in spoken
    assert "cost         engine tone  2 prompts, 30 characters, about 0.03 USD" in spoken
    assert "2 spoken" in run(*argv, "--yes").out
    assert set(touched(before, made.times())) >= built_files("custom/one")
    assert not touched(before, made.times()) & built_files("closed")


def test_a_dry_run_foretells_and_does_nothing(made, mute, revoice, run):
    made.words({"custom/one": "Press nine.", "custom/two": PROMPTS["custom/two"], "new": "New."})
    made.config(("ulaw", "g722"))
    before = made.times()
    ran = revoice("--dry-run")
    assert ran.code == 0
    assert [ran.counts[code] for code in ("would-speak", "would-build", "would-remove")] == [2, 1, 7]
    assert made.times() == before


def test_a_prompt_that_is_gone_takes_its_files_but_not_its_master(made, mute, revoice, run):
    master = made.master("closed")
    made.words({name: words for name, words in PROMPTS.items() if name != "closed"})
    assert revoice().counts == {"current": 2, "removed": 3}
    assert set(made.tree("build/sounds")) == built_files("custom/one", "custom/two")
    assert master.exists()
    assert ("en", "closed") not in made.built()
    assert run("status", "-C", made.root, "--json").outcomes[2]["code"] == "orphaned"
    made.words(PROMPTS)
    assert revoice().codes["en/closed"] == "built"


def test_formats_come_and_go_alone(made, mute, revoice):
    before = made.times("build/sounds")
    made.config(("ulaw", "g722"))
    assert revoice().counts == {"built": 3, "removed": 6}
    after = made.times("build/sounds")
    assert {name.rpartition(".")[2] for name in after.keys() - before.keys()} == {"g722"}
    assert {name for name in before if before[name] == after.get(name)} == {f"build/{x}.ulaw" for x in names()}


def names():
    return {f"sounds/en/{name}" for name in PROMPTS}


@pytest.mark.parametrize("harm", ["absent", "cut", "no manifest", "folder"])
def test_what_is_missing_in_build_is_made_again(made, mute, revoice, harm):
    before = made.tree("build")
    file = made.root / "build/sounds/en/closed.gsm"
    if harm == "absent":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(file.read_bytes()[:-33])
    elif harm == "no manifest":
        (made.root / "build/manifest.jsonl").unlink()
    else:
        fs.sync_folder(made.root / "build")
        for path in sorted((made.root / "build").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    assert revoice().counts["built"] == (1 if harm in ("absent", "cut") else 3)
    assert made.tree("build") == before


def test_nothing_to_speak_and_nobody_to_speak_it(site, revoice):
    site.words({"sound": "[a gong]", "dots": "...", "one": "One."})
    site.languages = ("en", "ru")
    site.config(("ulaw",))
    site.write("prompts/ru/menu.toml", '[one]\ntext = "Один."\n')
    ran = revoice()
    codes = {"en/sound": "no-words", "en/dots": "cannot-speak", "en/one": "spoken", "ru/one": "no-speaker"}
    assert (ran.code, ran.codes) == (3, codes)


def test_a_human_voice_waits_for_a_take(made, mute, revoice):
    made.words(PROMPTS | {"new": "Say this."})
    made.voice(engine="human")
    ran = revoice()
    assert (ran.code, set(ran.codes.values())) == (0, {"needs-take"})
    assert made.entries().keys() == {("en", name) for name in PROMPTS}


def test_what_a_person_said_is_finished_again_without_that_person(made, revoice):
    made.voice(engine="human")
    lock, staging = made.situation().lock, made.load().staging
    for state in made.situation().states():
        lock.entries[state.key] = replace(state.entry, parts=state.parts)
    lock.save(made.root / "voicekit.lock", staging=staging)
    assert revoice().counts == {"built": 3}
    made.voice(engine="human", finish="level = -24")
    assert revoice().counts == {"finished": 3}


def test_a_rejected_sound_is_not_spoken_anew_unasked(made, mute, revoice):
    approvals = made.situation().approvals
    made.approve("*")
    (answer, *_) = made.situation().approvals.answers
    approvals.add(replace(answer, answer=Answer.REJECTED, note="no"))
    approvals.save(made.root / "approvals.jsonl", staging=made.load().staging)
    assert revoice().counts == {"current": 3}


EDITS = st.one_of(
    st.tuples(st.just("words"), st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["One.", "Two.", "Three."]))),
    st.tuples(st.just("finish"), st.sampled_from(["", "level = -24", "tail = 0.3"])),
    st.tuples(st.just("config"), st.sampled_from([("ulaw",), ("ulaw", "gsm"), ("sln16",)])),
    st.tuples(st.just("run"), st.none()),
)


@settings(derandomize=True, deadline=None, max_examples=12)
@given(st.lists(EDITS, min_size=2, max_size=6))
def test_however_it_came_about_the_same_workspace_has_the_same_build(tmp_path_factory, edits):
    root = tmp_path_factory.mktemp("edited")
    site = Site(root / "site")
    for verb, value in [*edits, ("run", None)]:
        if verb == "run":
            assert not any(outcome.bad for outcome in job.apply(job.plan(site.situation())))
        elif verb == "finish":
            site.voice(finish=value)
        else:
            getattr(site, verb)(value)
    edited = site.tree("build")
    for path in sorted((site.root / "build").rglob("*")):
        if path.is_file():
            path.unlink()
    assert all(outcome.code == "built" for outcome in job.apply(job.plan(site.situation())))
    assert site.tree("build") == edited


@pytest.mark.parametrize("path", ["{outside}", "../../masters/{master}.flac", "en/../../../precious"])
def test_a_manifest_from_a_stranger_removes_nothing_elsewhere(site, revoice, tmp_path, path):
    outside = tmp_path / "precious"
    outside.touch()
    revoice()
    before = site.tree()
    lines = (site.root / "build/manifest.jsonl").read_text().splitlines()
    master = json.loads(lines[1])["master"]
    evil = json.loads(lines[1]) | {"id": "gone"}
    evil["files"] = {"ulaw": {"path": path.format(outside=outside, master=master), "bytes": 1, "sha256": ""}}
    (site.root / "build/manifest.jsonl").write_text("\n".join([*lines, json.dumps(evil)]) + "\n")
    assert revoice().code == 0
    assert outside.exists()
    assert {name: data for name, data in site.tree().items() if "manifest" not in name} == {
        name: data for name, data in before.items() if "manifest" not in name
    }


def test_a_text_that_is_too_long_for_the_engine_is_cut_at_sentences_and_joined(site, revoice, monkeypatch):
    asked = site.root / "asked"
    speak = Tone.speak

    def noted(self, speech):
        with asked.open("a") as file:
            file.write(f"{speech.text}\n")
        return speak(self, speech)

    monkeypatch.setattr(Tone, "speak", noted)
    monkeypatch.setattr(Tone, "longest", 30)
    site.words({"long": "Press one for sales. Press two for service. Press three to hear this again."})
    assert revoice().counts == {"spoken": 1}
    said = asked.read_text().splitlines()
    assert len(said) > 1
    assert max(map(len, said)) <= 30
    assert " ".join(said) == site.entries()["en", "long"].spoken
