"""Announcements: spoken beside the catalogue, armed at a target, called off."""

import os
import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from deploy.far import far
from hypothesis import given
from hypothesis import strategies as st
from release.packages import tree

from voicekit.cli import main
from voicekit.deploy import announce, named, reach
from voicekit.deploy.look import look


@pytest.fixture
def pbx(tmp_path, monkeypatch):
    """A far side where a cron seems to run, with Asterisk's configuration."""
    if not shutil.which("dash"):
        pytest.skip("no dash here: apt-get install dash")
    with far(tmp_path / "far", "here", "dash") as side:
        (side.bin / "date").write_text(f'#!/bin/sh\nexec {shutil.which("date")} "$@"\n')
        (side.bin / "date").chmod(0o755)
        etc = tmp_path / "root/etc"
        (etc / "asterisk").mkdir(parents=True)
        (etc / "cron.d").mkdir()
        (tmp_path / "root/proc/7").mkdir(parents=True)
        (tmp_path / "root/proc/7/comm").write_text("cron\n")
        (etc / "timezone").write_text("Europe/Moscow\n")
        (etc / "asterisk/extensions.conf").write_text("exten => 1,1,Playback(custom/announce)\n")
        monkeypatch.setenv("ASTERISK_ROOT", str(tmp_path / "root"))
        monkeypatch.setenv("PATH", f"{side.bin}")
        yield side


def test_its_clock_and_dialplan_are_asked(pbx):
    with reach(pbx.target("/")) as machine:
        asked = announce.ask(machine, "custom/announce")
        assert asked.mentions == 1
        assert asked.now.utcoffset() == timedelta(hours=3)
        assert abs(asked.now - datetime.now(UTC)) < timedelta(minutes=1)
        assert announce.ask(machine, "custom/nobody-plays-this").mentions == 0


def test_words_are_on_the_air_until_they_are_called_off(site, pbx, tmp_path, capsys):
    if os.geteuid() != 0:
        pytest.skip("only root may write to cron.d")
    sounds = tmp_path / "sounds"
    (sounds / "en/custom").mkdir(parents=True)
    (sounds / "en/custom/announce.ulaw").write_bytes(b"every day")
    (sounds / "en/custom/announce.wav").write_bytes(b"another format")
    config = site.root / "voicekit.toml"
    config.write_text(f'{config.read_text()}\n[targets.pbx]\nsounds = "{sounds}"\n')
    before = tree(sounds)
    say = ["say", "Snow.", "--as", "custom/announce", "--until", "2h", "-C", str(site.root)]
    assert main(say) == 2  # nobody is here to say yes
    code = main([*say, "--by", "Ann"])
    said = capsys.readouterr()
    assert code == 0, said
    assert "announced    pbx  en/custom/announce on the air until" in said.out
    assert "not-played" not in said.out
    on = {name for name, entry in tree(sounds).items() if entry[3] is not None}
    assert on == {f"en/custom/announce.{kind}" for kind in ("ulaw", "sln16", "gsm")}
    with reach(pbx.target(sounds)) as machine:
        seen = look(machine, str(sounds), ())
    assert list(seen.armed) == ["en/custom/announce"]
    cancel = ["say", "--cancel", "--as", "custom/announce", "-C", str(site.root)]
    assert main(cancel) == 0
    assert tree(sounds) == before
    assert not (site.root / "voicekit.lock").exists()
    assert not (site.root / "build").exists()
    assert len(list((site.root / "masters").glob("*.flac"))) == 1
    capsys.readouterr()
    assert main(cancel) == 3  # there is none any more
    assert "no announcement of en/custom/announce is armed there" in capsys.readouterr().out


def test_what_is_asked_for_must_make_sense(site, capsys):
    assert main(["say", "Snow.", "--as", "custom/announce", "-C", str(site.root)]) == 4
    assert "there is no target yet" in capsys.readouterr().err
    config = site.root / "voicekit.toml"
    config.write_text(f'{config.read_text()}\n[targets.pbx]\nsounds = "/nowhere"\n')
    for wrong in (["--as", "custom/announce"], ["--until", "9:00"], ["--as", "../x", "--until", "9:00", "--by", "Ann"]):
        assert main(["say", "Snow.", *wrong, "-C", str(site.root)]) in (2, 4), wrong
    assert capsys.readouterr().out == ""


ALIKE = ("custom/a_b", "custom/a-b", "custom/A-b", "custom-a/b")


