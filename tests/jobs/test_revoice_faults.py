"""What goes wrong with one prompt stays with it, and the next run ends where an undisturbed one would have."""

import os
import resource
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest
from sites import PROMPTS, Site

from voicekit import making
from voicekit.engines.tone import Tone
from voicekit.errors import EngineError
from voicekit.jobs import revoice as job

SPEAK = Tone.speak
TWO = PROMPTS["custom/two"]


def refuse(_):
    raise EngineError("no licence left for this month")


def lose_the_disk(_):
    raise OSError(5, "Input/output error", "/dev/voice")


def stumble(_):
    raise ZeroDivisionError("a bug of the engine")


def hang(_):
    time.sleep(60)


FAULTS = {
    "EngineError": (refuse, "not-made", "no licence left"),
    "OSError": (lose_the_disk, "not-made", "/dev/voice: Input/output error"),
    "exception": (stumble, "crashed", "ZeroDivisionError: a bug of the engine"),
    "exit": (lambda _: os._exit(0), "crashed", "its process died"),
    "kill": (lambda _: os.kill(os.getpid(), signal.SIGKILL), "crashed", "its process died"),
    "hang": (hang, "crashed", "took too long"),
}


@pytest.fixture
def undisturbed(tmp_path):
    """The tree of a run without faults."""
    site = Site(tmp_path / "undisturbed")
    assert not any(outcome.bad for outcome in job.apply(job.plan(site.situation())))
    return site.tree()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_prompt_that_fails_stops_no_other(site, undisturbed, monkeypatch, revoice, fault):
    speak, code, detail = FAULTS[fault]
    monkeypatch.setattr(making, "LIMIT", 0.5 if fault == "hang" else 60)
    monkeypatch.setattr(Tone, "speak", lambda *call: speak(call[1]) if call[1].text == TWO else SPEAK(*call))
    ran = revoice()
    assert ran.code == 3
    assert ran.codes == {"en/custom/one": "spoken", "en/custom/two": code, "en/closed": "spoken"}
    assert any(detail in outcome.get("detail", "") for outcome in ran.outcomes)
    assert len(site.tree("build/sounds")) == 6
    monkeypatch.setattr(Tone, "speak", SPEAK)
    assert revoice().counts == {"spoken": 1, "current": 2}
    assert site.tree() == undisturbed


def test_a_prompt_that_fails_keeps_the_sound_that_it_has(site, monkeypatch, revoice):
    revoice()
    before = site.tree("build/sounds")
    monkeypatch.setattr(Tone, "speak", lambda _, speech: refuse(speech))
    site.words(dict.fromkeys(PROMPTS, "Changed."))
    assert revoice().counts == {"not-made": 3}
    assert site.tree("build/sounds") == before
    assert run_status(site) == {"stale": 3}


def run_status(site):
    kinds = [state.kind.value for state in site.situation().states()]
    return {kind: kinds.count(kind) for kind in kinds}


@contextmanager
def largest_file(size):
    """No file may grow beyond `size` bytes: what a full disk looks like, without one."""
    old, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (old, hard))


def whole(site, undisturbed):
    return site.tree("build/sounds").items() <= undisturbed.items() and not list(site.load().staging.glob("*"))


@pytest.mark.parametrize("size", [16000, 3000, 1000, 10])
def test_a_full_disk_leaves_nothing_half_written(site, undisturbed, revoice, size):
    with largest_file(size):
        ran = revoice()
    assert ran.code in (3, 6)
    if ran.code == 3:
        assert "File too large" in ran.out or "is the disk full?" in ran.out
    else:
        assert ran.err.startswith("voicekit: ")
        assert ran.err.endswith("File too large\n")
    assert whole(site, undisturbed)
    assert len(site.tree("build/sounds")) < 9
    assert revoice().code == 0
    assert site.tree() == undisturbed


def test_a_build_folder_that_cannot_be_written(site, undisturbed, revoice):
    site.write("build/sounds/en/custom", "a file where a folder should be")
    ran = revoice()
    assert ran.code == 3
    assert ran.counts == {"not-written": 2, "spoken": 1}
    assert "custom" in ran.out
    (site.root / "build/sounds/en/custom").unlink()
    assert revoice().code == 0
    assert site.tree() == undisturbed


def test_a_build_folder_that_cannot_even_be_made(site, undisturbed, revoice):
    site.write("build", "a file where a folder should be")
    ran = revoice()
    assert ran.code == 6
    assert "build" in ran.err
    (site.root / "build").unlink()
    assert revoice().code == 0
    assert site.tree() == undisturbed


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_build_folder(site, undisturbed, revoice):
    (site.root / "build/sounds").mkdir(parents=True)
    (site.root / "build/sounds").chmod(0o555)
    assert revoice().code == 3
    (site.root / "build/sounds").chmod(0o755)
    assert revoice().code == 0
    assert site.tree() == undisturbed


def test_a_flipped_bit_in_a_master_is_an_error_that_names_it(site, undisturbed, revoice):
    revoice()
    master = site.master("custom/one")
    data = bytearray(master.read_bytes())
    data[len(data) // 2] ^= 1
    master.write_bytes(data)
    shutil.rmtree(site.root / "build")
    ran = revoice()
    assert (ran.code, ran.counts) == (3, {"built": 2, "not-made": 1})
    (detail,) = [outcome["detail"] for outcome in ran.outcomes if outcome["code"] == "not-made"]
    assert str(master) in detail
    assert "damaged" in detail
    assert master.read_bytes() == data


def git(site, *argv):
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *argv], cwd=site.root, check=True, capture_output=True)


@pytest.mark.parametrize("lost", ["one", "all"])
def test_a_lost_master_comes_back_from_git(site, undisturbed, monkeypatch, revoice, lost):
    revoice()
    git(site, "init")
    git(site, "add", ".")
    git(site, "commit", "-m", "spoken")
    if lost == "one":
        site.master("closed").unlink()
    else:
        shutil.rmtree(site.root / "masters")
    monkeypatch.setattr(Tone, "speak", lambda _, speech: refuse(speech))
    site.voice(finish="level = -20")  # the same finish, in other words
    shutil.rmtree(site.root / "build")
    assert revoice().counts == {"built": 3}
    masters = {name: data for name, data in undisturbed.items() if name.startswith("masters/")}
    assert site.tree("masters") == masters


@pytest.mark.parametrize("finish", ["", "level = -24"])
def test_a_lost_master_that_was_approved_is_never_spoken_anew_quietly(site, monkeypatch, revoice, finish):
    revoice()
    site.approve("custom/one")
    site.master("custom/one").unlink()
    site.voice(finish=finish)
    monkeypatch.setattr(Tone, "speak", lambda _, speech: refuse(speech))
    ran = revoice("custom/one")
    assert (ran.code, ran.codes) == (3, {"en/custom/one": "master-missing"})
    assert site.entries()["en", "custom/one"].master in ran.out
    monkeypatch.setattr(Tone, "speak", SPEAK)
    assert revoice("--all", "--yes", "custom/one").codes == {"en/custom/one": "spoken"}


def test_a_lost_master_that_nobody_approved_is_spoken_anew(site, undisturbed, revoice):
    revoice()
    site.master("custom/one").unlink()
    assert revoice().counts == {"spoken": 1, "current": 2}
    assert site.tree() == undisturbed


def test_two_runs_at_once(site, revoice):
    with site.load().exclusive():
        before = site.times()
        ran = revoice()
        assert (ran.code, ran.out) == (8, "")
        assert "in use by another voicekit run" in ran.err
        assert site.times() == before
        assert revoice("--dry-run").code == 0
    assert revoice().code == 0
