"""Whole languages: Asterisk's own prompts, and the demo's, spoken by the embedded engine at one level."""

import gzip
import random
from pathlib import Path

import numpy as np
import pytest
from sites import Site

from voicekit import catalogue
from voicekit.audio.level import prompt_level
from voicekit.audio.read import open_sound
from voicekit.audio.recipe import Finish
from voicekit.wordlists import spoken

DEMO = Path(__file__).parents[1]
PACKS = {language: Path(f"/usr/share/doc/asterisk-core-sounds-{language}") for language in ("ru", "en")}
ENTRIES = {"ru": 572, "en": 569}
PADDING = Finish().lead + Finish().tail  # s of silence around the speech
SHORTEST = 0.2  # s of speech that ITU-T P.56 can measure
needs_packs = pytest.mark.skipif(
    not all(path.is_dir() for path in PACKS.values()),
    reason="apt-get install asterisk-core-sounds-ru asterisk-core-sounds-en",
)


def levels(site, extension="ulaw"):
    """Active speech level of each built file, dBov, decoded from what Asterisk will play."""
    for (language, name), entry in sorted(site.entries().items()):
        if entry.seconds - PADDING >= SHORTEST:
            path = site.root / f"build/sounds/{language}/{name}.{extension}"
            yield f"{language}/{name}", prompt_level(open_sound(path)).active


def even(site):
    """All at the level that was asked for, after u-law."""
    found = dict(levels(site))
    error = {name: level - Finish().level for name, level in found.items()}
    worst = max(error, key=lambda name: abs(error[name]))
    assert abs(error[worst]) <= 0.6, worst
    assert np.std(list(error.values())) <= 0.05
    return found


def test_forty_prompts_of_the_demo_are_evenly_loud(tmp_path, run):
    site = Site(tmp_path / "site", languages=("en", "ru"), formats=("ulaw",))
    site.voice(engine="espeak")
    everything = catalogue.load(DEMO, ("en", "ru"))
    for language in ("en", "ru"):
        site.words({prompt.id: prompt.text for prompt in everything.find(language=language)[:20]}, language)
    ran = run("revoice", "-C", site.root, "--json")
    assert (ran.code, ran.counts.keys()) == (0, {"spoken"})
    assert len(even(site)) == ran.counts["spoken"]


@pytest.mark.packs
@needs_packs
@pytest.mark.parametrize("share", ["a tenth", pytest.param("all", marks=pytest.mark.faults)])
def test_both_languages_of_asterisk(tmp_path, run, share):
    """All texts are read, and all of them, or a seeded tenth and those without a word, are spoken."""
    site = Site(tmp_path / "site", languages=("en", "ru"), formats=("ulaw",))
    site.voice(engine="espeak")
    for language in site.languages:
        (site.root / f"prompts/{language}/menu.toml").unlink()
        words = PACKS[language] / f"core-sounds-{language}.txt.gz"
        lines = [line for line in gzip.decompress(words.read_bytes()).decode().splitlines() if line.strip()]
        assert sum(not line.startswith(";") for line in lines) >= ENTRIES[language]
        imported = run("prompts", "import", words, "-C", site.root, "--json")
        assert imported.counts["imported"] == ENTRIES[language]
    prompts = site.situation().catalogue
    silent = {f"{language}/{name}" for (language, name), prompt in prompts.items() if not spoken(prompt.text or "")}
    every = sorted(f"{language}/{name}" for language, name in prompts)
    asked = set(every) if share == "all" else {*random.Random(10).sample(every, len(every) // 10), *silent}
    ran = run("revoice", "-C", site.root, "--json", *(() if share == "all" else sorted(asked)))
    assert ran.codes.keys() == asked
    assert {subject for subject, code in ran.codes.items() if code != "spoken"} == silent
    assert ran.code == 0
    found = even(site)
    assert len(found) >= 0.95 * ran.counts["spoken"]