def test_prompts_of_like_names_are_announcements_of_their_own(site, pbx, tmp_path, run):
    """People see the path of the prompt, whatever the scheduler there calls it."""
    if os.geteuid() != 0:
        pytest.skip("only root may write to cron.d")
    folder = target(site, tmp_path)
    for name in ALIKE:
        ran = run("say", "Snow.", "--as", name, "--until", "2h", "--by", "Ann", "-t", "pbx", "-C", site.root)
        assert ran.code == 0
        assert re.search(rf"announced    pbx  en/{name} on the air until .* MSK; armed by cron; on\n", ran.out)
        assert (folder / f"en/{name}.ulaw").exists()
    told = run("deploy", "status", "pbx", "-C", site.root).out
    assert all(f"announcement en/{name} until" in told for name in ALIKE)
    ran = run("say", "--cancel", "--as", ALIKE[1], "-t", "pbx", "-C", site.root)
    assert (ran.code, "en/custom/a-b: off; cancelled" in ran.out) == (0, True)
    assert [(folder / f"en/{name}.ulaw").exists() for name in ALIKE] == [True, False, True, True]
    ran = run("say", "--cancel", "--as", "custom/ab", "-t", "pbx", "-C", site.root)
    assert (ran.code, "armed there: en/custom-a/b, en/custom/A-b, en/custom/a_b" in ran.out) == (3, True)


def test_one_that_holds_the_file_of_another_is_named_by_its_prompt():
    said = "pbx: announcement en--custom--a-1b holds en/custom/a_b.ulaw: cancel it first; nothing was changed"
    assert named.readable(said) == said.replace("en--custom--a-1b", "en/custom/a_b")
    assert named.readable("/var/lib/voicekit/voicekit-say-en--x-01234567: no") == (
        "/var/lib/voicekit/voicekit-say-en--x-01234567: no"
    )


SIGNS = st.text("abzABZ019-_/", min_size=1, max_size=80)


@given(st.tuples(st.sampled_from(["en", "ru", "fr_CA"]), SIGNS), st.tuples(st.sampled_from(["en", "fr_ca"]), SIGNS))
def test_a_name_is_of_one_prompt(one, other):
    assert (named.name_of(one) == named.name_of(other)) == (one == other)
    assert named.prompt_of(named.name_of(one)) == "/".join(one)
    assert re.fullmatch("[a-z][a-z0-9-]*", named.name_of(one))


def test_nothing_is_spoken_for_a_time_or_a_target_that_is_none(site, pbx, tmp_path, run):
    folder = target(site, tmp_path)
    say = ("say", "Snow.", "--as", "custom/announce", "--by", "Ann", "-C", site.root)
    for wrong, code, said in (
        (("--until", "noonish"), 4, '"noonish" is no time'),
        (("--until", "9:00", "--from", "noonish"), 4, '"noonish" is no time'),
        (("--until", "1999-01-01 9:00"), 4, "is no day"),
        (("--until", "2020-01-01 9:00"), 3, "is past"),
        (("--until", "today 0:00"), 3, '"today 0:00" is past'),
        (("--until", "2h", "--target", "pbx2"), 4, "pbx2"),
        (("--until", "2h", "--target", "gone"), 3, "no such folder"),
    ):
        ran = run(*say, *wrong)
        assert ran.code == code, wrong
        assert said in ran.out + ran.err
        assert "\nspoken" not in f"\n{ran.out}"
    assert not (site.root / "masters").exists() or not list((site.root / "masters").iterdir())
    assert not (folder / ".voicekit").exists()


def test_nothing_is_spoken_where_nothing_would_take_it_off(site, pbx, tmp_path, run):
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    config = site.root / "voicekit.toml"
    config.write_text(f'{config.read_text()}\n[targets.pbx]\nsounds = "{sounds}"\n')
    (tmp_path / "root/proc/7/comm").write_text("sh\n")
    ran = run("say", "Snow.", "--as", "custom/announce", "--until", "2h", "--by", "Ann", "-C", site.root)
    assert ran.code == 3
    assert "nobody would take it off" in ran.out
    assert not list((site.root / "masters").glob("*.flac"))
    assert tree(sounds) == {}


def test_a_target_that_cannot_take_it_stops_no_other(site, pbx, tmp_path, run):
    if os.geteuid() != 0:
        pytest.skip("only root may write to cron.d")
    target(site, tmp_path)
    ran = run("say", "Snow.", "--as", "custom/announce", "--by", "Ann", "--until", "2h", "-C", site.root, "--json")
    assert ran.code == 3
    assert [(one["subject"], one["code"]) for one in ran.outcomes] == [
        ("gone", "not-done"),
        ("en/custom/announce", "spoken"),
        ("pbx", "announced"),
    ]


def target(site, tmp_path):
    """The folder of sounds of `pbx`; another one, `gone`, is not there."""
    folder = tmp_path / "sounds"
    folder.mkdir()
    config = site.root / "voicekit.toml"
    config.write_text(
        f'{config.read_text()}\n[targets.pbx]\nsounds = "{folder}"\n[targets.gone]\nsounds = "{folder}/gone"\n'
    )
    return folder
