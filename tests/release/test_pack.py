"""apply.sh and rollback.sh in dash and in busybox: exactly new or exactly old, wherever they are cut off."""

import os
import random
import shutil

import pytest
from release.packages import release, shell, tree, unpacked

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


SHARES = [3, pytest.param("all", marks=pytest.mark.faults)]


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


def test_what_somebody_changed_meanwhile_is_kept(sh, sounds, packages):
    run(sh, packages[1], "apply.sh", sounds)
    (sounds / "en/custom/two.ulaw").write_bytes(b"by hand again")
    assert "mended" in run(sh, packages[1], "apply.sh", sounds)[0]
    assert (sounds / "en/custom/two.ulaw").read_bytes() == b"two"
    (sounds / "ru/four.ulaw").write_bytes(b"mine")
    run(sh, packages[1], "rollback.sh", sounds)
    kept = {path.name: path.read_bytes() for path in sounds.glob(".voicekit/pack/*/changed/**/*.ulaw")}
    assert kept == {"two.ulaw": b"by hand again", "four.ulaw": b"mine"}


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
           "en/$(id)", "en/`id`.ulaw", "en//x.ulaw", "en/x/", "en/é.ulaw"]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_package_is_refused(sh, sounds, packages, path):
    sums = packages[1] / "SHA256SUMS"
    first = sums.read_text().split(" ")[0]
    sums.write_text(f"{first}  {path}\n")
    assert "SHA256SUMS" in refused(sh, packages[1], sounds, sounds)


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


def test_the_same_release_is_the_same_archive(folder, tmp_path):
    store = folder("store")
    made, _ = release(store, NEW)
    for name in ("a.tar.gz", "b.tar.gz"):
        pack.write(made, store, tmp_path / name)
    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()
