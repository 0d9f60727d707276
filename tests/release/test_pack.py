"""apply.sh and rollback.sh in dash and in busybox: exactly new or exactly old, wherever they are cut off."""

import os
import random
import shutil
import subprocess
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from release.packages import give, reachable, release, shell, tree, unpacked

from voicekit.release import pack

OLD = {"en/custom/one": b"one, old", "en/custom/two": b"two", "en/custom/gone": b"gone"}
NEW = {"en/custom/one": b"one, new", "en/custom/two": b"two", "en/more/deep/three": b"three", "ru/four": b"four"}


@pytest.fixture(params=["dash", "busybox"])
def sh(request, tmp_path):
    if not shutil.which(request.param):
        pytest.skip(f"no {request.param} here: apt-get install {request.param}")
    return shell(request.param, tmp_path / "bin")


@pytest.fixture
def sounds(tmp_path):
    """Asterisk's own, and a file of ours that somebody put there by hand, with a mode and an owner."""
    folder = tmp_path / "sounds"
    (folder / "en/custom").mkdir(parents=True)
    (folder / "en/hello.ulaw").write_bytes(b"Asterisk's")
    path = folder / "en/custom/one.ulaw"
    path.write_bytes(b"by hand")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1234, 4321)
    return folder


@pytest.fixture
def packages(folder, tmp_path):
    """Two releases of one workspace, unpacked."""
    store = folder("store")
    return tuple(
        unpacked(release(store, words)[0], store, tmp_path / name) for name, words in (("old", OLD), ("new", NEW))
    )


def contents(found):
    return {name: data for name, (_, _, _, data) in found.items() if data is not None}


