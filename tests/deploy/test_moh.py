"""Music on hold to a target, with an Asterisk that is a script."""

import os
import shutil
from pathlib import Path

import pytest
from deploy.far import far
from servers import sshd

ASTERISK = """#!/bin/sh
echo "$*" >> {folder}/asked
[ ! -e {folder}/down ] || {{
    echo "Unable to connect to remote asterisk (does /var/run/asterisk/asterisk.ctl exist?)" >&2
    exit 1
}}
case $2 in
    'moh reload') ;;
    'moh show classes') for one in $(cat {folder}/classes); do
        printf 'Class: %s\\n\\tMode: files\\n\\tDirectory: /var/lib/asterisk/moh/%s\\n' "$one" "$one"
    done ;;
    *) exit 3 ;;
esac
"""


@pytest.fixture
def asterisk(tmp_path, monkeypatch):
    """The folder that it keeps its things in: `classes` that it has, `asked`; it is not running where `down` is."""
    folder = tmp_path / "asterisk"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/asterisk").write_text(ASTERISK.format(folder=folder))
    (folder / "bin/asterisk").chmod(0o755)
    (folder / "classes").write_text("default jazz\n")
    monkeypatch.setenv("PATH", f"{folder}/bin:{os.environ['PATH']}")
    monkeypatch.setenv("ASTERISK_ROOT", str(tmp_path / "nothing"))
    return folder


@pytest.fixture
def pbx(site, tmp_path):
    """What lies at the target: sounds, and music of its own."""
    (tmp_path / "pbx/sounds").mkdir(parents=True)
    (tmp_path / "pbx/moh/opsound").mkdir(parents=True)
    (tmp_path / "pbx/moh/opsound/theirs.wav").write_bytes(b"theirs")
    config = site.root / "voicekit.toml"
    config.write_text(f'{config.read_text()}\n[targets.pbx1]\nsounds = "{tmp_path}/pbx/sounds/"\n')
    return tmp_path / "pbx/moh"


@pytest.fixture
def moh(site, run, asterisk, pbx):
    def call(*argv):
        return run("deploy", *argv, "-C", site.root, "--json")

    return call


@pytest.fixture
def music(tmp_path):
    """`music(name=data, ...)`: a folder with these files (`__` for the dot), beside what convert keeps for itself."""

    def make(**files):
        folder = tmp_path / "music"
        for path in [*folder.glob("*.*")] if folder.exists() else ():
            if path.is_file():
                path.unlink()
        (folder / ".voicekit").mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name.replace("__", ".")).write_bytes(data.encode())
        return folder

    return make


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".voicekit" not in path.parts
    }


OTHERS = {"opsound/theirs.wav": "theirs"}


def test_a_class_comes_changes_and_goes_back(moh, music, pbx, asterisk):
    ran = moh("moh", music(a__ulaw="a", a__g722="a2", b__ulaw="b"), "jazz", "pbx1")
    assert (ran.code, [one["code"] for one in ran.outcomes]) == (0, ["applied", "reloaded"])
    first = {"jazz/a.ulaw": "a", "jazz/a.g722": "a2", "jazz/b.ulaw": "b"} | OTHERS
    assert tree(pbx) == first
    assert (pbx / "jazz/a.ulaw").stat().st_mode & 0o777 == 0o644
    assert (asterisk / "asked").read_text() == "-rx moh reload\n-rx moh show classes\n"
    assert [one["code"] for one in moh("moh", music(a__ulaw="a", a__g722="a2", b__ulaw="b"), "jazz").outcomes] == [
        "kept",
        "kept",
    ]
    assert "reload" not in (asterisk / "asked").read_text().removeprefix("-rx moh reload\n")
    ran = moh("moh", music(a__ulaw="new", c__ulaw="c"), "jazz")
    assert [one["code"] for one in ran.outcomes] == ["applied", "reloaded"]
    assert tree(pbx) == {"jazz/a.ulaw": "new", "jazz/c.ulaw": "c"} | OTHERS
    ran = moh("rollback", "--moh", "pbx1")
    assert [one["code"] for one in ran.outcomes] == ["rolled-back", "reloaded"]
    assert tree(pbx) == first
    assert not list((pbx.parent / "sounds").iterdir())


