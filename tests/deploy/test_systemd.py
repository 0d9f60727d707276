"""Announcements that systemd takes on and off the air."""

import time

import pytest
from servers import systemd
from sites import Site

SAY = "voicekit say --as custom/announce --target pbx -C site"


@pytest.fixture
def machine(tmp_path):
    folder, scratch = tmp_path / "here", tmp_path / "machine"
    (folder / "sounds/en/custom").mkdir(parents=True)
    (folder / "sounds/en/custom/announce.ulaw").write_bytes(b"every day")
    scratch.mkdir()
    site = Site(folder / "site")
    config = site.root / "voicekit.toml"
    config.write_text(f'{config.read_text()}\n[targets.pbx]\nsounds = "{systemd.HERE}/sounds"\n')
    with systemd.booted(folder, scratch) as system:
        yield system, folder / "sounds/en/custom/announce.ulaw"


def timers(system):
    return sum("voicekit-say" in line for line in system.sh("systemctl list-timers --all").stdout.splitlines())


def waited(ready):
    """The time at which it was."""
    ends = time.monotonic() + 100
    while not ready():
        assert time.monotonic() < ends
        time.sleep(0.5)
    return time.time()


def test_it_is_armed_and_called_off(machine):
    system, heard = machine
    done = system.sh(f"{SAY} Snow. --until 2h --by Ann")
    assert "armed by systemd; on" in done.stdout, done.stdout + done.stderr
    assert heard.read_bytes() != b"every day"
    assert timers(system) == 1
    assert system.sh(f"{SAY} --cancel").returncode == 0
    assert heard.read_bytes() == b"every day"
    assert timers(system) == 0
    assert system.sh("ls /etc/systemd/system").stdout.count("voicekit-say") == 0


@pytest.mark.faults  # it waits for two minutes to pass
def test_it_comes_and_goes_by_itself(machine):
    system, heard = machine
    now = int(system.sh("date +%s").stdout)
    begins, ends = (system.sh(f"date -d @{now + wait} '+%F %H:%M'").stdout.strip() for wait in (60, 120))
    done = system.sh(f'{SAY} Snow. --from "{begins}" --until "{ends}" --by Ann')
    assert "armed by systemd" in done.stdout, done.stdout + done.stderr
    assert heard.read_bytes() == b"every day"
    assert timers(system) == 1
    on = waited(lambda: heard.read_bytes() != b"every day")
    off = waited(lambda: heard.read_bytes() == b"every day")
    minute = 60 * (now // 60)
    assert minute + 60 <= on < minute + 75
    assert minute + 120 <= off < minute + 135
    assert timers(system) == 0
