"""Recordings for prompts with words; and the stand-in that speaks until there are some."""

import datetime as dt
import shutil

import pytest
from sites import Site
from voiceprint.conftest import encoder  # noqa: F401  a fixture

from voicekit.errors import Exit
from voicekit.jobs import calibrate

WORDS = {
    "custom/one": "If you would like to speak with the sales department, please press one now.",
    "custom/two": "Our office is closed today, please call again tomorrow after nine in the morning.",
    "bell": "[a bell]",
}


@pytest.fixture
def human(site):
    """The small workspace with the voice of a person."""
    site.words(WORDS)
    site.voice(engine="human")
    return site


@pytest.fixture
def studio(tmp_path, run):
    """`studio(voice, folder)` leaves recordings of all words in `folder`, and gives the voice's own reference."""

    def record(voice, folder):
        other = Site(tmp_path / voice, {name: words for name, words in WORDS.items() if name != "bell"})
        other.voice(engine="espeak", voice=voice)
        assert run("revoice", "-C", other.root).code == 0
        for key in other.entries():
            target = folder / f"{key[1]}.flac"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(other.master(key[1]), target)
        return other

    return record


@pytest.fixture
def take(human, run):
    return lambda *argv: run("take", "-C", human.root, "--json", *argv)


def test_recordings_are_taken_in_and_built(human, studio, take, revoice, tmp_path):
    studio("en-us", tmp_path / "takes/en")
    assert revoice().codes == {"en/bell": "no-words", "en/custom/one": "needs-take", "en/custom/two": "needs-take"}
    ran = take(tmp_path / "takes/en")
    assert (ran.code, ran.codes) == (0, {"en/custom/one": "taken", "en/custom/two": "taken"})
    entry = human.entries()["en", "custom/one"]
    assert entry.origin["kind"] == "take"
    assert entry.origin["file"] == "one.flac"
    assert entry.spoken == WORDS["custom/one"]
    assert {name for name in human.tree("build/sounds/en") if "one" in name}
    assert revoice().codes["en/custom/one"] == "current"
    before = human.times()
    assert take(tmp_path / "takes/en").codes == {"en/custom/one": "kept", "en/custom/two": "kept"}
    assert human.times() == before


def test_other_words_need_another_take_and_a_lexicon_does_not(human, studio, take, revoice, tmp_path):
    studio("en-us", tmp_path / "takes/en")
    take(tmp_path / "takes/en")
    human.lexicon(press="push")
    assert revoice().codes["en/custom/one"] == "current"
    human.words({**WORDS, "custom/one": "Press one."})
    assert revoice().codes["en/custom/one"] == "needs-take"
    assert take(tmp_path / "takes/en/custom/one.flac", "--as", "custom/one").codes["en/custom/one"] == "taken"


def test_one_file_is_named_by_its_prompt(human, studio, take, tmp_path):
    studio("en-us", tmp_path / "memo")
    file = tmp_path / "memo/custom/two.flac"
    assert take(file, "--as", "custom/two", "-l", "en").codes == {"en/custom/two": "taken"}
    assert take(file, "--as", "en/custom/two").codes == {"en/custom/two": "kept"}
    assert take(file, "--as", "custom/two").code == Exit.INPUT
    assert take(tmp_path / "none.wav").code == Exit.INPUT


def test_a_dry_run_says_what_it_would_take_and_does_nothing(human, studio, take, tmp_path):
    studio("en-us", tmp_path / "takes/en")
    before = human.tree()
    assert set(take(tmp_path / "takes/en", "--dry-run").codes.values()) == {"would-take"}
    assert human.tree() == before


def test_what_fits_no_prompt_is_named_and_stops_no_other(human, studio, take, tmp_path):
    folder = tmp_path / "takes/en"
    studio("en-us", folder)
    shutil.copy(folder / "custom/one.flac", folder / "custom/oen.flac")
    shutil.copy(folder / "custom/one.flac", folder / "bell.flac")
    (folder / "custom/two.flac").write_bytes(b"fLaC, but not really")
    ran = take(folder)
    assert ran.code == 3
    by_code = {outcome["code"]: outcome for outcome in ran.outcomes}
    assert by_code.keys() == {"no-prompt", "takes-none", "not-made", "taken"}
    assert by_code["no-prompt"]["remedy"] == 'did you mean "custom/one"?'
    assert "has no words" in by_code["takes-none"]["detail"]


