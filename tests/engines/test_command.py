"""The engine `command`: programs that work, and every way in which they don't."""

import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sites import children

from voicekit import parallel
from voicekit.engines import Speech, command, defaults
from voicekit.errors import EngineError
from voicekit.voices import Speaker

ENGINE = command.ENGINE
HUM = Path(__file__).parents[1] / "voices" / "hum.py"


def speech(program, text="Press one.", *, timeout=20.0, folder=Path(), reference=""):
    service = defaults(ENGINE.service) | {"program": list(program), "timeout": timeout}
    return Speech(text, "en", Speaker("mary", "mary", reference=reference), {}, service, folder)


@pytest.fixture
def script(tmp_path):
    """`script(source)`: a program of these lines of Python; its arguments are the text's file and that of the sound."""

    def write(source):
        path = tmp_path / "program.py"
        path.write_text(f"import os, sys, time\ntext, out = sys.argv[1:3]\n{source}\n", encoding="utf-8")
        return [sys.executable, str(path), "{text}", "{out}"]

    return write


def alive(pid) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def gone(pid) -> bool:
    for _ in range(500):
        if not alive(pid):
            return True
        time.sleep(0.01)
    return False


def test_what_the_program_wrote_is_what_is_heard():
    program = [sys.executable, str(HUM), "{text}", "{out}"]
    clip = ENGINE.speak(speech(program, "ё" * 20))
    assert (clip.rate, len(clip.samples)) == (16000, 20 * 800)
    assert np.abs(clip.samples).max() == pytest.approx(0.3, abs=0.01)


def test_every_placeholder_is_filled_in_and_nothing_goes_through_a_shell(tmp_path, script):
    (tmp_path / "her voice.wav").write_bytes(b"RIFF")
    (tmp_path / "sub").mkdir()
    program = script(
        f"open({str(tmp_path / 'told')!r}, 'w').write(repr(sys.argv[3:] + [open(text).read()])); sys.exit(3)"
    )
    odd = ["{reference}", "{voice}-{language}", "$HOME; touch x", "{}", "{other}", "{{out}}"]
    asked = speech([*program, *odd], "one $(id) «два»", folder=tmp_path, reference="her voice.wav")
    with pytest.raises(EngineError, match="exit 3"):
        ENGINE.speak(asked)
    told = eval((tmp_path / "told").read_text())
    assert told[:5] == [str(tmp_path / "her voice.wav"), "mary-en", "$HOME; touch x", "{}", "{other}"]
    assert told[5].startswith("{/")
    assert told[5].endswith("out.wav}")
    assert told[6] == "one $(id) «два»"


def test_it_runs_in_an_empty_folder_that_is_gone_afterwards(tmp_path, script):
    program = script(f"open({str(tmp_path / 'told')!r}, 'w').write(os.getcwd() + chr(10) + ' '.join(os.listdir()))")
    with pytest.raises(EngineError, match="wrote no sound"):
        ENGINE.speak(speech(program))
    folder, files = (tmp_path / "told").read_text().split("\n")
    assert sorted(files.split()) == ["stderr", "text.txt"]
    assert not Path(folder).exists()


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("sys.exit('first\\nno GPU\\x1b[0m\\n\\n')", r"failed \(exit 1\): no GPU\[0m$"),
        ("sys.exit(7)", r"failed \(exit 7\): it said nothing"),
        ("os.kill(os.getpid(), 9)", r"failed \(signal 9\)"),
        ("sys.stderr.write('x' * 100000); sys.exit(1)", r"failed \(exit 1\): x{300}$"),
        ("pass", "wrote no sound"),
        ("os.symlink('/etc/passwd', out)", "wrote no sound"),
        ("os.mkdir(out)", "wrote no sound"),
        ("open(out, 'w')", r"its sound: empty \(0 bytes\)"),
        ("open(out, 'w').write('<html>')", "its sound: not a sound file"),
        ("open(out, 'wb').write(b'RIFF' + bytes(40))", "its sound: "),
        ("time.sleep(60)", "took longer than 1 s"),
    ],
)
def test_what_goes_wrong_is_said_in_one_sentence(script, source, complaint):
    with pytest.raises(EngineError, match=complaint) as caught:
        ENGINE.speak(speech(script(source), timeout=1.0))
    assert "\n" not in str(caught.value)
    assert "voicekit-" not in str(caught.value)  # the folder, which is gone


def test_a_program_that_fills_the_disk_is_stopped(script, monkeypatch):
    monkeypatch.setattr(command, "BYTES", 1 << 20)
    endless = "file = open(out, 'wb')\nwhile True:\n    file.write(bytes(1 << 16)); file.flush(); time.sleep(0.001)"
    with pytest.raises(EngineError, match="more than 1 MB"):
        ENGINE.speak(speech(script(endless)))


def test_a_sound_without_end_is_refused(script, monkeypatch):
    monkeypatch.setattr(command, "SECONDS", 1)
    with pytest.raises(EngineError, match="more than 1 s of sound"):
        ENGINE.speak(speech([sys.executable, str(HUM), "{text}", "{out}"], "x" * 30))


@pytest.mark.parametrize("end", ["time.sleep(60)", "sys.exit(1)"])
def test_its_children_end_with_it(tmp_path, script, end):
    told = tmp_path / "pid"
    program = script(
        "import subprocess\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n"
        f"open({str(told)!r}, 'w').write(str(child.pid))\n{end}"
    )
    with pytest.raises(EngineError):
        ENGINE.speak(speech(program, timeout=1.0))
    assert gone(int(told.read_text()))


def test_it_ends_with_a_worker_that_is_killed(tmp_path, script):
    told = tmp_path / "pid"
    program = script(f"open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(300)")
    [(_, crash)] = parallel.each(ENGINE.speak, [speech(program)], workers=1, limit=1.5)
    assert isinstance(crash, parallel.Crash)
    assert gone(int(told.read_text()))


def test_nothing_is_left_of_it(script):
    there = children()
    with pytest.raises(EngineError):
        ENGINE.speak(speech(script("sys.exit(1)")))
    assert children() == there
    assert signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ([], "no program is named"),
        (["no-such-tts", "{text}", "{out}"], 'program "no-such-tts" is not found; install it'),
        (["./tts", "{text}", "{out}"], 'program "./tts" is not found'),
        (["python3", "{text}"], "must have {out}"),
        (["python3", "{out}"], "must have {text}"),
        (["{text}", "{out}"], "must have {text}"),
        (["python3", "{text}", "{out}", "{reference}"], "reference: no such file; name the recording"),
    ],
)
def test_what_cannot_work_is_refused_before(program, reason):
    assert reason in ENGINE.refusal(speech(program))


def test_a_program_beside_the_profile_is_found_from_there(tmp_path):
    (tmp_path / "tts").write_text("#!/bin/sh\nexit 4\n")
    (tmp_path / "tts").chmod(0o755)
    asked = speech(["./tts", "{text}", "{out}"], folder=tmp_path)
    assert ENGINE.refusal(asked) == ""
    with pytest.raises(EngineError, match="exit 4"):
        ENGINE.speak(asked)
