"""`voicekit release`: what gets into a release, and the commands as they are typed."""

import json
import shutil

import pytest
from sites import PROMPTS, Site

from voicekit.approvals import Answer
from voicekit.jobs import approve
from voicekit.release import shelf, stock


@pytest.fixture
def spoken(site, revoice):
    assert revoice().code == 0
    return site


@pytest.fixture
def release(spoken, run):
    """`release(*argv)` on the small workspace; gives what ran."""
    return lambda verb, *argv: run("release", verb, "-C", spoken.root, "--json", *argv)


@pytest.fixture
def away(tmp_path):
    (tmp_path / "away").mkdir()
    return f"file:{tmp_path / 'away'}"


def manifest(site):
    here = shelf.of(site.load())
    return stock.load(here, stock.find(here, ""))


def test_the_same_content_is_the_same_release(spoken, release, revoice):
    first = release("build")
    assert (first.code, first.counts) == (0, {"released": 1})
    assert release("build").counts == {"kept": 1}
    name = manifest(spoken).id
    shutil.rmtree(spoken.root / "build")
    revoice()
    assert release("build").counts == {"kept": 1}
    assert manifest(spoken).id == name
    spoken.approve("custom/one")
    assert release("build").counts == {"released": 1}


def test_it_holds_what_is_known_of_each_sound(spoken, release):
    spoken.approve("custom/one")
    release("build")
    found = manifest(spoken)
    assert found.workspace == "Wind"
    assert [line.id for line in found.prompts] == sorted(PROMPTS)
    line = found.prompts[1]
    entry = spoken.entries()["en", "custom/one"]
    assert (line.text, line.speech, line.master, line.seconds, line.level) == (
        "Press one.", "synthetic", entry.master, entry.seconds, entry.level)  # fmt: skip
    assert line.origin == entry.origin
    assert (line.approval.by, line.approval.accepted) == ("Ann", False)
    assert line.files == spoken.built()["en", "custom/one"].files
    text = (spoken.root / "store" / "blobs" / found.lists["en"].sha256).read_text()
    assert text == "".join(f"{name}: {PROMPTS[name]}\n" for name in sorted(PROMPTS))


def test_dry_run_writes_nothing(spoken, release):
    before = spoken.tree()
    assert release("build", "--dry-run").counts == {"would-release": 1}
    assert spoken.tree() == before


def spoil(site):
    """One of each that is not fit, and what it is called."""
    words = PROMPTS | {"new": "Not spoken yet.", "beep": "[a beep]"}
    site.words(words | {"custom/two": "Other words."})
    return {"en/new": "missing", "en/beep": "no-words", "en/custom/two": "stale"}


def test_what_is_not_fit_is_refused_or_left_out(spoken, release):
    wrong = spoil(spoken)
    refused = release("build")
    assert (refused.code, refused.codes) == (3, wrong | {"release": "no-release"})
    assert not stock.releases(shelf.of(spoken.load()))
    left = release("build", "--partial")
    assert (left.code, left.codes.keys() & wrong.keys()) == (0, wrong.keys())
    assert [line.id for line in manifest(spoken).prompts] == ["closed", "custom/one"]


def test_a_built_file_that_was_altered_is_noticed(spoken, release, revoice):
    path = spoken.root / "build/sounds/en/custom/one.ulaw"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    found = release("build")
    assert (found.code, found.codes["en/custom/one"]) == (3, "altered")
    path.unlink()
    assert release("build").codes["en/custom/one"] == "not-built"
    revoice()
    assert release("build").counts == {"released": 1}


def test_a_built_file_that_is_a_link_is_no_file(spoken, release, tmp_path):
    path = spoken.root / "build/sounds/en/closed.gsm"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert release("build").codes["en/closed"] == "not-built"


def test_what_was_rejected_is_not_released(spoken, release):
    from datetime import UTC, datetime

    list(approve.answer(spoken.situation(), ["closed"], Answer.REJECTED, "Boris", "too loud", datetime.now(UTC)))
    assert release("build").codes["en/closed"] == "rejected"


def test_nothing_to_release(site, run):
    found = run("release", "build", "-C", site.root, "--json", "--partial")
    assert (found.code, found.codes["release"]) == (3, "no-release")


def test_composed_and_adopted(site, revoice, run, tmp_path):
    (tmp_path / "old").mkdir()
    revoice()
    shutil.copy(site.root / "build/sounds/en/closed.sln16", tmp_path / "old/old.sln16")
    run("prompts", "import", "-C", site.root, tmp_path / "old", "--language", "en")
    pieces = {"both": '"custom/one", "old"', "pure": '"closed", "custom/one"'}
    site.write("prompts/en/more.toml", "".join(f'["{name}"]\nparts = [{of}]\n' for name, of in pieces.items()))
    assert revoice().code == 0
    assert run("release", "build", "-C", site.root).code == 0
    lines = {line.id: line for line in manifest(site).prompts}
    speech = {name: str(line.speech) for name, line in lines.items()}
    assert (speech["old"], speech["both"], speech["pure"]) == ("unknown", "mixed", "synthetic")
    assert (lines["old"].text, lines["both"].text) == (None, "Press one. [old]")


