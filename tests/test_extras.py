"""What is installed: a PBX that archives needs no voice, and who asks for more than he has is told how to get it."""

import os
import subprocess
import sys
import tomllib
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from calls.archives import Workspace, lay, name, sound

from voicekit import extras

ROOT = Path(__file__).parents[1]
DISTRIBUTIONS = {"phonenumbers": "phonenumberslite", "botocore": "boto3", "audioop": "audioop-lts"}
WITHOUT = """
import sys
from importlib.abc import MetaPathFinder

class Lacking(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {lacking!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Lacking())
from voicekit.cli import main
sys.exit(main(sys.argv[1:]))
"""
VOICE = {module for module, extra in extras.MODULES.items() if extra in ("voice", "s3", "sftp")} | {"scipy", "torch"}


def without(lacking, *argv):
    program = WITHOUT.format(lacking=set(lacking))
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, argv)], capture_output=True, text=True, check=False, env=os.environ
    )


def test_each_module_is_in_the_extra_that_is_named():
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for module, extra in extras.MODULES.items():
        wanted = DISTRIBUTIONS.get(module, module).lower().replace("_", "-")
        named = [line.lower().split(">")[0].split("[")[0] for line in told["optional-dependencies"][extra]]
        assert wanted in named
    light = {line.split(">")[0] for line in told["dependencies"]}
    assert light == {"numpy", "soundfile", "typer"}


def test_recordings_are_archived_proved_and_found_without_what_speaks(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more='country = "RU"')
    for number in range(3):
        lay(one.spool, name(number), sound(number))
    at = ("-C", one.root)
    for argv in (
        ("archive", "--keep"), ("verify",), ("find", "5551234"), ("free", "--dry-run", "--to", "99%"), ("archive",),
    ):  # fmt: skip
        done = without(VOICE, "calls", *argv, *at)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
    assert len(one.receipts()) == 3


def test_without_libsndfile_what_is_kept_as_it_is_is_archived(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more='encoding = "keep"')
    lay(one.spool, name(1), sound(1))
    done = without(VOICE | {"numpy", "soundfile"}, "calls", "archive", "-C", one.root)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_first_example_of_calls_needs_nothing_but_python(tmp_path):
    """-I -S: without site-packages, so without voicekit too."""
    argv = [sys.executable, "-I", "-S", ROOT / "samples/spool.py", tmp_path / "spool"]
    subprocess.run(argv, check=True)
    assert {path.suffix for path in (tmp_path / "spool").rglob("*.*")} == {
        ".wav", ".gsm", ".ulaw", ".alaw", ".g722", ".sln16", ".txt",
    }  # fmt: skip
    zone = tomllib.loads((ROOT / "samples/archive.toml").read_text())["calls"]["zone"]
    for path in (tmp_path / "spool").rglob("in-600-*"):
        day, clock, epoch = path.name.split("-")[3:]
        said = datetime.strptime(day + clock, "%Y%m%d%H%M%S").replace(tzinfo=ZoneInfo(zone)).timestamp()
        assert abs(said - path.stat().st_mtime) <= 1
        assert abs(said - int(epoch.partition(".")[0])) <= 1


@pytest.mark.parametrize("module", ["soxr", "av"])
def test_who_asks_for_a_voice_is_told_what_brings_it(tmp_path, module):
    done = without({module}, "convert", ROOT / "samples", "--to", tmp_path / "out")
    assert (done.returncode, done.stderr) == (
        4,
        f"voicekit: {module} is not installed; in voicekit's folder: pip install '.[voice]'\n",
    )


def test_a_module_of_ours_that_is_lacking_is_a_bug(tmp_path):
    done = without({"voicekit.jobs"}, "--help")
    assert done.returncode == 0
    assert "Traceback" in without({"json"}, "formats", "--json").stderr


@pytest.mark.parametrize(
    ("prefix", "pip"), [("/srv/venv", "pip"), ("/root/.local/share/pipx/venvs/voicekit", "pipx runpip voicekit")]
)
def test_a_lacking_extra_is_installed_from_the_folder_of_voicekit(monkeypatch, prefix, pip):
    monkeypatch.setattr(sys, "prefix", prefix)
    assert extras.brings("s3") == f"in voicekit's folder: {pip} install '.[s3]'"
    named = [path for path in (ROOT / "voicekit").rglob("*.py") if "voicekit[" in path.read_text()]
    assert not named


def test_doctor_says_what_is_lacking_and_goes_on():
    done = without(VOICE | {"openpyxl"}, "doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        "engine espeak  espeakng_loader is not installed; in voicekit's folder: pip install '.[voice]'" in done.stdout
    )
    assert "engine tone" in done.stdout
    assert "speaker model  voices are not checked; av is not installed" in done.stdout
    assert "library numpy" in done.stdout
