"""A PBX that follows a channel by itself."""

import configparser
import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from deploy.conftest import NEW, OLD
from deploy.test_deploy import contents, files
from release.packages import tree

from voicekit.cli import main
from voicekit.release import channels


def promote(customer, manifest):
    channels.move(customer.store, "production", manifest.id, "Anna", datetime.now(UTC).isoformat())


def test_it_follows_the_channel(customer, old, new, sounds, tmp_path, capsys):
    argv = ["pull", "--store", f"file:{tmp_path / 'acme'}", "--sounds", str(sounds)]
    assert main(argv) == 4
    assert 'there is no channel "production"' in capsys.readouterr().err
    promote(customer, old)
    assert main(argv) == 0
    assert contents(sounds) == files(OLD)
    promote(customer, new)
    assert main(argv) == 0
    assert contents(sounds) == files(NEW)
    assert main(argv) == 0
    assert capsys.readouterr().out.splitlines()[-2].startswith("kept")
    promote(customer, old)
    assert main(argv) == 0
    assert contents(sounds) == files(OLD)


def test_what_somebody_changed_is_left_alone_and_told(customer, old, new, sounds, tmp_path, capsys):
    argv = ["pull", "--store", f"file:{tmp_path / 'acme'}", "--sounds", str(sounds)]
    promote(customer, old)
    assert main(argv) == 0
    (sounds / "en/custom/one.ulaw").write_bytes(b"by hand")
    promote(customer, new)
    assert main(argv) == 3
    assert (sounds / "en/custom/one.ulaw").read_bytes() == b"by hand"
    assert "en/custom/one  somebody changed it there" in capsys.readouterr().out


def test_its_units(tmp_path, capsys):
    argv = ["pull", "--store", "s3://acme/a%20b?profile=$x", "--channel", "staging", "--systemd", str(tmp_path)]
    assert main(argv) == 0
    assert "systemctl enable --now voicekit-pull.timer" in capsys.readouterr().out
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(tmp_path / "voicekit-pull.service")
    command = parser["Service"]["ExecStart"]
    assert "pull --store 's3://acme/a%%20b?profile=$$x' --channel staging" in command
    assert command.startswith("/")
    assert main([*argv[:4], "stag ing", *argv[5:]]) == 4
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here: apt-get install systemd")
    units = [str(path) for path in tmp_path.glob("voicekit-pull.*")]
    done = subprocess.run(["systemd-analyze", "verify", *units], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_paths_that_a_service_could_not_find_are_refused(tmp_path, run):
    for wrong in (
        ("--store", "file:store"),
        ("--store", "file:~/store"),
        ("--store", "s3://a/b", "--sounds", "sounds"),
    ):
        ran = run("pull", *wrong, "--systemd", tmp_path)
        assert ran.code == 4
        assert "say the full path" in ran.err
        assert list(tmp_path.iterdir()) == []
    for good in ("file:/srv/store", "s3://acme/pbx", "sftp://nas/store"):
        assert run("pull", "--store", good, "--systemd", tmp_path).code == 0


def test_a_folder_that_is_not_there_is_no_lack_of_a_channel(tmp_path, run):
    ran = run("pull", "--store", f"file:{tmp_path}/nas")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err == f"voicekit: file:{tmp_path}/nas: there is no such folder; is it mounted?\n"


def test_a_dry_run_changes_nothing_and_the_folder_that_was_found_is_named(
    customer, old, new, sounds, tmp_path, run, monkeypatch
):
    """Back again is the older release on the channel."""
    (tmp_path / "etc/asterisk").mkdir(parents=True)
    (tmp_path / "etc/asterisk/asterisk.conf").write_text(f"[directories]\nastdatadir => {tmp_path}\n")
    monkeypatch.setenv("ASTERISK_ROOT", str(tmp_path))
    argv = ("pull", "--store", f"file:{tmp_path / 'acme'}")
    before = tree(sounds)
    for manifest, words in ((old, OLD), (new, NEW), (old, OLD)):
        promote(customer, manifest)
        ran = run(*argv, "--dry-run")
        assert (ran.code, f"in {sounds}: " in ran.out) == (0, True)
        assert tree(sounds) == before
        ran = run(*argv)
        assert (ran.code, f"in {sounds}: " in ran.out) == (0, True)
        assert contents(sounds) == files(words)
        before = tree(sounds)
    assert f"is there already in {sounds}" in run(*argv).out