def test_from_one_workspace_to_another(spoken, release, run, away, tmp_path):
    release("build")
    pushed = release("push", "--store", away)
    assert (pushed.code, pushed.counts["brought"]) == (0, 1)
    assert release("push", "--store", away).counts == {"kept": 1}
    name = manifest(spoken).id
    moved = release("promote", name[:8], "production", "--by", "Ann", "--store", away)
    assert moved.codes == {"production": "promoted"}
    assert release("promote", name, "production", "--by", "Bo", "--store", away).codes == {"production": "kept"}
    assert release("channels", "--store", away).outcomes[0]["data"]["by"] == "Ann"
    other = Site(tmp_path / "other")
    other.write("voicekit.toml", (other.root / "voicekit.toml").read_text() + f'[stores]\nmain = "{away}"\n')
    pulled = run("release", "pull", "-C", other.root, "--json", "production")
    assert (pulled.code, pulled.counts["brought"]) == (0, 1)
    assert run("release", "verify", "-C", other.root, "--json").counts == {"proved": 1}
    listed = run("release", "list", "-C", other.root, "--json", "--store", "main").outcomes
    assert (listed[0]["data"]["release"], listed[0]["data"]["channels"]) == (name, ["production"])
    shown = run("release", "show", "-C", other.root, "--json", "--store", "main", "production").outcomes
    assert [line["code"] for line in shown] == ["synthetic"] * 3 + ["release"]


def test_no_channel_stands_at_what_is_not_whole(spoken, release, away, tmp_path):
    release("build")
    release("push", "--store", away)
    next((tmp_path / "away/blobs").iterdir()).unlink()
    found = release("promote", manifest(spoken).id, "production", "--by", "Ann", "--store", away)
    assert (found.code, found.counts) == (3, {"incomplete": 1})
    assert release("channels", "--store", away).out == ""


def test_what_is_other(spoken, release, revoice):
    release("build")
    old = manifest(spoken).id
    spoken.words({"custom/one": "Press zero.", "closed": PROMPTS["closed"], "new": "New."})
    spoken.approve("closed")
    revoice()
    release("build")
    found = release("diff", old[:8])
    assert found.codes == {
        "en/closed": "changed", "en/custom/one": "changed", "en/custom/two": "removed", "en/new": "added",
        "releases": "compared"}  # fmt: skip
    what = {line["subject"]: line["data"]["what"] for line in found.outcomes if line["code"] == "changed"}
    assert what == {"en/closed": ["approval"], "en/custom/one": ["words", "master", "sound"]}


def test_a_store_has_to_be_named(spoken, release):
    release("build")
    found = release("push")
    assert (found.code, found.out) == (4, "")
    assert "which store? Say --store" in found.err
    spoken.write(
        "voicekit.toml", (spoken.root / "voicekit.toml").read_text() + '[stores]\na = "file:a"\nb = "file:b"\n'
    )
    assert "one of a, b" in release("push").err
    assert "no release here" in release("show", "--store", "file:/").err or release("show", "--store", "a").code == 6


def test_a_release_that_is_damaged_is_listed_as_such(spoken, release):
    release("build")
    path = spoken.root / "store/releases" / manifest(spoken).id / "manifest.jsonl"
    path.write_text(path.read_text().replace("Press one", "Press two"))
    found = release("list")
    assert (found.code, found.counts) == (3, {"damaged": 1})
    assert json.loads(found.out.splitlines()[0])["detail"]


def test_what_was_built_last_is_the_last_one(spoken, release, revoice):
    """Back to the words of before: it is that release again, and not the one that came after it."""
    release("build")
    first = manifest(spoken).id
    spoken.words({**PROMPTS, "custom/one": "Press eight."})
    revoice()
    release("build")
    assert manifest(spoken).id != first
    spoken.words(PROMPTS)
    revoice()
    assert release("build").counts == {"kept": 1}  # the tone engine says the same words in the same bytes
    assert manifest(spoken).id == first


def test_a_store_is_of_one_workspace(spoken, release, away, run, tmp_path):
    release("build")
    assert release("push", "--store", away).code == 0
    other = Site(tmp_path / "other")
    other.write("voicekit.toml", (other.root / "voicekit.toml").read_text().replace("Wind", "Bolt"))
    theirs = ("-C", other.root)
    assert run("revoice", *theirs).code == 0
    assert run("release", "build", *theirs).code == 0
    for command in (("push",), ("promote", "last", "production", "--by", "B")):
        ran = run("release", *command, "--store", away, *theirs)
        assert (ran.code, 'has the releases of "Wind", not of "Bolt"' in ran.err) == (4, True)
    assert release("channels", "--store", away).outcomes == []


def test_an_empty_store_says_so(release, away):
    assert release("list", "--store", away).codes == {away: "no-release"}
    assert "voicekit release push brings it" in release("verify", "--store", away).err


def test_a_channel_that_is_new_is_told(release, away):
    release("build")
    release("push", "--store", away)
    (told,) = release("promote", "last", "prodcution", "--by", "Ann", "--store", away).outcomes
    assert "; a new channel" in told["detail"]
