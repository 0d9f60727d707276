"""A far side that is broken, or means harm: an `ssh` that is a script."""

import os
import time
from pathlib import Path

import pytest

from voicekit.errors import StoreError
from voicekit.hosts import machine
from voicekit.hosts.ssh import Host

BOUND = 1 << 20


@pytest.fixture
def ssh(tmp_path, monkeypatch):
    """`ssh(script)`: what the machine at the far side does, whatever it is asked; gives what is said to it here."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    def far(script, **options):
        program = tmp_path / "bin/ssh"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        with machine.there(Host("nas")) as reached:
            return reached.sh("true", feed=b"x" * 100_000, **options)

    return far


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Where the answers go, in place of files without a name."""
    made = []

    def temporary():
        made.append(tmp_path / f"answer{len(made)}")
        return made[-1].open("w+b")

    monkeypatch.setattr(machine.tempfile, "TemporaryFile", temporary)
    return made


@pytest.mark.parametrize("stream", [1, 2])
def test_one_who_never_stops_talking_is_cut_off(ssh, files, monkeypatch, stream):
    monkeypatch.setattr(machine, "MOST", BOUND)
    began = time.monotonic()
    with pytest.raises(StoreError, match="more than 1 MiB"):
        ssh(f"{{ while :; do head -c 100000 /dev/zero; sleep 0.01; done; }} >&{stream} & wait")
    assert time.monotonic() - began < 5
    assert sum(path.stat().st_size for path in files) < 10 * BOUND
    assert quiet(files)


def quiet(files):
    """Nobody writes on."""
    sizes = [path.stat().st_size for path in files]
    time.sleep(0.2)
    return [path.stat().st_size for path in files] == sizes


def test_one_that_is_deaf_to_being_asked_to_end_is_ended(ssh, files, monkeypatch):
    monkeypatch.setattr(machine, "MOST", BOUND)
    monkeypatch.setattr(machine, "_PATIENCE", 0.2)
    with pytest.raises(StoreError, match="more than 1 MiB"):
        ssh("trap '' TERM; while :; do head -c 100000 /dev/zero; sleep 0.01; done")
    assert quiet(files)


def test_too_much_at_once_is_refused_as_well(ssh, monkeypatch):
    monkeypatch.setattr(machine, "MOST", BOUND)
    with pytest.raises(StoreError, match="more than 1 MiB"):
        ssh(f"head -c {BOUND + 1} /dev/zero")
    assert len(ssh(f"head -c {BOUND} /dev/zero").out) == BOUND


def test_silence_ends_in_time(ssh):
    with pytest.raises(StoreError, match="no answer in"):
        ssh("sleep 60; true", limit=0.3)


def test_signs_that_act_on_a_terminal_are_shown(ssh):
    with pytest.raises(machine.UnreachableError) as error:
        ssh(r"printf '\033[2Jgone\n' >&2; exit 255")
    assert str(error.value) == r"ssh nas: \x1b[2Jgone"


def test_what_is_read_as_it_comes_needs_no_room(monkeypatch):
    monkeypatch.setattr(machine, "MOST", BOUND)
    with machine.here().reading("cat; head -c 20000000 /dev/zero", feed=b"first\n") as answer:
        assert answer.readline() == b"first\n"
        assert sum(map(len, iter(lambda: answer.read(1 << 16), b""))) == 20_000_000


def test_complaints_without_end_fill_no_disk(files, monkeypatch):
    monkeypatch.setattr(machine, "_MOST_ERRORS", BOUND)
    endless = "while :; do head -c 100000 /dev/zero; sleep 0.01; done >&2"
    with pytest.raises(StoreError), machine.here().reading(endless, limit=20) as one:
        assert one.read() == b""
    assert sum(path.stat().st_size for path in files) < 10 * BOUND
    assert quiet(files)


def test_a_failure_after_an_answer_is_told_with_its_words():
    with (
        pytest.raises(StoreError, match="this machine: no room"),
        machine.here().reading("echo x; echo no room >&2; exit 3") as one,
    ):
        assert one.read() == b"x\n"


def test_an_answer_by_half_is_told_by_how_the_script_ended():
    for script, told in (("echo no room >&2; exit 3", "no room"), ("echo x", "by half")):
        with pytest.raises(StoreError, match=told), machine.here().reading(script):
            raise StoreError("by half")


def test_who_stops_to_listen_ends_it(tmp_path):
    endless = f"echo $$ > {tmp_path}/pid; while :; do echo x; sleep 0.01; done"
    with pytest.raises(StoreError), machine.here().reading(endless) as one:
        assert one.readline() == b"x\n"
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()


def test_one_that_says_nothing_more_is_given_up():
    began = time.monotonic()
    with pytest.raises(StoreError), machine.here().reading("echo x; exec sleep 60", limit=0.3) as one:
        one.read()
    assert time.monotonic() - began < 10
