"""The systemd units of the archive, run by systemd."""

import shutil
from pathlib import Path

import pytest
from servers import systemd

SAMPLES = Path(__file__).parents[2] / "samples"
UNITS = "/etc/systemd/system"
ARCHIVE = f"""
python {systemd.CHECKOUT}/samples/spool.py spool
find spool -type f -exec touch -d '2 hours ago' {{}} +
mkdir nas
voicekit calls key init > paper
voicekit calls key check < paper
echo PYTHONPATH=$PYTHONPATH > /etc/default/voicekit
voicekit calls timer | sed -n 's/^next .* to begin; //p' > begin
sh -e begin
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """With an archive whose timer is on."""
    folder, scratch = tmp_path_factory.mktemp("archive"), tmp_path_factory.mktemp("machine")
    shutil.copy(SAMPLES / "archive.toml", folder / "voicekit.toml")
    with systemd.booted(folder, scratch) as system:
        done = system.sh(ARCHIVE)
        assert done.returncode == 0, done.stderr
        yield system, folder


def test_the_timer_is_on(machine):
    system, _ = machine
    assert system.sh("systemctl is-active voicekit-archive.timer").stdout == "active\n"
    assert system.sh("systemctl is-enabled voicekit-archive.timer").stdout == "enabled\n"
    assert "voicekit-archive.service" in system.sh("systemctl list-timers").stdout


def test_a_run_brings_recordings_to_the_store_and_says_so_in_the_journal(machine):
    system, folder = machine
    done = system.sh("systemctl start voicekit-archive.service")
    told = system.sh("journalctl --unit voicekit-archive.service --output cat").stdout
    assert done.returncode == 0, told
    assert "17 archived" in told
    assert len([*(folder / "nas/calls").rglob("*-*")]) >= 17
    assert system.sh("voicekit calls verify --all").returncode == 0


def test_it_may_write_nowhere_else(machine):
    """Whatever a run is talked into: the same rights, and another program."""
    system, folder = machine
    other = f"{UNITS}/voicekit-archive.service.d"
    script = f"""
    mkdir {other}
    echo '[Service]
    ExecStart=
    ExecStart=touch {systemd.HERE}/mine /srv/elsewhere /root/x /etc/x' > {other}/other.conf
    systemctl daemon-reload
    systemctl start voicekit-archive.service || :
    rm -r {other}
    systemctl daemon-reload
    journalctl --unit voicekit-archive.service --output cat
    """
    told = system.sh(script).stdout
    assert (folder / "mine").exists()
    assert told.count("Read-only file system") == 3, told


def test_a_run_that_fails_is_a_unit_that_failed(machine):
    system, folder = machine
    (folder / "master.key").rename(folder / "away")
    try:
        assert system.sh("systemctl start voicekit-archive.service").returncode == 1
    finally:
        (folder / "away").rename(folder / "master.key")
    assert system.sh("systemctl is-failed voicekit-archive.service").stdout == "failed\n"
    shown = system.sh("systemctl show --property ExecMainStatus --value voicekit-archive.service").stdout
    assert shown == "4\n"
    assert "calls key restore" in system.sh("journalctl --unit voicekit-archive.service --output cat").stdout
    assert system.sh("systemctl start voicekit-archive.service").returncode == 0