def test_other_classes_stay(moh, music, pbx, asterisk):
    assert moh("moh", music(a__ulaw="a", b__ulaw="b"), "jazz").code == 0
    (pbx / "jazz/b.ulaw").write_text("by hand")
    ran = moh("moh", music(x__gsm="x"), "default")
    assert (ran.code, [one["code"] for one in ran.outcomes]) == (0, ["left", "applied", "reloaded"])
    assert tree(pbx) == {"jazz/a.ulaw": "a", "jazz/b.ulaw": "by hand", "default/x.gsm": "x"} | OTHERS
    (pbx / "jazz/a.ulaw").unlink()
    assert moh("moh", music(y__gsm="y"), "default").code == 0
    assert tree(pbx) == {"jazz/b.ulaw": "by hand", "default/y.gsm": "y"} | OTHERS
    assert moh("rollback", "--moh").code == 0
    assert tree(pbx) == {"jazz/b.ulaw": "by hand", "default/x.gsm": "x"} | OTHERS


def test_a_class_of_somebody_else_is_in_the_way(moh, music, pbx):
    ran = moh("moh", music(theirs__wav="ours", other__wav="o"), "opsound")
    assert ran.code == 3
    assert [one["code"] for one in ran.outcomes] == ["foreign", "in-the-way"]
    assert tree(pbx) == OTHERS
    assert moh("moh", music(theirs__wav="ours"), "opsound", "--take-over").code == 0
    assert tree(pbx) == {"opsound/theirs.wav": "ours"}
    assert moh("rollback", "--moh").code == 0
    assert tree(pbx) == OTHERS


def test_dry_run_writes_nothing(moh, music, pbx, asterisk):
    ran = moh("moh", music(a__ulaw="a"), "jazz", "--dry-run")
    assert (ran.code, [one["code"] for one in ran.outcomes]) == (0, ["add", "planned"])
    assert tree(pbx) == OTHERS
    assert not (pbx / ".voicekit").exists()
    assert not (asterisk / "asked").exists()


def test_a_class_that_asterisk_does_not_know(moh, music):
    last = moh("moh", music(a__ulaw="a"), "blues").outcomes[-1]
    assert (last["verdict"], last["code"]) == ("skipped", "no-class")
    assert "[blues], mode=files, directory=moh/blues" in last["remedy"]


def test_an_asterisk_that_does_not_run_and_none_at_all(moh, music, pbx, asterisk, monkeypatch):
    (asterisk / "down").touch()
    ran = moh("moh", music(a__ulaw="a"), "jazz")
    assert ran.code == 0
    assert ran.outcomes[-1]["code"] == "not-reloaded"
    assert "Unable to connect" in ran.outcomes[-1]["detail"]
    (asterisk / "bin/asterisk").unlink()
    monkeypatch.setenv("PATH", without_asterisk())
    last = moh("moh", music(b__ulaw="b"), "jazz").outcomes[-1]
    assert (last["code"], last["detail"]) == ("not-reloaded", "there is no program asterisk")
    assert tree(pbx) == {"jazz/b.ulaw": "b"} | OTHERS


def without_asterisk():
    folders = os.environ["PATH"].split(":")
    return ":".join(folder for folder in folders if not Path(folder, "asterisk").exists())


def test_a_folder_of_music_that_is_not_there(moh, music, pbx):
    for path in (pbx / "opsound/theirs.wav", pbx / "opsound", pbx):
        path.unlink() if path.is_file() else path.rmdir()
    ran = moh("moh", music(a__ulaw="a"), "jazz")
    assert ran.code == 3
    assert "moh: no such folder" in ran.outcomes[0]["detail"]


def test_it_lies_beside_the_sounds_that_asterisk_conf_names(moh, site, music, pbx, tmp_path, monkeypatch):
    config = site.root / "voicekit.toml"
    config.write_text(config.read_text().replace(f'sounds = "{tmp_path}/pbx/sounds/"\n', ""))
    monkeypatch.setenv("ASTERISK_ROOT", str(tmp_path))
    assert "where are Asterisk's sounds?" in moh("moh", music(a__ulaw="a"), "jazz").outcomes[0]["detail"]
    (tmp_path / "etc/asterisk").mkdir(parents=True)
    (tmp_path / "etc/asterisk/asterisk.conf").write_text(f"[directories]\nastdatadir => {tmp_path}/pbx\n")
    assert moh("moh", music(a__ulaw="a"), "jazz").code == 0
    assert tree(pbx) == {"jazz/a.ulaw": "a"} | OTHERS