def test_another_person_is_heard(human, studio, take, revoice, tmp_path, encoder):  # noqa: F811
    same = studio("en-us", tmp_path / "same/en")
    studio("en-us+f3", tmp_path / "other/en")
    assert not any(x.bad for x in calibrate.apply(same.root / "voices/robot", today=dt.date(2026, 11, 1)))
    reference = same.root / "voices/robot/reference.en.flac"
    assert not any(
        x.bad for x in calibrate.from_recordings(human.root / "voices/robot", "en", calibrate.recorded([reference]))
    )
    assert set(take(tmp_path / "other/en").codes.values()) == {"doubtful"}
    assert not human.tree("build/sounds")
    assert set(take(tmp_path / "same/en").codes.values()) == {"taken"}
    assert {entry.checks["voice"] for entry in human.entries().values()} == {"same"}


def standing_in(site):
    site.voice(engine="human", head='stand_in = "robot2"')
    site.voice(engine="espeak", voice="en-us", name="robot2")


def test_a_stand_in_speaks_only_when_told_to_and_is_named_wherever_it_does(human, studio, take, revoice, run, tmp_path):
    standing_in(human)
    assert revoice().codes["en/custom/one"] == "needs-take"
    assert revoice("--stand-in", "--dry-run").codes["en/custom/one"] == "would-speak"
    assert revoice("--stand-in").counts == {"spoken": 2, "no-words": 1}
    assert human.entries()["en", "custom/one"].origin["stand_in"] == "robot2"
    assert revoice().counts == {"stand-in": 2, "no-words": 1}
    said = run("status", "-C", human.root).out
    assert said.count('spoken by "robot2"; record these words, then voicekit take') == 2
    studio("en-us", tmp_path / "takes/en")
    assert set(take(tmp_path / "takes/en").codes.values()) == {"taken"}
    assert revoice("--stand-in").counts == {"current": 2, "no-words": 1}


def test_a_stand_in_never_speaks_over_a_take(human, studio, take, revoice, tmp_path):
    standing_in(human)
    studio("en-us", tmp_path / "takes/en")
    take(tmp_path / "takes/en/custom/one.flac")
    assert revoice("--stand-in", "--all", "--yes").codes == {
        "en/bell": "no-words", "en/custom/one": "current", "en/custom/two": "spoken"
    }  # fmt: skip
    assert human.entries()["en", "custom/one"].origin["kind"] == "take"
    assert revoice("--stand-in", "--all", "--yes").codes["en/custom/two"] == "spoken"  # its own words it may say anew


@pytest.mark.parametrize(
    ("arrange", "message"),
    [
        (lambda site: site.voice(), "needs no stand-in"),
        (lambda site: None, "no stand-in is named"),
        (lambda site: site.voice(engine="human", head='stand_in = "nobody"'), "nobody/voice.toml"),
        (lambda site: site.voice(engine="human", head='stand_in = "robot"'), "is human itself"),
        (lambda site: site.voice(engine="human", head='stand_in = "../robot"'), "no name of a folder"),
    ],
)
def test_without_a_stand_in_there_is_a_clear_word(human, revoice, arrange, message):
    arrange(human)
    ran = revoice("--stand-in")
    assert ran.code == Exit.INPUT
    assert message in ran.err


def test_a_person_is_made_of_a_folder_of_recordings_or_not_at_all(site, run, tmp_path):
    other = Site(tmp_path / "other")
    other.voice(engine="espeak", voice="en-us")
    assert not any(x.bad for x in calibrate.apply(other.root / "voices/robot"))
    takes = tmp_path / "takes"
    takes.mkdir()
    new = ("voice", "new", "ann", "-C", site.root, "--from", takes, "--licence", "hers", "--consent", "Ann")
    short = run(*new)
    assert short.code == Exit.INPUT
    assert "0 s of speech are too few" in short.err
    assert not (site.root / "voices/ann").exists()  # so that it can be made once there are enough
    shutil.copy(other.root / "voices/robot/reference.en.flac", takes / "one.flac")
    assert run(*new).code == 0
    assert (site.root / "voices/ann/calibration.json").exists()
