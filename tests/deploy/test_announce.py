"""Announcements: spoken beside the catalogue, armed at a target, called off."""

import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from deploy.far import far
from release.packages import tree

from voicekit.cli import main
from voicekit.deploy import announce, reach
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
    assert list(seen.armed) == ["en-custom-announce"]
    assert main(["say", "--cancel", "--as", "custom/announce", "-C", str(site.root)]) == 0
    assert tree(sounds) == before
    assert not (site.root / "voicekit.lock").exists()
    assert not (site.root / "build").exists()
    assert len(list((site.root / "masters").glob("*.flac"))) == 1


def test_what_is_asked_for_must_make_sense(site, capsys):
    assert main(["say", "Snow.", "--as", "custom/announce", "-C", str(site.root)]) == 4
    assert "there is no target yet" in capsys.readouterr().err
    config = site.root / "voicekit.toml"
    config.write_text(f'{config.read_text()}\n[targets.pbx]\nsounds = "/nowhere"\n')
    for wrong in (["--as", "custom/announce"], ["--until", "9:00"], ["--as", "../x", "--until", "9:00", "--by", "Ann"]):
        assert main(["say", "Snow.", *wrong, "-C", str(site.root)]) in (2, 4), wrong
    assert capsys.readouterr().out == ""