@pytest.mark.parametrize(
    ("files", "name", "said"),
    [
        ({"a__ulaw": "a", "a__pcm": "b"}, "jazz", "holds the same codec as a.pcm"),
        ({"a__wav": "a", "a__sln": "b"}, "jazz", "holds the same codec as a.sln"),
        ({"a b__wav": "a"}, "jazz", "rename it"),
        ({"Музыка__wav": "a"}, "jazz", "rename it"),
        ({"-rf__wav": "a"}, "jazz", "rename it"),
        ({"notes__txt": "a"}, "jazz", "Asterisk plays no such file"),
        ({"wav": "a"}, "jazz", "Asterisk plays no such file"),
        ({}, "jazz", "no file is in it"),
        ({"a__wav": "a"}, "../jazz", "can't name a class"),
        ({"a__wav": "a"}, "ja/zz", "can't name a class"),
        ({"a__wav": "a"}, "", "can't name a class"),
        ({"a__wav": "a"}, "j\n", "can't name a class"),
        ({"a__wav": "a"}, "general", "a section of musiconhold.conf"),
        ({"a__wav": "a"}, "moh", "the folder of all classes"),
    ],
)
def test_what_is_refused_in_a_sentence(moh, music, pbx, files, name, said):
    ran = moh("moh", music(**files), name)
    assert ran.code == 4
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert said in ran.err
    assert tree(pbx) == OTHERS


def test_a_folder_in_the_folder_is_refused(moh, music):
    folder = music(a__wav="a")
    (folder / "more").mkdir()
    assert "is no file" in moh("moh", folder, "jazz").err
    assert "no such folder" in moh("moh", folder / "none", "jazz").err


def test_one_that_was_stopped_is_finished_by_the_same_again(moh, music, pbx):
    assert moh("moh", music(a__ulaw="a"), "default").code == 0
    assert moh("moh", music(a__ulaw="a"), "jazz").code == 0
    state = pbx / ".voicekit/pack/state"
    state.write_text(state.read_text().replace("applied", "applying"))
    (pbx / "jazz/a.ulaw").unlink()
    ran = moh("moh", music(a__ulaw="other"), "jazz")
    assert [one["code"] for one in ran.outcomes][-1] == "unfinished"
    assert "deploy rollback --moh" in ran.outcomes[-1]["remedy"]
    assert moh("moh", music(a__ulaw="a"), "jazz").code == 0
    assert tree(pbx) == {"default/a.ulaw": "a", "jazz/a.ulaw": "a"} | OTHERS


def test_a_rollback_that_was_stopped_is_to_be_finished_first(moh, music, pbx):
    assert moh("moh", music(a__ulaw="a"), "default").code == 0
    assert moh("moh", music(a__ulaw="a"), "jazz").code == 0
    state = pbx / ".voicekit/pack/state"
    state.write_text(state.read_text().replace("applied", "rolling-back"))
    assert moh("moh", music(a__ulaw="a"), "jazz").outcomes[-1]["code"] == "unfinished"
    assert moh("rollback", "--moh").code == 0
    assert tree(pbx) == {"default/a.ulaw": "a"} | OTHERS


@pytest.mark.parametrize("shell", ["dash", "busybox"])
def test_over_ssh(site, run, music, pbx, tmp_path, monkeypatch, shell):
    """A machine that has no command but the shell's and those of docs/deploy.md, and an Asterisk."""
    if sshd.PROGRAM is None or not shutil.which(shell):
        pytest.skip(f"{sshd.MISSING}; {shell}")
    config = site.root / "voicekit.toml"
    config.write_text(config.read_text().replace("[targets.pbx1]\n", '[targets.pbx1]\nhost = "ssh://nas"\n'))
    with far(tmp_path / "far", "ssh", shell) as side:
        (side.bin / "asterisk").write_text(ASTERISK.format(folder=side.folder))
        (side.bin / "asterisk").chmod(0o755)
        (side.folder / "classes").write_text("default jazz\n")
        monkeypatch.setenv("PATH", side.path)

        def moh(*argv):
            ran = run("deploy", *argv, "-C", site.root, "--json")
            assert ran.code == 0, ran
            return [one["code"] for one in ran.outcomes]

        folder = music(a__ulaw="a", b__g722="b")
        assert moh("moh", folder, "jazz", "--dry-run") == ["add", "add", "planned"]
        assert tree(pbx) == OTHERS
        assert moh("moh", folder, "jazz") == ["applied", "reloaded"]
        assert tree(pbx) == {"jazz/a.ulaw": "a", "jazz/b.g722": "b"} | OTHERS
        assert moh("moh", folder, "jazz") == ["kept", "kept"]
        assert moh("moh", folder, "blues") == ["applied", "no-class"]
        assert moh("rollback", "--moh") == ["rolled-back", "reloaded"]
        assert tree(pbx) == {"jazz/a.ulaw": "a", "jazz/b.g722": "b"} | OTHERS
        assert (side.folder / "asked").read_text().count("moh reload") == 3
