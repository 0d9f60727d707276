"""`voicekit.toml`: found from below, and wrong in no way without a line and a hint."""

import pytest
from sites import Site

from voicekit import workspace
from voicekit.errors import InputError, LockedError
from voicekit.jobs import init

GOOD = {"version": "1", "name": '"Wind"', "reference_voice": '"robot"', "languages": '["en"]', "formats": '["ulaw"]'}


def configured(site, **changes):
    """Write `voicekit.toml` with one key a line, in the order of GOOD; None leaves a key away."""
    pairs = [(key, value) for key, value in (GOOD | changes).items() if value is not None]
    site.write("voicekit.toml", "".join(f"{key} = {value}\n" for key, value in pairs))
    return site.root / "voicekit.toml"


def complaint(site):
    with pytest.raises(InputError) as caught:
        site.load()
    return str(caught.value)


def test_a_good_one(site):
    configured(site, languages='["en", "ru"]', formats='["ulaw", "g722"]')
    found = site.load()
    assert (found.name, found.reference_voice, found.languages) == ("Wind", "robot", ("en", "ru"))
    assert [row.name for row in found.formats] == ["ulaw", "g722"]


@pytest.mark.parametrize(
    ("key", "value", "line", "message"),
    [
        ("fomats", '["ulaw"]', 6, 'unknown key "fomats"; did you mean "formats"?'),
        (
            "zzz",
            "1",
            6,
            "known: calls, formats, languages, name, reference_voice, require_approval, stores, targets, version",
        ),
        ("version", "2", 1, "version 2 is not known"),
        ("version", '"1"', 1, "version must be a whole number, not '1'"),
        ("version", "true", 1, "version must be a whole number, not True"),
        ("name", "7", 2, "name must be text in quotes, not 7"),
        ("reference_voice", '"robt"', 3, 'unknown voice "robt"; did you mean "robot"?'),
        ("languages", '"en"', 4, "languages must be a list, not 'en'"),
        ("languages", "[1]", 4, "languages must be a list of different names"),
        ("languages", '["en", "en"]', 4, "languages must be a list of different names"),
        ("languages", '["../en"]', 4, '"../en"'),
        ("formats", '["ulwa"]', 5, 'did you mean "ulaw"?'),
        ("formats", '["ulaw", "sln44"]', 5, "sln44 can't be written"),
        ("formats", '["wav", "sln"]', 5, "hold the same codec"),
        ("formats", "[[]]", 5, "formats must be a list of different names"),
    ],
)
def test_a_wrong_one_is_refused_with_its_line(site, key, value, line, message):
    path = configured(site, **{key: value})
    said = complaint(site)
    assert said.startswith(f"{path}:{line}: ")
    assert message in said
    assert "\n" not in said


@pytest.mark.parametrize("key", GOOD)
def test_every_key_is_needed(site, key):
    path = configured(site, **{key: None})
    assert complaint(site).startswith(f"{path}: {key} is missing")


def test_what_is_no_toml_has_a_line(site):
    path = configured(site, formats='["ulaw"')
    assert complaint(site).startswith(f"{path}:6: not valid TOML: ")


def test_it_is_found_from_any_folder_within(site):
    inside = site.root / "prompts/en"
    assert workspace.find(inside).root == site.root.resolve()
    with pytest.raises(InputError, match=r"no voicekit\.toml here or above; make a workspace with `voicekit init DIR`"):
        workspace.find(site.root.parent)
    with pytest.raises(InputError, match="no such folder"):
        workspace.find(site.root / "nowhere")


def test_the_run_lock_is_exclusive_and_sweeps(site):
    found = site.load()
    site.write(".voicekit/tmp/.vk-left", "half of something")
    site.write(".voicekit/tmp/foreign", "not ours")
    with found.exclusive():
        assert [path.name for path in found.staging.iterdir()] == ["foreign"]
        with pytest.raises(LockedError, match="in use by another voicekit run"), found.exclusive():
            pass
    with found.exclusive():
        pass


@pytest.mark.parametrize("name", ["Wind", 'The "North" \\ Wind', "Ветер"])
def test_a_template_is_read_back(tmp_path, name):
    site = Site(tmp_path)
    site.write("voicekit.toml", workspace.template(name, ("en",), ("gsm", "ulaw"), "robot"))
    found = site.load()
    assert (found.name, [row.name for row in found.formats]) == (name, ["gsm", "ulaw"])


@pytest.mark.parametrize("languages", ["ru,en", "en", "ru, ru"])
def test_a_new_workspace_works_at_once(tmp_path, run, languages):
    folder = tmp_path / "acme"
    assert run("init", folder, "--languages", languages).code == 0
    spoken = run("revoice", "-C", folder, "--json")
    assert (spoken.code, set(spoken.counts)) == (0, {"spoken"})
    assert {subject.partition("/")[0] for subject in spoken.codes} == set(languages.replace(" ", "").split(","))
    assert run("revoice", "-C", folder, "--json").counts.keys() == {"current"}
    ignored = (folder / ".gitignore").read_text().split()
    assert {"build/", ".voicekit/"} <= set(ignored)


def test_init_overwrites_nothing_and_is_taken_up_again(tmp_path, run):
    mine = tmp_path / "voices/robot/voice.toml"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    ran = run("init", tmp_path, "--json")
    assert ran.codes["voices/robot/voice.toml"] == "kept"
    assert mine.read_text() == "mine"
    assert "there is a workspace already" in run("init", tmp_path).err
    (tmp_path / "voicekit.toml").unlink()  # what a killed init lacks is what is written last
    assert run("init", tmp_path, "--json").counts == {"kept": 5, "written": 1}


@pytest.mark.parametrize(("languages", "message"), [("", "no language"), ("fr", 'no starter for "fr"')])
def test_init_refuses_languages_that_would_not_work(tmp_path, run, languages, message):
    ran = run("init", tmp_path / "acme", "--languages", languages)
    assert ran.code == 4
    assert message in ran.err
    assert not (tmp_path / "acme").exists()


def test_what_is_written_last_makes_a_workspace(tmp_path):
    outcomes = list(init.apply(tmp_path / "acme"))
    assert outcomes[-1].subject == workspace.FILE