def run(sh, package, script, sounds, **options):
    done, commands = sh.run(package / script, sounds, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout, commands


def test_forth_and_back(sh, sounds, packages):
    before = tree(sounds)
    run(sh, packages[0], "apply.sh", sounds)
    first = tree(sounds)
    wanted = {f"{name}.ulaw": data for name, data in OLD.items()}
    assert contents(first) == wanted | {"en/hello.ulaw": b"Asterisk's"}
    assert first["en/custom/one.ulaw"][:3] == before["en/custom/one.ulaw"][:3]
    assert first["en/custom/two.ulaw"][0] & 0o777 == 0o644
    run(sh, packages[1], "apply.sh", sounds)
    second = tree(sounds)
    wanted = {f"{name}.ulaw": data for name, data in NEW.items()}
    assert contents(second) == wanted | {"en/hello.ulaw": b"Asterisk's"}
    assert second["en/custom/one.ulaw"][:3] == before["en/custom/one.ulaw"][:3]
    assert "nothing was changed" in run(sh, packages[1], "apply.sh", sounds)[0]
    run(sh, packages[1], "rollback.sh", sounds)
    assert tree(sounds) == first
    assert "nothing was changed" in run(sh, packages[1], "rollback.sh", sounds)[0]
    run(sh, packages[1], "apply.sh", sounds)
    assert contents(tree(sounds)) == contents(second)


def test_back_to_before_there_was_any(sh, sounds, packages):
    before = tree(sounds)
    assert "not applied" in run(sh, packages[0], "rollback.sh", sounds)[0]
    run(sh, packages[0], "apply.sh", sounds)
    assert "not applied" in run(sh, packages[1], "rollback.sh", sounds)[0]
    run(sh, packages[0], "rollback.sh", sounds)
    assert tree(sounds) == before


def steps(total, share):
    """All numbers of commands, or a seeded part of them."""
    every = range(1, total + 1)
    return every if share == "all" else random.Random(total).sample(every, min(len(every), share))


def whole(now, *good):
    """Each file is one of those that may be there, whole; what waits for its rename does not count."""
    for name, data in contents(now).items():
        assert name.endswith(".vk") or any(contents(one).get(name) == data for one in good), name


SHARES = [2, pytest.param("all", marks=pytest.mark.faults)]


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("then", ["apply.sh", "rollback.sh"])
@pytest.mark.parametrize("first", [False, True], ids=["over another release", "for the first time"])
def test_cut_off_while_applying(sh, sounds, packages, tmp_path, share, then, first):
    if not first:
        run(sh, packages[0], "apply.sh", sounds)
    shutil.copytree(sounds, tmp_path / "pristine", copy_function=shutil.copy2)
    keep(sounds, tmp_path / "pristine")
    before = tree(sounds)
    total = run(sh, packages[1], "apply.sh", sounds)[1]
    after = tree(sounds)
    for cut in steps(total, share):
        restored(sounds, tmp_path / "pristine")
        assert tree(sounds) == before
        done, _ = sh.run(packages[1] / "apply.sh", sounds, cut=cut)
        assert done.returncode == -9
        whole(tree(sounds), before, after)
        run(sh, packages[1], then, sounds)
        assert tree(sounds) == (after if then == "apply.sh" else before), cut


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("then", ["apply.sh", "rollback.sh"])
def test_cut_off_while_rolling_back(sh, sounds, packages, tmp_path, share, then):
    run(sh, packages[0], "apply.sh", sounds)
    before = tree(sounds)
    run(sh, packages[1], "apply.sh", sounds)
    after = tree(sounds)
    keep(sounds, tmp_path / "pristine")
    total = run(sh, packages[1], "rollback.sh", sounds)[1]
    for cut in steps(total, share):
        restored(sounds, tmp_path / "pristine")
        done, _ = sh.run(packages[1] / "rollback.sh", sounds, cut=cut)
        assert done.returncode == -9
        whole(tree(sounds), before, after)
        run(sh, packages[1], then, sounds)
        assert tree(sounds) == (after if then == "apply.sh" else before), cut


def test_another_release_over_one_that_was_cut_off(sh, sounds, packages, tmp_path):
    before = tree(sounds)
    keep(sounds, tmp_path / "pristine")
    total = run(sh, packages[1], "apply.sh", sounds)[1]
    for cut in steps(total, 3):
        restored(sounds, tmp_path / "pristine")
        sh.run(packages[1] / "apply.sh", sounds, cut=cut)
        run(sh, packages[0], "apply.sh", sounds)
        assert contents(tree(sounds)) == {f"{n}.ulaw": d for n, d in OLD.items()} | {"en/hello.ulaw": b"Asterisk's"}
        run(sh, packages[0], "rollback.sh", sounds)
        assert tree(sounds) == before


def keep(folder, copy):
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    for path in folder.rglob("*"):
        os.chown(copy / path.relative_to(folder), path.stat().st_uid, path.stat().st_gid)


def restored(folder, copy):
    shutil.rmtree(folder)
    keep(copy, folder)


def aside(sounds):
    """What is kept of others: `{path: the contents that it had, one after the other}`."""
    kept = {}
    root = sounds / ".voicekit/pack/changed"
    for number in sorted(root.glob("*"), key=lambda path: int(path.name)):
        for path in sorted(number.rglob("*.ulaw")):
            kept.setdefault(path.relative_to(number).as_posix(), []).append(path.read_bytes())
    return kept


def test_what_somebody_changed_meanwhile_is_kept(sh, sounds, packages):
    run(sh, packages[1], "apply.sh", sounds)
    (sounds / "en/custom/two.ulaw").write_bytes(b"by hand again")
    assert "mended" in run(sh, packages[1], "apply.sh", sounds)[0]
    assert (sounds / "en/custom/two.ulaw").read_bytes() == b"two"
    (sounds / "ru/four.ulaw").write_bytes(b"mine")
    run(sh, packages[1], "rollback.sh", sounds)
    assert aside(sounds) == {
        "en/custom/one.ulaw": [b"by hand"],
        "en/custom/two.ulaw": [b"by hand again"],
        "ru/four.ulaw": [b"mine"],
    }


def test_what_is_kept_outlives_mending_and_other_releases(sh, sounds, packages):
    two = sounds / "en/custom/two.ulaw"
    run(sh, packages[0], "apply.sh", sounds)
    for data in (b"v1", b"v2"):
        two.write_bytes(data)
        run(sh, packages[0], "apply.sh", sounds)
    (sounds / "en/custom/one.ulaw").write_bytes(b"v3")
    run(sh, packages[1], "apply.sh", sounds)
    run(sh, packages[0], "apply.sh", sounds)
    assert aside(sounds) == {"en/custom/two.ulaw": [b"v1", b"v2"], "en/custom/one.ulaw": [b"by hand", b"v3"]}


def test_what_is_kept_outlives_a_rollback(sh, sounds, packages):
    run(sh, packages[0], "apply.sh", sounds)
    (sounds / "en/custom/two.ulaw").write_bytes(b"v1")
    run(sh, packages[0], "rollback.sh", sounds)
    run(sh, packages[0], "apply.sh", sounds)
    assert aside(sounds)["en/custom/two.ulaw"] == [b"v1"]


FOUR = ("one", "two", "gone", "../more/deep/three")  # replaced, untouched, removed and new


@pytest.mark.parametrize("then", ["apply.sh", "rollback.sh"])
@pytest.mark.parametrize(
    "paths", [FOUR, *(pytest.param((one,), marks=pytest.mark.faults) for one in FOUR)], ids=", ".join
)
def test_what_is_changed_while_it_is_stopped_is_kept(sh, sounds, packages, tmp_path, then, paths):
    """Stopped before the first rename, and after the last."""
    run(sh, packages[0], "apply.sh", sounds)
    before = tree(sounds)
    keep(sounds, tmp_path / "pristine")
    total = run(sh, packages[1], "apply.sh", sounds)[1]
    after = tree(sounds)
    state = sounds / ".voicekit/pack/state"
    for cut in (applying(sh, sounds, packages[1], tmp_path, total) + 1, total - 12):
        restored(sounds, tmp_path / "pristine")
        sh.run(packages[1] / "apply.sh", sounds, cut=cut)
        assert state.read_text().startswith("applying ")
        wanted = contents(after if then == "apply.sh" else before)
        for path in paths:
            changed = sounds / "en/custom" / f"{path}.ulaw"
            changed.parent.mkdir(parents=True, exist_ok=True)
            changed.resolve().write_bytes(b"mine")
        run(sh, packages[1], then, sounds)
        for path in paths:
            name = (sounds / "en/custom" / f"{path}.ulaw").resolve().relative_to(sounds.resolve()).as_posix()
            if then == "rollback.sh" and path == "two":  # nothing that this release had changed
                wanted[name] = b"mine"
            else:
                assert aside(sounds)[name][-1] == b"mine"
        assert contents(tree(sounds)) == wanted


def applying(sh, sounds, package, tmp_path, total):
    """The number of the command after which the release is being applied; found once for each shell."""
    if sh.shell not in APPLYING:
        APPLYING[sh.shell] = searched(sh, sounds, package, tmp_path, total)
    return APPLYING[sh.shell]


APPLYING = {}


def searched(sh, sounds, package, tmp_path, total):
    low, high = 1, total
    while low < high:
        middle = (low + high) // 2
        restored(sounds, tmp_path / "pristine")
        sh.run(package / "apply.sh", sounds, cut=middle)
        if (sounds / ".voicekit/pack/state").read_text().startswith("applied 1-"):
            low = middle + 1
        else:
            high = middle
    return low


def test_what_was_changed_since_is_not_removed(sh, sounds, packages):
    run(sh, packages[0], "apply.sh", sounds)
    (sounds / "en/custom/gone.ulaw").write_bytes(b"by hand")
    run(sh, packages[1], "apply.sh", sounds)
    assert (sounds / "en/custom/gone.ulaw").read_bytes() == b"by hand"


def refused(sh, package, sounds, *arguments, root="/nonexistent"):
    before = tree(sounds)
    done, _ = sh.run(package / "apply.sh", *arguments, root=root)
    assert done.returncode == 1, done.stdout
    assert tree(sounds) == before
    return done.stderr


def test_another_workspace_is_refused(sh, sounds, packages, folder, tmp_path):
    run(sh, packages[0], "apply.sh", sounds)
    store = folder("other")
    other = unpacked(release(store, NEW, "Bolt & Sons")[0], store, tmp_path / "bolt")
    assert 'has the sounds of "Acme"; this package is of "Bolt & Sons"' in refused(sh, other, sounds, sounds)


def test_a_damaged_package_is_refused(sh, sounds, packages):
    path = packages[1] / "files/ru/four.ulaw"
    path.write_bytes(b"fouR")
    assert "damaged" in refused(sh, packages[1], sounds, sounds)
    path.unlink()
    assert "damaged" in refused(sh, packages[1], sounds, sounds)


HOSTILE = ["../x.ulaw", "/tmp/x.ulaw", "en/../../x.ulaw", "x.ulaw", "en/.x.ulaw", ".voicekit/x", "en/a b.ulaw",
           "en/$(id)", "en/`id`.ulaw", "en//x.ulaw", "en/x/", "en/é.ulaw", "-en/x.ulaw", "en/-rf"]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_package_is_refused(sh, sounds, packages, path):
    sums = packages[1] / "SHA256SUMS"
    first = sums.read_text().split(" ")[0]
    sums.write_text(f"{first}  {path}\n")
    assert "SHA256SUMS" in refused(sh, packages[1], sounds, sounds)


def test_names_that_are_options_are_refused(sh, sounds, packages):
    (packages[1] / "TAKEN").write_text("../victim\n")
    assert "TAKEN" in refused(sh, packages[1], sounds, sounds)
    (packages[1] / "TAKEN").write_text("en/-rf\n")
    assert "TAKEN" in refused(sh, packages[1], sounds, sounds)


@pytest.mark.parametrize("link", ["en", "en/custom", "en/more", "ru"])
def test_links_to_folders_are_not_followed(sh, sounds, packages, tmp_path, link):
    elsewhere = tmp_path / "elsewhere"
    if (sounds / link).exists():
        shutil.move(sounds / link, elsewhere)
    else:
        elsewhere.mkdir()
    (sounds / link).symlink_to(elsewhere)
    os.chown(sounds / link, 1234, 1234, follow_symlinks=False)
    before = tree(elsewhere)
    assert f"{link} is a link" in refused(sh, packages[1], sounds, sounds)
    assert tree(elsewhere) == before


def test_a_language_that_the_system_chooses_by_a_link_is_a_folder(sh, sounds, packages):
    """As Debian has it: `en` leads to the folder of a voice. root made that link, and nobody else could."""
    (sounds / "en").rename(sounds / "en_US_f_Allison")
    (sounds / "en").symlink_to("en_US_f_Allison")
    before = tree(sounds)
    run(sh, packages[1], "apply.sh", sounds)
    assert (sounds / "en_US_f_Allison/more/deep/three.ulaw").read_bytes() == b"three"
    assert (sounds / "en").is_symlink()
    run(sh, packages[1], "rollback.sh", sounds)
    assert tree(sounds) == before


def test_a_folder_that_became_a_link_is_not_written_to_on_the_way_back(sh, sounds, packages, tmp_path):
    run(sh, packages[1], "apply.sh", sounds)
    shutil.move(sounds / "en/more", tmp_path / "elsewhere")
    (sounds / "en/more").symlink_to(tmp_path / "elsewhere")
    os.chown(sounds / "en/more", 1234, 1234, follow_symlinks=False)
    done, _ = sh.run(packages[1] / "rollback.sh", sounds)
    assert (done.returncode, "en/more is a link" in done.stderr) == (1, True)
    assert (tmp_path / "elsewhere/deep/three.ulaw").exists()


def test_the_folder_of_sounds_may_be_a_link(sh, sounds, packages, tmp_path):
    (tmp_path / "link").symlink_to(sounds)
    run(sh, packages[1], "apply.sh", tmp_path / "link")
    assert (sounds / "ru/four.ulaw").read_bytes() == b"four"


@pytest.mark.parametrize("name", [".voicekit", ".voicekit/pack", ".voicekit/pack/names", ".voicekit/identity",
                                  ".voicekit/pack/changed", ".voicekit/pack/1-ab/plan"])  # fmt: skip
def test_links_where_it_keeps_things_are_refused(sh, sounds, packages, tmp_path, name):
    victim = tmp_path / "victim"
    if name in (".voicekit", ".voicekit/pack", ".voicekit/pack/changed"):
        victim.mkdir()
    else:
        victim.write_text("Acme\n")
    (sounds / name).parent.mkdir(parents=True, exist_ok=True)
    (sounds / name).symlink_to(victim)
    assert "is a link" in refused(sh, packages[1], sounds, sounds)
    assert not any(victim.iterdir()) if victim.is_dir() else victim.read_text() == "Acme\n"


@pytest.mark.parametrize("name", [".voicekit", ".voicekit/pack"])
def test_what_another_user_keeps_is_not_believed(sh, sounds, packages, name):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    (sounds / ".voicekit/pack").mkdir(parents=True)
    os.chown(sounds / name, 1234, 4321)
    assert "belongs to user 1234" in refused(sh, packages[1], sounds, sounds)


@pytest.fixture
def asterisks(sh, sounds, packages, tmp_path):
    """The sounds are those of user 1234, who can reach all of it."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    reachable(tmp_path)
    give(sounds, 1234, 4321)
    return sh, sounds, packages


def test_what_root_does_in_the_folder_of_another_user_it_does_as_that_user(asterisks):
    sh, sounds, packages = asterisks
    before = tree(sounds)
    run(sh, packages[0], "apply.sh", sounds)
    run(sh, packages[1], "apply.sh", sounds)
    assert contents(tree(sounds)) == {f"{name}.ulaw": data for name, data in NEW.items()} | {
        "en/hello.ulaw": contents(before)["en/hello.ulaw"]
    }
    assert {path.lstat().st_uid for path in sounds.rglob("*")} == {1234}
    run(sh, packages[1], "rollback.sh", sounds)
    assert {path.lstat().st_uid for path in sounds.rglob("*")} == {1234}


@pytest.mark.parametrize("name", ["en/custom", "en/custom/one.ulaw", ".voicekit/pack/0-none"])
def test_whose_the_sounds_are_leads_root_nowhere(asterisks, name):
    """Links of that user to what is root's: a folder, a secret, and where a generation will be written."""
    sh, sounds, packages = asterisks
    victim = sounds.parent / "victim"
    victim.mkdir()
    (victim / "one.ulaw").write_bytes(b"secret")
    (victim / "one.ulaw").chmod(0o600)
    link = sounds / name
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_dir():
        shutil.rmtree(link)
    link.unlink(missing_ok=True)
    link.symlink_to(victim / "one.ulaw" if name.endswith("ulaw") else victim)
    give(sounds, 1234, 4321)
    before = tree(victim)
    sh.run(packages[0] / "apply.sh", sounds)
    assert tree(victim) == before
    assert all(
        b"secret" not in path.read_bytes() for path in sounds.rglob("*") if path.is_file() and not path.is_symlink()
    )


def test_a_folder_of_root_among_those_of_another_user_is_named(asterisks):
    sh, sounds, packages = asterisks
    os.chown(sounds / "en/custom", 0, 0)
    assert f"{sounds}/en/custom belongs to user 0, and all else to 1234" in refused(sh, packages[0], sounds, sounds)


def test_a_package_that_the_other_user_cannot_read_is_refused(asterisks):
    sh, sounds, packages = asterisks
    packages[0].chmod(0o700)
    assert "unpack the package where others can" in refused(sh, packages[0], sounds, sounds)


def test_without_setpriv_there_is_su(asterisks):
    sh, sounds, packages = asterisks
    give(sounds, 65534, 65534)
    (sh.bin / "setpriv").unlink()
    assert "neither setpriv nor su" in refused(sh, packages[0], sounds, sounds)
    (sh.bin / "su").symlink_to(shutil.which("su"))
    run(sh, packages[0], "apply.sh", sounds)
    assert {path.lstat().st_uid for path in sounds.rglob("*")} == {65534}
    run(sh, packages[0], "rollback.sh", sounds)


def test_a_pipe_among_the_sounds_stops_it_and_does_not_hang_it(sh, sounds, packages):
    os.mkfifo(sounds / "en/custom/two.ulaw")
    assert "is no file" in refused(sh, packages[0], sounds, sounds)


STATES = ["", "applied", "applied 1", "applied x-ab", "applied 08-ab", "applied 1-ab more", "applied 1-../..",
          "done 1-ab", "applied x[$(id)]-ab", "applied 99999999999999999999-ab", "applied 1-ab"]  # fmt: skip


@pytest.mark.parametrize("text", STATES)
def test_a_state_of_another_form_is_refused(sh, sounds, packages, text):
    """The last one is of its form, but there is no such generation."""
    (sounds / ".voicekit/pack").mkdir(parents=True)
    (sounds / ".voicekit/pack/state").write_text(f"{text}\n")
    assert "state is not what was left there" in refused(sh, packages[1], sounds, sounds)


def test_bash_runs_nothing_that_a_state_says(sounds, packages, tmp_path):
    (sounds / ".voicekit/pack").mkdir(parents=True)
    (sounds / ".voicekit/pack/state").write_text("applied user[$(touch${IFS}ran)]-ab\n")
    subprocess.run(["bash", packages[1] / "apply.sh", sounds], cwd=tmp_path, check=False, capture_output=True)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("script", ["apply.sh", "rollback.sh"])
def test_cdpath_sends_nothing_elsewhere(sh, sounds, packages, tmp_path, script):
    (tmp_path / "decoy/sounds").mkdir(parents=True)
    run(sh, packages[1], "apply.sh", sounds)
    for package in packages[1:]:
        done = subprocess.run(
            [*sh.shell, package / script, "sounds"],
            env={"PATH": str(sh.bin), "COUNT": str(tmp_path / "count"), "KILL": "0", "CDPATH": str(tmp_path / "decoy")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert not any((tmp_path / "decoy/sounds").iterdir())
    assert (sounds / "ru/four.ulaw").exists() == (script == "apply.sh")


def test_a_line_break_in_the_name_of_the_folder_is_refused(sh, sounds, packages, tmp_path):
    (tmp_path / "sounds\n").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "sounds\n")
    assert "line break" in refused(sh, packages[1], sounds, tmp_path / "link")
    assert not (sounds / ".voicekit").exists()


def test_there_is_one_step_back(sh, sounds, packages):
    run(sh, packages[0], "apply.sh", sounds)
    first = tree(sounds)
    run(sh, packages[1], "apply.sh", sounds)
    run(sh, packages[1], "rollback.sh", sounds)
    done, _ = sh.run(packages[0] / "rollback.sh", sounds)
    assert (done.returncode, "one step back is all that is kept" in done.stderr) == (1, True)
    assert tree(sounds) == first
    assert "rolled back already" in run(sh, packages[1], "rollback.sh", sounds)[0]
    run(sh, packages[0], "apply.sh", sounds)  # all of it is there
    assert contents(tree(sounds)) == contents(first)


def test_the_folder_of_a_language_is_one_too_deep(sh, sounds, packages):
    for name in ("en", "en/"):
        assert "is the folder of a language" in refused(sh, packages[1], sounds, f"{sounds}/{name}")


def test_links_are_not_followed(sh, sounds, packages, tmp_path):
    (tmp_path / "victim").write_bytes(b"x")
    (sounds / "ru").mkdir()
    (sounds / "ru/four.ulaw").symlink_to(tmp_path / "victim")
    assert "is a link" in refused(sh, packages[1], sounds, sounds)
    assert (tmp_path / "victim").read_bytes() == b"x"


CONFS = {
    "[directories]\nastdatadir => {0}\n": True,
    "[directories]\nastetcdir => /etc/asterisk\nastdatadir = {0} ; here\n[options]\n": True,
    "[directories]\nastdatadir=>{0}\n": True,
    "[directories](!)\nastdatadir => {0}\n": False,
    ";[directories]\n;astdatadir => {0}\n": False,
}


@pytest.mark.parametrize("text", CONFS)
def test_asterisk_conf_says_where(sh, sounds, packages, tmp_path, text):
    conf = tmp_path / "root/etc/asterisk/asterisk.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text(text.format(sounds.parent))
    if CONFS[text]:
        done, _ = sh.run(packages[0] / "apply.sh", root=tmp_path / "root")
        assert done.returncode == 0, done.stderr
        assert (sounds / "en/custom/two.ulaw").exists()
    else:
        assert "where are Asterisk's sounds?" in refused(sh, packages[0], sounds, root=tmp_path / "root")


def test_the_usual_folders(sh, sounds, packages, tmp_path):
    (tmp_path / "root/var/lib/asterisk").mkdir(parents=True)
    sounds.rename(tmp_path / "root/var/lib/asterisk/sounds")
    done, _ = sh.run(packages[0] / "apply.sh", root=tmp_path / "root")
    assert (done.returncode, (tmp_path / "root/var/lib/asterisk/sounds/en/custom/two.ulaw").exists()) == (0, True)
    (tmp_path / "root/usr/share/asterisk/sounds").mkdir(parents=True)
    assert "more than one" in refused(sh, packages[0], tmp_path / "root", root=tmp_path / "root")


def test_one_at_a_time(sh, sounds, packages):
    (sounds / ".voicekit/pack").mkdir(parents=True)
    lock = sounds / ".voicekit/pack/lock"
    lock.write_text(f"{os.getpid()}\n")
    assert "is at it already" in refused(sh, packages[0], sounds, sounds)
    lock.write_text("4000000\n")
    run(sh, packages[0], "apply.sh", sounds)
    assert not lock.exists()


def test_a_lock_that_does_not_say_whose_it_is_is_respected(sh, sounds, packages):
    (sounds / ".voicekit/pack").mkdir(parents=True)
    lock = sounds / ".voicekit/pack/lock"
    for text in ("", "x\n"):
        lock.write_text(text)
        assert "does not say whose it is" in refused(sh, packages[0], sounds, sounds)
        assert lock.read_text() == text


def test_a_takeover_that_was_stopped_is_taken_over(sh, sounds, packages):
    pack_folder = sounds / ".voicekit/pack"
    pack_folder.mkdir(parents=True)
    for name, number in {"lock": 4000000, "lock.4000000": 4000001, "lock.mine.4000001": 4000001}.items():
        (pack_folder / name).write_text(f"{number}\n")
    run(sh, packages[0], "apply.sh", sounds)
    assert not [path.name for path in pack_folder.iterdir() if path.name.startswith("lock")]


_ALONE = """#!/bin/sh
/bin/mkdir {0}/inside 2> /dev/null || echo two >> {0}/together
/bin/sleep 0.3
/bin/rmdir {0}/inside 2> /dev/null
exec {1} "$@"
"""
_SLOW = """#!/bin/sh
for last; do :; done
case $last in */lock) /bin/sleep 0.$(($$ % 10)) ;; esac
exec {0} "$@"
"""


def test_a_stale_lock_is_taken_over_by_one(sh, sounds, packages, tmp_path):
    (sounds / ".voicekit/pack").mkdir(parents=True)
    (sounds / ".voicekit/pack/lock").write_text("4000000\n")
    program = f"{shutil.which('busybox')} " if "busybox" in sh.shell[0] else "/bin/"
    for name, text in {"sort": _ALONE.format(tmp_path, program + "sort"), "rm": _SLOW.format(program + "rm")}.items():
        (sh.bin / name).write_text(text)
    (tmp_path / "count").write_text("0\n")
    env = {"PATH": str(sh.bin), "COUNT": str(tmp_path / "count"), "KILL": "0"}
    command = [*sh.shell, packages[0] / "apply.sh", sounds]
    all_of_them = [
        subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    ends = [(one.communicate()[1], one.returncode) for one in all_of_them]
    assert not (tmp_path / "together").exists()
    assert 0 in {code for _, code in ends}
    assert all(code == 0 or "at it already" in text or "faster" in text for text, code in ends), ends


def test_a_lock_of_another_user_is_respected(sh, packages):
    """Whose process can't be signalled."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        shutil.copytree(packages[0], place / "package")
        (place / "sounds/.voicekit/pack").mkdir(parents=True)
        (place / "sounds/.voicekit/pack/lock").write_text("1\n")
        user = 65534 if os.geteuid() == 0 else None
        for path in place.rglob("*") if user else ():
            os.chown(path, user, user)
        done = subprocess.run(
            [*sh.shell, place / "package/apply.sh", place / "sounds"],
            user=user,
            env={"PATH": os.defpath},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, "process 1 is at it already" in done.stderr) == (1, True), done.stderr


def test_a_long_sound_is_not_held_in_memory(folder, tmp_path):
    store = folder("store")
    made, _ = release(store, {"en/custom/long": bytes(16 << 20)})
    tracemalloc.start()
    try:
        pack.write(made, store, tmp_path / "p.tar.gz")
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_two_workspaces_are_two(folder, tmp_path):
    store, names = (
        folder("store"),
        ["Acme Ltd", "Acme\u200bLtd", "Acme  Ltd", "Acme\\u200bLtd", "Acme\nLtd", " Acme Ltd"],
    )
    lines = []
    for number, name in enumerate(names):
        lines.append((unpacked(release(store, OLD, name)[0], store, tmp_path / str(number)) / "WORKSPACE").read_text())
    assert len(set(lines)) == len(names)
    assert all(line.count("\n") == 1 for line in lines)
    assert lines[0] == "Acme Ltd\n"


def test_spaces_before_a_name_count(sh, sounds, packages, folder, tmp_path):
    run(sh, packages[0], "apply.sh", sounds)
    store = folder("other")
    other = unpacked(release(store, NEW, " Acme")[0], store, tmp_path / "space")
    assert 'this package is of " Acme"' in refused(sh, other, sounds, sounds)


def test_the_same_release_is_the_same_archive(folder, tmp_path):
    store = folder("store")
    made, _ = release(store, NEW)
    for name in ("a.tar.gz", "b.tar.gz"):
        pack.write(made, store, tmp_path / name)
    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()
