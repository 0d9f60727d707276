"""Recordings that a real Asterisk writes. VOICEKIT_ASTERISK names the program."""

import os
import time
from pathlib import Path

import pytest
from calls.archives import Workspace, aged, codes
from servers import asterisk

from voicekit.calls import spool
from voicekit.calls.settle import Rules, Why, why_not
from voicekit.hosts import machine

pytestmark = [pytest.mark.asterisk, pytest.mark.skipif(not asterisk.PRESENT, reason=asterisk.MISSING)]

DIALPLAN = """[voicekit]
exten => hears,1,Answer()
 same => n,MixMonitor({file},a)
 same => n,Wait(60)
exten => speaks,1,Answer()
 same => n,Milliwatt()
"""


@pytest.fixture
def pbx(tmp_path, monkeypatch):
    """`command(line)` of an Asterisk that `asterisk -rx` reaches as well, and the file of its recording."""
    root, file = tmp_path / "pbx", tmp_path / "spool/call-1795419659.1.wav"
    root.mkdir()
    file.parent.mkdir()
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/asterisk"
    program.write_text(f'#!/bin/sh\nexec {asterisk.PROGRAM} -C {root}/etc/asterisk.conf "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    modules = "[modules]\nautoload=yes\nnoload=chan_*\n"
    with asterisk.asterisk(root, modules=modules, extensions=DIALPLAN.format(file=file)) as command:
        yield command, file


def reason(file: Path):
    """Why this one is left alone, and the uniqueids of calls that are on."""
    with spool.look(machine.here(), str(file.parent)) as (look, found):
        (one,) = list(found)
    return why_not(one, look, Rules(), uniqueid="", extension="wav", leg=False), look.live


def until(happens):
    end = time.monotonic() + 20
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_a_call_that_is_on_is_left_alone_and_one_that_is_over_is_archived(pbx, tmp_path):
    command, file = pbx
    one = Workspace(tmp_path / "one", file.parent, f"file:{tmp_path}/nas")
    command("channel originate Local/speaks@voicekit extension hears@voicekit")
    until(lambda: file.exists() and file.stat().st_size > 32768)
    aged(file, 7200)  # however old it looks
    why, live = reason(file)
    assert why is Why.OPEN
    assert live
    assert codes(one.archive()) == ["waiting"]
    command("channel request hangup all")
    until(lambda: "0 active channels" in command("core show channels count"))
    aged(file, 7200)
    said = file.read_bytes()
    assert codes(one.archive()) == ["archived"]
    one.check({said})
    assert one.restored() == {said}
