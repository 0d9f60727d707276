"""What `deploy status`, `drift` and `adopt` say of a target."""

import pytest
from deploy.conftest import OLD
from deploy.far import Customer
from sites import PROMPTS

from voicekit.targets import Target


@pytest.fixture
def deployed(site, run, revoice, tmp_path, monkeypatch):
    """`deployed(*argv)`: a command of `deploy`, with its target `pbx` that has the release of a workspace."""
    assert revoice().code == 0
    assert run("release", "build", "-C", site.root).code == 0
    (tmp_path / "sounds").mkdir()
    config = site.root / "voicekit.toml"
    config.write_text(f'{config.read_text()}\n[targets.pbx]\nsounds = "{tmp_path}/sounds"\n')

    def call(*argv):
        return run("deploy", *argv, "-C", site.root, "--json")

    assert call("apply").code == 0
    return call


def told(ran):
    return {one["subject"]: one for one in ran.outcomes}


def test_drift_says_what_is_other_and_what_to_do(deployed, tmp_path):
    """A file that is missing comes back by a plain apply; a new sibling is named."""
    folder = tmp_path / "sounds/en/custom"
    assert [one["code"] for one in deployed("drift").outcomes] == ["as-left"]
    (folder / "one.ulaw").unlink()
    found = told(deployed("drift"))
    assert found["pbx: en/custom/one.ulaw"]["code"] == "missing"
    assert found["pbx: en/custom/one.ulaw"]["remedy"] == "voicekit deploy apply puts it back"
    assert deployed("apply").code == 0
    assert deployed("drift").code == 0
    (folder / "one.g722").write_bytes(b"by hand")
    (folder / "notes.txt").write_bytes(b"no sound")
    (folder / "theirs.g722").write_bytes(b"of no prompt of ours")
    ran = deployed("drift")
    assert (ran.code, [one["code"] for one in ran.outcomes]) == (3, ["sibling"])
    assert "another format" in told(ran)["pbx: en/custom/one.g722"]["detail"]
    assert "1 file not as left" in deployed("status").outcomes[0]["detail"]
    (folder / "one.g722").unlink()
    assert deployed("drift").code == 0


@pytest.mark.parametrize("command", ["status", "drift", "adopt", "plan"])
def test_a_target_of_another_workspace_is_no_business_of_ours(deployed, tmp_path, command):
    other = Customer(tmp_path / "bolt", "Bolt & Sons")
    (tmp_path / "theirs").mkdir()
    config = tmp_path / "site/voicekit.toml"
    config.write_text(config.read_text().replace(f"{tmp_path}/sounds", f"{tmp_path}/theirs"))
    other.apply(other.release(OLD), Target("pbx", sounds=f"{tmp_path}/theirs"))
    ran = deployed(command, "pbx")
    last = ran.outcomes[-1]
    assert (ran.code, last["code"]) == (3, "other-workspace")
    assert 'the sounds of "Bolt & Sons"' in last["detail"]


def test_what_was_adopted_goes_back_without_being_told_twice(deployed, site, run, revoice, tmp_path):
    """Somebody puts other bytes there; they are adopted, made anew, and deployed; what they are not, is in the way."""
    folder = tmp_path / "sounds/en/custom"
    (folder / "one.ulaw").write_bytes((folder / "two.ulaw").read_bytes())
    assert deployed("adopt", "pbx").code == 0
    assert revoice().code == 0
    assert run("release", "build", "-C", site.root).code == 0
    (folder / "two.ulaw").write_bytes((folder / "one.ulaw").read_bytes() + b"more")
    found = [(one["subject"], one["code"]) for one in deployed("plan").outcomes]
    assert ("pbx: en/custom/one", "adopted") in found
    assert ("pbx: en/custom/two", "drift") in found
    assert deployed("apply").code == 3
    (folder / "two.ulaw").write_bytes((folder / "one.ulaw").read_bytes())
    assert deployed("apply", "--take-over").code == 0
    assert deployed("drift").code == 0


def test_bytes_that_are_as_wanted_are_never_in_the_way(deployed, site, run, revoice, tmp_path):
    """Somebody brought them there by hand, or the release is rolled back and its files were copied there."""
    files = {path: path.read_bytes() for path in (tmp_path / "sounds/en").rglob("*") if path.is_file()}
    assert deployed("rollback").code == 0
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    ran = deployed("apply")
    assert (ran.code, [one["code"] for one in ran.outcomes]) == (0, ["applied"])
    assert ran.outcomes[0]["data"]["changes"]["unchanged"] == len(files)


def test_of_two_formats_that_differ_the_one_that_is_left_is_named(deployed, tmp_path):
    folder = tmp_path / "sounds/en/custom"
    for kind in ("ulaw", "sln16"):
        (folder / f"one.{kind}").write_bytes((folder / f"two.{kind}").read_bytes())
    adopted = [one for one in deployed("adopt", "pbx").outcomes if one["code"] == "adopted"]
    assert len(adopted) == 1
    assert adopted[0]["detail"].endswith("/en/custom/one.sln16; not one.ulaw, words known")


def test_words_that_are_newer_than_the_release_are_told(deployed, site, run, revoice):
    """Changed, added, taken out, spoken or not yet: until another release is built."""

    def behind(command="status"):
        ran = deployed(command)
        assert ran.code == 0
        return [one["data"]["prompts"] for one in ran.outcomes if one["code"] == "behind"]

    assert behind() == behind("apply") == behind("plan") == []
    site.words({"custom/one": "Press one, please.", "custom/three": "Three.", "closed": PROMPTS["closed"]})
    wanted = [["en/custom/one", "en/custom/three", "en/custom/two"]]
    assert behind() == behind("plan") == behind("apply") == wanted
    assert revoice().code == 0
    assert behind() == wanted
    assert run("release", "build", "-C", site.root).code == 0
    assert behind() == []
    (site.root / "voices/robot/voice.toml").write_text("nonsense")
    assert behind() == []
