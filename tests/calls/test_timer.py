"""The systemd units: what systemd itself says of them."""

import os
import pwd
import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from calls.archives import Workspace

from voicekit.calls import timer
from voicekit.errors import InputError
from voicekit.targets import Target


@pytest.mark.parametrize("place", ["plain", "two words", '100% "sure"', "back\\slash", "почта"])
def test_systemd_finds_nothing_wrong_with_them(tmp_path, place):
    if not shutil.which("systemd-analyze"):
        pytest.skip("apt-get install systemd")
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    there = replace(one.settings, root=tmp_path / "one/.." / place, textfile=tmp_path / place / "x.prom")
    (tmp_path / place).mkdir()
    for name, text in timer.units(there, "1h").items():
        (tmp_path / name).write_text(text)
    units = [tmp_path / f"voicekit-archive.{kind}" for kind in ("service", "timer")]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "voicekit-archive" in line]
    assert (done.returncode, complaints) == (0, []), done.stderr


def test_it_may_write_where_a_run_writes_and_nowhere_else(tmp_path):
    more = f'textfile = "{tmp_path}/prom/voicekit.prom"\n'
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=more)
    (line,) = [
        line for line in timer.units(one.settings, "1h")["voicekit-archive.service"].splitlines() if "ReadWrite" in line
    ]
    assert line == f"ReadWritePaths={tmp_path}/one {tmp_path}/spool {tmp_path}/nas {tmp_path}/prom"


def test_it_runs_as_who_wrote_it_whatever_the_environment_says(tmp_path, monkeypatch):
    for name in ("LOGNAME", "USER"):
        monkeypatch.setenv(name, "somebody-else")  # as su leaves it
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    assert f"User={pwd.getpwuid(os.geteuid()).pw_name}\n" in timer.units(one.settings, "1h")["voicekit-archive.service"]


def test_the_unit_tells_where_the_keys_of_a_store_go(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    told, _, _ = timer.units(one.settings, "1h")["voicekit-archive.service"].partition("EnvironmentFile=")
    assert {"AWS_SECRET_ACCESS_KEY", "cdr_password_env"} <= set(re.findall(r"\w+", told))


def test_sudo_of_this_machine_is_not_kept_from_its_rights(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    assert "NoNewPrivileges=yes\n" in timer.units(one.settings, "1h")["voicekit-archive.service"]
    by_sudo = {"pbx1": replace(one.settings.spools["pbx1"], target=Target("pbx1", sudo=True))}
    text = timer.units(replace(one.settings, spools=by_sudo), "1h")["voicekit-archive.service"]
    assert not {"NoNewPrivileges", "RestrictRealtime", "PrivateDevices"} & {
        line.partition("=")[0] for line in text.split()
    }


def test_a_spool_elsewhere_is_none_of_this_machine(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", "s3://bucket/x", host="ssh://pbx")
    text = timer.units(one.settings, "30min")
    assert f"ReadWritePaths={tmp_path}/one\n" in text["voicekit-archive.service"]
    assert "OnUnitInactiveSec=30min" in text["voicekit-archive.timer"]


@pytest.mark.parametrize("every", ["", "1", "0h", "1h\n[Service]", "-1h", "99999h", "1 h"])
def test_what_is_no_span(tmp_path, every):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    with pytest.raises(InputError, match="is no span"):
        timer.units(one.settings, every)


def test_a_path_with_a_line_break_is_refused(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    with pytest.raises(InputError, match="can't hold this path"):
        timer.units(replace(one.settings, root=tmp_path / "a\nb"), "1h")


@pytest.fixture
def two(tmp_path):
    return [Workspace(tmp_path / one, tmp_path / f"spool-{one}", f"file:{tmp_path}/nas") for one in ("one", "two")]


def test_the_units_of_another_archive_stay(two, tmp_path, run):
    (tmp_path / "units").mkdir()
    at = ("-o", tmp_path / "units")
    one, other = two
    assert run("calls", "timer", *at, "-C", one.root).code == 0
    before = (tmp_path / "units/voicekit-archive.service").read_bytes()
    ran = run("calls", "timer", *at, "-C", other.root)
    assert ran.code == 4
    assert f"is the unit of {one.root}; name that of this archive: --name voicekit-archive-2" in ran.err
    assert (tmp_path / "units/voicekit-archive.service").read_bytes() == before
    assert run("calls", "timer", *at, "--every", "2h", "-C", one.root).code == 0
    assert run("calls", "timer", *at, "--name", "voicekit-archive-2", "-C", other.root).code == 0
    assert len(list((tmp_path / "units").iterdir())) == 4


def test_what_to_type_next_is_said_whole(two, tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my units").mkdir()
    out = run("calls", "timer", "-o", "my units", "-C", two[0].root).out.splitlines()[-1]
    files = " ".join(f"'{tmp_path}/my units/voicekit-archive.{kind}'" for kind in ("service", "timer"))
    assert f"cp {files} /etc/systemd/system && systemctl daemon-reload && systemctl enable --now voic" in out
    assert timer.begin(timer.FOLDER, "x") == "systemctl daemon-reload && systemctl enable --now x.timer"
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert timer.begin(timer.FOLDER, "x") == "sudo systemctl daemon-reload && sudo systemctl enable --now x.timer"


def test_who_may_not_write_there_and_who_has_no_key_is_told(two, tmp_path, run, monkeypatch):
    one = two[0]
    one.key.unlink()
    assert "calls key init" in run("calls", "timer", "-o", tmp_path, "-C", one.root).err
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)
    ran = run("calls", "timer", "-o", tmp_path, "-C", one.root)
    assert ran.code == 6
    assert "you may not write there; use sudo" in ran.err
    assert not list(tmp_path.glob("voicekit-archive*"))


def test_home_is_that_of_who_wrote_it(two, monkeypatch, tmp_path):
    """So the key file that `~` leads to is the one that was made."""
    monkeypatch.setenv("HOME", f"{tmp_path}/at home")
    assert f'Environment="HOME={tmp_path}/at home"\n' in timer.units(two[0].settings, "1h")["voicekit-archive.service"]


@pytest.mark.parametrize("name", ["", "a/b", "-x", "a b"])
def test_what_is_no_name_of_a_unit(two, name):
    with pytest.raises(InputError, match="no name of a unit"):
        timer.units(two[0].settings, "1h", name)
