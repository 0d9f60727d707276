"""Sounds that exist are adopted once, as they are, and never spoken over."""

import numpy as np
import pytest
import soundfile
from sites import PROMPTS

from voicekit import fs
from voicekit.clip import gather

RATE = 16000


def sound(path, seconds=0.5, rate=RATE, **kind):
    """A tone of 500 Hz with a swell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = int(seconds * rate)
    samples = 0.3 * np.sin(np.pi * np.arange(count) / count) * np.sin(2 * np.pi * 500 * np.arange(count) / rate)
    soundfile.write(path, samples, rate, **({"subtype": "PCM_16"} | kind))
    return path


@pytest.fixture
def pack(tmp_path):
    """A folder of sounds as a PBX has it."""
    folder = tmp_path / "en"
    sound(folder / "hello.wav", rate=8000)
    sound(folder / "digits/1.sln16", format="RAW")
    return folder


@pytest.fixture
def adopt(site, run):
    return lambda folder, *argv: run("prompts", "import", folder, "-C", site.root, "--json", *argv)


def test_a_folder_is_adopted_and_then_known(site, pack, adopt, revoice):
    assert adopt(pack).codes == {"en/hello": "adopted", "en/digits/1": "adopted"}
    prompts = site.situation().catalogue
    assert {key for key, prompt in prompts.items() if prompt.adopted} == {("en", "hello"), ("en", "digits/1")}
    assert revoice().codes == {f"en/{name}": "spoken" for name in PROMPTS} | {
        "en/hello": "finished",
        "en/digits/1": "finished",
    }
    before = site.times()
    assert adopt(pack).counts == {"kept": 2}
    assert revoice().counts == {"current": 5}
    assert site.times() == before


def test_the_master_is_the_sound_as_it_was(site, pack, adopt):
    adopt(pack)
    entry = site.entries()["en", "digits/1"]
    kept = gather(site.load().masters.open(entry.master))
    samples = np.fromfile(pack / "digits/1.sln16", "<i2")
    assert kept.rate == RATE
    assert np.array_equal(kept.samples * 32768, samples)
    assert entry.origin == {"kind": "adopted", "file": "1.sln16", "sha256": fs.sha256(pack / "digits/1.sln16")}


def test_it_is_never_spoken_over(site, pack, adopt, revoice):
    adopt(pack)
    revoice()
    master = site.master("hello")
    before = site.tree("build/sounds")["build/sounds/en/hello.ulaw"]
    sets = site.root / "prompts/en/adopted.toml"
    sets.write_text(sets.read_text().replace('["hello"]', '["hello"]\ntext = "Good morning."'))
    assert revoice("--all", "--yes").codes["en/hello"] == "current"
    site.voice(settings="pitch = 100", finish="level = -30")
    assert revoice("hello").codes == {"en/hello": "finished"}
    assert site.master("hello") == master
    assert site.tree("build/sounds")["build/sounds/en/hello.ulaw"] != before
    master.unlink()
    ran = revoice("--all", "--yes", "hello")
    assert (ran.code, ran.codes) == (3, {"en/hello": "master-missing"})
    assert "spoken anew" not in ran.out


def test_of_several_files_the_best_is_taken(site, pack, adopt):
    sound(pack / "hello.gsm", rate=8000, format="RAW", subtype="GSM610")
    sound(pack / "hello.sln16", format="RAW")
    adopt(pack)
    assert site.entries()["en", "hello"].origin["file"] == "hello.sln16"


def test_words_come_from_the_list_beside_the_sounds(site, pack, adopt):
    (pack / "core-sounds-en.txt").write_text("; a list\nhello: Good morning.\ndigits/1: one\n")
    adopt(pack, "--set", "core")
    found = site.situation().catalogue["en", "hello"]
    assert (found.text, found.adopted, found.set) == ("Good morning.", True, "core")


def test_what_is_no_sound_stops_no_other(site, pack, adopt):
    (pack / "broken.wav").write_bytes(b"RIFF but not a sound")
    sound(pack / "-unsafe.wav")
    sound(pack / "custom/one.wav")
    ran = adopt(pack)
    assert ran.code == 3
    assert ran.counts == {"adopted": 2, "not-adopted": 1, "unsafe-id": 1, "exists": 1}
    assert ("en", "broken") not in site.situation().catalogue


def test_an_adopted_prompt_without_a_sound_gets_it(site, pack, adopt, revoice):
    site.write("prompts/en/known.toml", '["Hello"]\ntext = "Hi."\nadopted = true\n')
    ran = revoice("Hello")
    assert (ran.code, ran.codes) == (3, {"en/Hello": "no-sound"})
    before = site.tree("prompts/en")
    assert adopt(pack).codes == {"en/Hello": "adopted", "en/digits/1": "adopted"}
    assert before.items() <= site.tree("prompts/en").items()
    assert revoice("Hello").codes == {"en/Hello": "finished"}


def test_a_run_killed_before_the_catalogue_was_written_is_taken_up(site, pack, adopt, revoice):
    adopt(pack)
    (site.root / "prompts/en/adopted.toml").unlink()
    assert adopt(pack).counts == {"adopted": 2}
    assert revoice().code == 0


def test_a_dry_run_does_nothing(site, pack, adopt):
    before = site.times()
    assert adopt(pack, "--dry-run").counts == {"would-adopt": 2}
    assert site.times() == before


def test_the_language_is_that_of_the_folder_or_named(site, pack, adopt):
    other = pack.rename(pack.parent / "sounds")
    wrong = adopt(other)
    assert wrong.code == 4
    assert "names no language of this workspace; add --language" in wrong.err
    assert adopt(other, "--language", "en").counts == {"adopted": 2}
