"""A composed prompt follows its pieces: made after them, made again when one of them is."""

import pytest

COMPOSED = """
["one"]
text = "Press one."
["two"]
text = "Press two for sales."
["both"]
parts = ["one", { pause = 0.5 }, "two"]
"""


@pytest.fixture
def composed(site):
    site.write("prompts/en/menu.toml", COMPOSED)
    return site


def seconds(site, name):
    return site.entries()["en", name].seconds


def test_it_is_made_in_the_same_run_after_its_pieces(composed, revoice):
    assert revoice().codes == {"en/one": "spoken", "en/two": "spoken", "en/both": "composed"}
    finish = composed.situation().finish
    spoken = seconds(composed, "one") + seconds(composed, "two") - finish.lead - finish.tail
    assert seconds(composed, "both") == pytest.approx(spoken + 0.5, abs=0.02)
    assert composed.entries()["en", "both"].origin == {"kind": "composed"}
    assert {name for name in composed.tree("build/sounds") if "both" in name}
    assert set(revoice().codes.values()) == {"current"}


def test_it_changes_with_a_piece(composed, revoice):
    revoice()
    before = composed.entries()["en", "both"].master
    composed.write("prompts/en/menu.toml", COMPOSED.replace("Press two", "Please press two"))
    ran = revoice()
    assert ran.codes == {"en/one": "current", "en/two": "spoken", "en/both": "composed"}
    assert composed.entries()["en", "both"].master != before


def test_a_piece_that_was_changed_alone_makes_it_stale(composed, revoice, run):
    revoice()
    composed.write("prompts/en/menu.toml", COMPOSED.replace("Press two", "Please press two"))
    assert revoice("two").counts == {"spoken": 1}
    status = run("status", "-C", composed.root).out
    assert "stale" in status
    assert "pieces" in status
    assert revoice().codes == {"en/one": "current", "en/two": "current", "en/both": "composed"}


def test_the_pause_and_the_finish_count(composed, revoice):
    revoice()
    composed.write("prompts/en/menu.toml", COMPOSED.replace("0.5", "1.5"))
    before = seconds(composed, "both")
    assert revoice().codes["en/both"] == "composed"
    assert seconds(composed, "both") == pytest.approx(before + 1.0, abs=0.01)
    composed.voice(finish="level = -26.0")
    assert revoice().codes == {"en/one": "finished", "en/two": "finished", "en/both": "composed"}
    assert composed.entries()["en", "both"].level == pytest.approx(-26.0, abs=0.3)


def test_alone_it_waits_for_its_pieces(composed, revoice):
    ran = revoice("both")
    assert (ran.code, ran.codes) == (3, {"en/both": "no-pieces"})
    assert revoice("--dry-run").codes == {"en/one": "would-speak", "en/two": "would-speak", "en/both": "would-compose"}


def test_lost_files_are_built_from_its_master(composed, revoice):
    revoice()
    for path in (composed.root / "build/sounds").rglob("both.*"):
        path.unlink()
    assert revoice().codes["en/both"] == "built"


def test_a_lost_master_is_composed_again(composed, revoice):
    revoice()
    before = composed.entries()["en", "both"].master
    composed.master("both").unlink()
    assert revoice().codes["en/both"] == "composed"
    assert composed.entries()["en", "both"].master == before


def test_music_lies_under_it(composed, revoice):
    revoice()
    plain = composed.entries()["en", "both"].master
    music = composed.root / "samples/bed.flac"
    music.parent.mkdir()
    music.write_bytes(composed.master("both").read_bytes())
    composed.write("prompts/en/menu.toml", COMPOSED + 'music = "samples/bed.flac"\n')
    assert revoice().codes["en/both"] == "composed"
    changed = composed.entries()["en", "both"].master
    assert changed != plain
    music.write_bytes(composed.master("both").read_bytes())
    assert revoice().codes["en/both"] == "composed"
    assert composed.entries()["en", "both"].master != changed


def test_exactly_those_that_hold_a_changed_piece_are_made_again(composed, revoice):
    more = '["three"]\ntext = "Goodbye."\n["outer"]\nparts = ["three", "both"]\n["other"]\nparts = ["three", "one"]\n'
    composed.write("prompts/en/menu.toml", COMPOSED + more)
    revoice()
    composed.write("prompts/en/menu.toml", COMPOSED.replace("Press two", "Please press two") + more)
    changed = {"en/two": "spoken", "en/both": "composed", "en/outer": "composed"}
    assert revoice().codes == dict.fromkeys(("en/one", "en/three", "en/other"), "current") | changed


@pytest.mark.parametrize("content", [b"", b"no sound at all", b"fLaC" + bytes(1 << 20)])
def test_music_that_is_no_sound_stops_no_other_prompt(composed, revoice, content):
    composed.write("prompts/en/menu.toml", COMPOSED + 'music = "bed.flac"\n')
    (composed.root / "bed.flac").write_bytes(content)
    ran = revoice()
    assert (ran.code, ran.codes) == (3, {"en/one": "spoken", "en/two": "spoken", "en/both": "not-made"})
    (told,) = [one["detail"] for one in ran.outcomes if one["code"] == "not-made"]
    assert told.startswith(f"{composed.root}/bed.flac: ")
    assert ";" in told  # what to do
