"""say.sh in dash and in busybox: the announcement or what was there before, whole, wherever it is cut off."""

import hashlib
import os
import shutil
import subprocess
import time
from importlib.resources import files

import pytest
from release.packages import give, reachable, release, shell, tree, unpacked
from release.test_pack import aside, contents, keep, restored, steps, whole

SNOW = {"en/custom/announce.ulaw": b"snow", "en/custom/announce.alaw": b"snow, alaw", "en/new/deep.ulaw": b"deep"}
FROM, UNTIL = 1000, 2000

# Stand-ins for what belongs to the system. They keep what they were told in $TOLD, beside the counter.
_DATE = """case "$*" in *-d*) exec /bin/date "$@" ;; esac
read -r now < "${COUNT%/*}/now"
echo "$now"
"""
_SYSTEMCTL = """echo "$*" >> "${COUNT%/*}/systemctl"
"""
_AT = """told=${COUNT%/*}/jobs
mkdir -p "$told"
number=1
while [ -e "$told/$number" ]; do number=$((number + 1)); done
{ echo "$2 $TZ $PWD"; cat; } > "$told/$number"
echo "warning: commands will be executed using /bin/sh" >&2
echo "job $number at some time" >&2
"""
_ATRM = """for one; do rm "${COUNT%/*}/jobs/$one" || exit 1; done
"""
_CRONTAB = """told=${COUNT%/*}/crontab.of
case $1 in
    -l) [ -e "$told" ] || { echo "no crontab for root" >&2; exit 1; }; cat "$told" ;;
    *) cp "$1" "$told.new"; mv "$told.new" "$told" ;;
esac
"""
STANDINS = {"date": _DATE, "systemctl": _SYSTEMCTL, "at": _AT, "atrm": _ATRM, "crontab": _CRONTAB}
SCHEDULERS = ["systemd", "at", "cron", "crontab"]


class Pbx:
    """A folder of sounds, a scheduler, and a clock that stands still."""

    def __init__(self, sh, place):
        self.sh, self.place = sh, place
        self.root, self.sounds, self.said = place / "root", place / "the sounds", self.sounds_of(place / "the sounds")
        self.root.mkdir()
        self.clock(0)

    @staticmethod
    def sounds_of(folder):
        """The announcement's place is taken, by a file of another mode and owner, and one in another format."""
        (folder / "en/custom").mkdir(parents=True)
        (folder / "en/custom/announce.ulaw").write_bytes(b"usual")
        (folder / "en/custom/announce.ulaw").chmod(0o640)
        (folder / "en/custom/announce.wav").write_bytes(b"usual, wav")
        (folder / "en/hello.ulaw").write_bytes(b"Asterisk's")
        if os.geteuid() == 0:
            os.chown(folder / "en/custom/announce.ulaw", 1234, 4321)
            os.chown(folder / "en/custom/announce.wav", 1234, 4321)
        return []

    def clock(self, now):
        (self.place / "now").write_text(f"{now}\n")

    def has(self, scheduler):
        """Only this one is at work here."""
        shutil.rmtree(self.root)
        (self.root / "etc/systemd/system").mkdir(parents=True)
        (self.root / "proc/7").mkdir(parents=True)
        (self.root / "proc/7/comm").write_text(
            f"{ {'at': 'atd', 'cron': 'cron', 'crontab': 'crond'}.get(scheduler) }\n"
        )
        if scheduler == "systemd":
            (self.root / "run/systemd/system").mkdir(parents=True)
        if scheduler == "cron":
            (self.root / "etc/cron.d").mkdir()
        return self

    def package(self, sounds=SNOW, name="en-snow", start=FROM, end=UNTIL, taken=("en/custom/announce.wav",)):
        folder = self.place / f"package {len(self.said)}"
        self.said.append(folder)
        for path, data in sounds.items():
            (folder / "files" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "files" / path).write_bytes(data)
        sums = [f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(sounds.items())]
        texts = {"WORKSPACE": "Acme\n", "SHA256SUMS": "".join(sums), "NAME": f"{name}\n", "FROM": f"{start}\n"}
        texts |= {"UNTIL": f"{end}\n", "TAKEN": "".join(f"{one}\n" for one in taken)}
        for one, text in texts.items():
            (folder / one).write_text(text)
        for script in ("lib.sh", "say.sh", "apply.sh"):
            (folder / script).write_bytes((files("voicekit.release.pack") / script).read_bytes())
        return folder

    def run(self, script, *arguments, cut=0):
        return self.sh.run(script, *arguments, self.sounds, cut=cut, root=self.root)

    def ok(self, script, *arguments):
        done, count = self.run(script, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout, count

    def refused(self, script, *arguments):
        before = tree(self.sounds), self.entries()
        done, _ = self.run(script, *arguments)
        assert done.returncode == 1, done.stdout
        assert (tree(self.sounds), self.entries()) == before
        return done.stderr

    def arm(self, **options):
        """Armed, and the package is gone."""
        package = self.package(**options)
        said = self.ok(package / "say.sh", "arm")[0]
        shutil.rmtree(package)
        return said

    def scripts(self, name="en-snow"):
        """Where the scheduler finds them."""
        desk = self.root / "var/lib/voicekit" if os.geteuid() == 0 else self.sounds / ".voicekit"
        (one,) = desk.glob(f"voicekit-say-{name}-????????")
        return one

    def tick(self, now=None, name="en-snow", cut=0):
        if now is not None:
            self.clock(now)
        return self.run(self.scripts(name) / "say.sh", "tick", name, cut=cut)

    def ticked(self, now=None, name="en-snow"):
        done, _ = self.tick(now, name)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def list(self):
        before = sorted(self.place.rglob("*"))
        package = self.package(name="list")
        said = self.ok(package / "say.sh", "list")[0]
        shutil.rmtree(self.said.pop())
        assert sorted(self.place.rglob("*")) in (before, sorted([*before, self.place / "count"]))
        return said

    def entries(self):
        """What the schedulers were told, by what they are asked to run."""
        told = [*(self.root / "etc").rglob("*voicekit*"), *(self.place / "jobs").glob("*")]
        crontab = self.place / "crontab.of"
        return sorted(path.read_text() for path in told) + (
            [line for line in crontab.read_text().splitlines() if "voicekit" in line] if crontab.exists() else []
        )

    def saved(self):
        for name in ("the sounds", "root", "jobs"):
            (self.place / name).mkdir(exist_ok=True)
            keep(self.place / name, self.place / f"saved {name}")

    def as_saved(self):
        for name in ("the sounds", "root", "jobs"):
            restored(self.place / name, self.place / f"saved {name}")


@pytest.fixture(params=["dash", "busybox"])
def pbx(request, tmp_path):
    if not shutil.which(request.param):
        pytest.skip(f"no {request.param} here: apt-get install {request.param}")
    (tmp_path / "stand-ins").mkdir()
    others = []
    for name, text in STANDINS.items():
        path = tmp_path / "stand-ins" / name
        path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{text}")
        path.chmod(0o755)
        others.append((name, str(path)))
    return Pbx(shell(request.param, tmp_path / "bin", others), tmp_path).has("cron")


def on_of(before, sounds=SNOW):
    """What is heard while it is on."""
    return {name: data for name, data in contents(before).items() if not name.endswith("announce.wav")} | sounds


@pytest.fixture
def others(pbx):
    """One where the sounds belong to user 1234, and root has another script and another scheduler than that one's."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    reachable(pbx.place)
    give(pbx.sounds, 1234, 4321)
    return pbx


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_what_root_does_in_the_folder_of_another_user_it_does_as_that_user(others, scheduler):
    before = tree(others.has(scheduler).sounds)

    def all_theirs():
        return {path.lstat().st_uid for path in others.sounds.rglob("*")} == {1234}

    assert others.arm() == f"en-snow is armed by {scheduler.removesuffix('tab')}\n"
    assert all_theirs()
    assert {path.lstat().st_uid for path in others.scripts().parent.rglob("*")} == {0}
    assert others.ticked(1000) == "en-snow is on\n"
    assert contents(tree(others.sounds)) == on_of(before)
    assert all_theirs()
    assert others.list() == f"en-snow 1000 2000 on {scheduler.removesuffix('tab')}\n"
    assert others.ticked(2000) == "en-snow is off\n"
    assert contents(tree(others.sounds)) == contents(before)
    nothing_left(others)


def test_whose_the_sounds_are_leads_root_nowhere(others):
    """That user puts links to what is root's where root's own announcement works."""
    others.arm()
    victim = others.place / "victim"
    victim.mkdir()
    (victim / "announce.ulaw").write_bytes(b"secret")
    (victim / "announce.ulaw").chmod(0o600)
    before = tree(victim)
    for link in (others.sounds / ".voicekit/say/en-snow/kept", others.sounds / "en/custom"):
        if link.exists():
            shutil.rmtree(link)
        link.symlink_to(victim)
        os.lchown(link, 1234, 4321)
        others.tick(1500)
        others.tick(2000)
        assert tree(victim) == before
        link.unlink()
    assert all(b"secret" not in path.read_bytes() for path in others.sounds.rglob("*") if path.is_file())


def test_a_pipe_in_its_place_stays_and_nothing_waits_for_it(pbx):
    pbx.arm()
    pbx.ticked(1500)
    (pbx.sounds / "en/custom/announce.ulaw").unlink()
    os.mkfifo(pbx.sounds / "en/custom/announce.ulaw")
    assert "announce.ulaw was changed meanwhile" in pbx.ticked(2000)
    nothing_left(pbx)


def nothing_left(pbx):
    """But for what says whose the sounds are, and scratch."""
    assert pbx.entries() == []
    assert not (pbx.sounds / ".voicekit/say").exists()
    assert not (pbx.root / "var/lib/voicekit").exists()
    assert not [path for path in pbx.sounds.rglob("*") if "crontab" in path.name]


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_on_and_off_at_its_times(pbx, scheduler):
    if os.geteuid() and scheduler in ("systemd", "cron"):
        pytest.skip("root's")
    before = tree(pbx.has(scheduler).sounds)
    by = scheduler.removesuffix("tab")
    assert pbx.arm() == f"en-snow is armed by {by}\n"
    assert tree(pbx.sounds) == before
    if os.geteuid() == 0:  # the sounds belong to another user, who could put another script there
        assert all(f"sh '{pbx.sounds}" not in text for text in pbx.entries())
        assert not list((pbx.sounds / ".voicekit").rglob("*.sh"))
    assert pbx.list() == f"en-snow 1000 2000 waiting {by}\n"
    assert pbx.ticked(999) == ""
    assert tree(pbx.sounds) == before
    assert pbx.ticked(1000) == "en-snow is on\n"
    on = tree(pbx.sounds)
    assert contents(on) == on_of(before)
    assert on["en/custom/announce.ulaw"][:3] == before["en/custom/announce.ulaw"][:3]
    assert on["en/custom/announce.alaw"][0] & 0o777 == 0o644
    assert pbx.list() == f"en-snow 1000 2000 on {by}\n"
    assert pbx.ticked(1999) == ""
    assert tree(pbx.sounds) == on
    assert pbx.ticked(2000) == "en-snow is off\n"
    assert tree(pbx.sounds) == before
    nothing_left(pbx)
    assert pbx.list() == ""
    assert aside(pbx.sounds) == {}


def test_one_that_is_due_is_on_at_once(pbx):
    before = tree(pbx.sounds)
    pbx.clock(5)
    assert pbx.arm(start=0) == "en-snow is armed by cron\nen-snow is on\n"
    assert contents(tree(pbx.sounds)) == on_of(before)


def test_a_machine_that_was_off(pbx):
    """At the beginning; at the end; at both."""
    before = tree(pbx.sounds)
    pbx.arm()
    pbx.ticked(1500)
    assert contents(tree(pbx.sounds)) == on_of(before)
    pbx.ticked(1 << 31)
    assert tree(pbx.sounds) == before
    nothing_left(pbx)
    pbx.clock(0)
    pbx.arm()
    pbx.ticked(3000)
    assert tree(pbx.sounds) == before
    nothing_left(pbx)


def test_a_clock_that_is_set_back(pbx):
    before = tree(pbx.sounds)
    pbx.arm()
    pbx.ticked(1500)
    pbx.ticked(10)
    assert contents(tree(pbx.sounds)) == on_of(before)
    pbx.ticked(2000)
    assert tree(pbx.sounds) == before


@pytest.mark.parametrize("now", [10, 1500])
def test_cancel(pbx, now):
    before = tree(pbx.sounds)
    pbx.arm()
    pbx.ticked(now)
    other = pbx.package()
    said = pbx.ok(other / "say.sh", "cancel", "en-snow")[0]
    assert said == ("en-snow is off\n" if now > FROM else "") + "en-snow is cancelled\n"
    assert tree(pbx.sounds) == before
    nothing_left(pbx)
    assert "no announcement en-snow is armed" in pbx.ok(other / "say.sh", "cancel", "en-snow")[0]


@pytest.mark.parametrize("scheduler", ["at", "cron"])
def test_the_same_name_again(pbx, scheduler):
    """What comes back is what was there before the first."""
    before = tree(pbx.has(scheduler).sounds)
    pbx.clock(1500)
    pbx.arm()
    entries = pbx.entries()
    ice = {"en/custom/announce.ulaw": b"ice", "en/ice.ulaw": b"ice"}
    assert pbx.arm(sounds=ice) == f"en-snow is off\nen-snow is armed by {scheduler}\nen-snow is on\n"
    assert contents(tree(pbx.sounds)) == on_of(before, ice)
    assert len(pbx.entries()) == len(entries)
    pbx.arm(sounds=ice, start=1800)
    assert tree(pbx.sounds) == before
    pbx.ticked(1800)
    pbx.ticked(2000)
    assert tree(pbx.sounds) == before
    nothing_left(pbx)


def test_two_that_do_not_touch(pbx):
    before = tree(pbx.sounds)
    pbx.clock(1500)
    pbx.arm()
    pbx.arm(sounds={"en/hello.ulaw": b"ice"}, name="ice", taken=(), start=1600, end=1900)
    pbx.ticked(1700, name="ice")
    assert pbx.list() == "en-snow 1000 2000 on cron\nice 1600 1900 on cron\n"
    pbx.ticked(1900, name="ice")
    assert contents(tree(pbx.sounds)) == on_of(before)
    assert len(pbx.entries()) == 1
    pbx.ticked(2000)
    assert tree(pbx.sounds) == before


def test_two_that_want_the_same_place(pbx):
    pbx.arm()
    for path, taken in (("en/custom/announce.ulaw", ()), ("en/custom/announce.wav", ()), ("en/x.ulaw", SNOW)):
        package = pbx.package(sounds={path: b"ice"}, name="ice", taken=taken)
        assert "announcement en-snow holds en/custom/announce." in pbx.refused(package / "say.sh", "arm")
    twice = pbx.package(taken=("en/custom/announce.ulaw",))
    assert "en/custom/announce.ulaw is there twice" in pbx.refused(twice / "say.sh", "arm")
    assert pbx.list() == "en-snow 1000 2000 waiting cron\n"


def test_what_was_changed_meanwhile_stays(pbx):
    """One with an original, one without, a sibling that came back, and one that is a link now."""
    pbx.arm()
    pbx.ticked(1500)
    here = pbx.sounds / "en"
    changed = {"custom/announce.ulaw": b"mine", "new/deep.ulaw": b"mine too", "custom/announce.wav": b"mine, wav"}
    for name, data in changed.items():
        (here / name).write_bytes(data)
    (here / "custom/announce.alaw").unlink()
    (here / "custom/announce.alaw").symlink_to("nowhere")
    said = pbx.ticked(2000)
    assert said.count("was changed meanwhile, and stays as it is") == 4
    assert "what was there before the announcement is kept in" in said
    assert {name: (here / name).read_bytes() for name in changed} == changed
    assert (here / "custom/announce.alaw").is_symlink()
    assert aside(pbx.sounds) == {"en/custom/announce.ulaw": [b"usual"]}
    assert (pbx.sounds / ".voicekit/pack/changed/1/en/custom/announce.wav").read_bytes() == b"usual, wav"
    nothing_left(pbx)


def test_what_was_removed_meanwhile_comes_back(pbx):
    before = tree(pbx.sounds)
    pbx.arm()
    pbx.ticked(1500)
    shutil.rmtree(pbx.sounds / "en/new")
    (pbx.sounds / "en/custom/announce.ulaw").unlink()
    pbx.ticked(2000)
    assert tree(pbx.sounds) == before


def unpack(folder, tmp_path, name, sounds):
    store = folder(f"store {name}")
    return unpacked(release(store, sounds)[0], store, tmp_path / name)


def test_a_release_while_it_waits_and_while_it_is_on(pbx, folder, tmp_path):
    first = unpack(folder, tmp_path, "first", {"en/custom/announce": b"release 1"})
    second = unpack(folder, tmp_path, "second", {"en/custom/announce": b"release 2", "en/other": b"other"})
    (second / "TAKEN").write_text("en/custom/announce.alaw\n")
    pbx.arm()
    pbx.ok(first / "apply.sh")
    applied = tree(pbx.sounds)
    pbx.ticked(1500)
    pbx.ok(second / "apply.sh")
    assert contents(tree(pbx.sounds)) == on_of(applied) | {"en/other.ulaw": b"other"}
    assert "an announcement is on the air" in pbx.refused(second / "apply.sh", "--rollback")
    pbx.ticked(2000)
    other = {"en/other.ulaw": b"other"}
    assert contents(tree(pbx.sounds)) == contents(applied) | other
    nothing_left(pbx)


def test_a_tick_leaves_when_a_release_is_at_work(pbx):
    before = tree(pbx.sounds)
    pbx.arm()
    lock = pbx.sounds / ".voicekit/pack/lock"
    lock.write_text(f"{os.getpid()}\n")
    done, _ = pbx.tick(1500)
    assert (done.returncode, done.stdout, done.stderr, tree(pbx.sounds)) == (0, "", "", before)
    assert "is at it already" in pbx.refused(pbx.package() / "say.sh", "cancel", "en-snow")
    lock.unlink()
    pbx.ticked(1500)
    assert contents(tree(pbx.sounds)) == on_of(before)


def test_at_comes_again_after_one_that_could_do_nothing(pbx):
    pbx.has("at").arm(start=1000, end=2000)
    minutes = [text.split(" ")[0][-4:] for text in pbx.entries()]
    assert minutes == ["0017", "0034"]  # 1000 s are 16:40 past midnight
    assert all(text.split("\n")[0].endswith(" UTC0 /") for text in pbx.entries())
    (pbx.sounds / ".voicekit/pack/lock").write_text(f"{os.getpid()}\n")
    pbx.ticked(1020)
    assert [text.split(" ")[0][-4:] for text in pbx.entries()] == ["0017", "0018", "0034"]
    (pbx.sounds / ".voicekit/pack/lock").unlink()
    assert pbx.ticked(1080) == "en-snow is on\n"
    assert [text.split(" ")[0][-4:] for text in pbx.entries()] == ["0034"]
    pbx.ticked(2040)
    nothing_left(pbx)


def test_no_scheduler_is_refused_before_anything_is_changed(pbx):
    package = pbx.package()
    assert "neither systemd" in pbx.refused(pbx.has(None).sh and package / "say.sh", "arm")
    assert not (pbx.sounds / ".voicekit").exists()


def test_a_scheduler_that_takes_nothing_is_passed_over(pbx):
    pbx.has("cron")
    (pbx.root / "proc/8").mkdir()
    (pbx.root / "proc/8/comm").write_text("atd\n")
    (pbx.place / "stand-ins/at").write_text("#!/bin/sh\necho 'You do not have permission to use at.' >&2\nexit 1\n")
    assert pbx.arm() == "en-snow is armed by cron\n"
    assert not (pbx.scripts() / "jobs").exists()
    package = pbx.package(name="ice", sounds={"en/x.ulaw": b"x"}, taken=())
    (pbx.root / "proc/7/comm").write_text("sh\n")
    assert "no scheduler took it" in pbx.refused(package / "say.sh", "arm")
    assert pbx.list() == "en-snow 1000 2000 waiting cron\n"


def test_times_that_cannot_be_are_refused(pbx):
    pbx.clock(1500)
    assert "its time is over" in pbx.refused(pbx.package(end=1500) / "say.sh", "arm")
    assert "end before it begins" in pbx.refused(pbx.package(start=2000) / "say.sh", "arm")
    for one in ("", "010", "-5", "1e3", "tomorrow"):
        assert "is no time" in pbx.refused(pbx.package(start=one) / "say.sh", "arm")


@pytest.mark.parametrize("name", ["", "-x", "../x", "a b", "A", "x.y"])
def test_names_that_are_none_are_refused(pbx, name):
    assert "is no name of an announcement" in pbx.refused(pbx.package(name=name) / "say.sh", "arm")
    assert "is no name of an announcement" in pbx.refused(pbx.package() / "say.sh", "cancel", name)


def test_packages_that_are_not_right_are_refused(pbx):
    damaged = pbx.package()
    (damaged / "files/en/new/deep.ulaw").write_bytes(b"deeq")
    assert "damaged" in pbx.refused(damaged / "say.sh", "arm")
    assert "is no name of a sound" in pbx.refused(pbx.package(taken=("../x",)) / "say.sh", "arm")
    other = pbx.package()
    pbx.ok(pbx.package(name="first", end=5000, sounds={"en/x.ulaw": b"x"}, taken=()) / "say.sh", "arm")
    (other / "WORKSPACE").write_text("Bolt\n")
    assert 'of "Bolt"' in pbx.refused(other / "say.sh", "arm")
    assert 'of "Bolt"' in pbx.refused(other / "say.sh", "cancel", "first")


@pytest.mark.parametrize("sign", ["'", '"', "$", "`", "%", "\\", "\t"])
def test_a_folder_that_a_scheduler_would_not_understand_is_refused(pbx, sign):
    pbx.sounds = pbx.sounds.rename(pbx.place / f"so{sign}unds")
    assert "would not understand" in pbx.refused(pbx.package() / "say.sh", "arm")
    assert not (pbx.sounds / ".voicekit").exists()


def test_what_the_user_has_in_his_crontab_stays(pbx):
    crontab = pbx.place / "crontab.of"
    theirs = "# mine\n0 4 * * *  backup 100\\%\n\n@reboot x # voicekit-say-en-snow"
    crontab.write_text(theirs)
    pbx.has("crontab").arm()
    pbx.arm()
    assert crontab.read_text().startswith(f"{theirs}\n")
    assert len(crontab.read_text().splitlines()) == len(theirs.splitlines()) + 1
    pbx.ticked(2000)
    assert crontab.read_text() == f"{theirs}\n"


def test_a_crontab_that_cannot_be_read_is_not_written(pbx):
    crontab = pbx.place / "stand-ins/crontab"
    crontab.write_text(crontab.read_text().replace("-l)", "-l) echo 'Permission denied' >&2; exit 1;"))
    (pbx.place / "crontab.of").write_text("precious\n")
    assert "no scheduler took it" in pbx.refused(pbx.has("crontab").package() / "say.sh", "arm")
    assert (pbx.place / "crontab.of").read_text() == "precious\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="root's")
def test_busybox_cron_reads_no_cron_d(pbx):
    pbx.has("cron")
    (pbx.root / "proc/7/comm").write_text("crond\n")
    (pbx.root / "proc/7/exe").symlink_to("/bin/busybox")
    pbx.arm()
    assert "voicekit-say-en-snow" in (pbx.place / "crontab.of").read_text()
    assert not list((pbx.root / "etc/cron.d").iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="root's")
def test_root_keeps_its_scripts_in_no_folder_of_another_user(pbx):
    (pbx.root / "var/lib/voicekit").mkdir(parents=True)
    os.chown(pbx.root / "var/lib/voicekit", 1234, 1234)
    assert "belongs to user 1234" in pbx.refused(pbx.package() / "say.sh", "arm")
    assert pbx.list() == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="root's")
def test_units_of_systemd(pbx, tmp_path):
    pbx.has("systemd").arm()
    units = sorted((pbx.root / "etc/systemd/system").iterdir())
    timer = f"{pbx.scripts().name}.timer"
    assert [path.name for path in units] == [f"{pbx.scripts().name}.service", timer]
    told = (pbx.place / "systemctl").read_text().splitlines()
    assert told == ["daemon-reload", f"--quiet enable {timer}", f"start {timer}"]
    if verify := shutil.which("systemd-analyze"):
        done = subprocess.run([verify, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
        assert "voicekit" not in done.stderr, done.stderr
    pbx.clock(1500)  # the command as systemd takes it apart: one pair of double quotes, and nothing to be replaced
    start = units[0].read_text().split("ExecStart=")[1].splitlines()[0]
    assert start.startswith('/bin/sh -c "')
    (tmp_path / "run.sh").write_text(start.removeprefix('/bin/sh -c "').removesuffix('"'))
    done, _ = pbx.sh.run(tmp_path / "run.sh", root=pbx.root)
    assert done.stdout == "en-snow is on\n", done.stderr
    pbx.ticked(2000)
    told = (pbx.place / "systemctl").read_text().splitlines()[3:]
    assert told == [f"stop {timer}", f"--quiet disable {timer}", "daemon-reload"]
    nothing_left(pbx)


# ---- stopped at every command ----------------------------------------------------------------------------------------


def faults(value):
    return pytest.param(value, marks=pytest.mark.faults)


SHARES = [1, faults("all")]


def cut_off(pbx, share, first, then, *good):
    """`first(cut)` is stopped: each file is one of the good ones or what it would have become; `then(cut)` ends it."""
    pbx.saved()
    done, total = first(0)
    assert done.returncode == 0, done.stderr
    good = (*good, tree(pbx.sounds))
    for cut in steps(total, share):
        pbx.as_saved()
        assert first(cut)[0].returncode == -9
        whole(tree(pbx.sounds), *good)
        then(cut)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("scheduler", [faults("at"), faults("systemd"), "cron"])
def test_arm_cut_off(pbx, share, scheduler):
    before = tree(pbx.has(scheduler).sounds)
    pbx.clock(1500)
    package = pbx.package()

    def then(cut):
        assert pbx.ok(package / "say.sh", "arm")[0].endswith("is on\n")
        assert contents(tree(pbx.sounds)) == on_of(before), cut
        assert pbx.list() == f"en-snow 1000 2000 on {scheduler}\n"
        pbx.ticked(2000)
        assert tree(pbx.sounds) == before, cut
        pbx.clock(1500)

    cut_off(pbx, share, lambda cut: pbx.run(package / "say.sh", "arm", cut=cut), then, before)


@pytest.mark.parametrize("share", [faults("all")])
def test_arm_over_another_cut_off(pbx, share):
    before = tree(pbx.sounds)
    pbx.clock(1500)
    pbx.arm()
    first = tree(pbx.sounds)
    ice = {"en/custom/announce.ulaw": b"ice", "en/ice.ulaw": b"ice"}
    package = pbx.package(sounds=ice)

    def then(cut):
        pbx.ok(package / "say.sh", *(["arm"] if cut % 2 else ["cancel", "en-snow"]))
        assert contents(tree(pbx.sounds)) == (on_of(before, ice) if cut % 2 else contents(before)), cut
        pbx.ok(package / "say.sh", "cancel", "en-snow")
        assert tree(pbx.sounds) == before, cut
        nothing_left(pbx)

    cut_off(pbx, share, lambda cut: pbx.run(package / "say.sh", "arm", cut=cut), then, first, before)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(
    "later", [1600, faults(10), faults(2000)], ids=["next tick", "clock set back", "after its end"]
)
def test_going_on_cut_off(pbx, share, later):
    before = tree(pbx.sounds)
    pbx.arm()

    def then(cut):
        pbx.ticked(later)
        on = later == 1600 or (later == 10 and pbx.list().endswith("on cron\n"))
        assert contents(tree(pbx.sounds)) == (on_of(before) if on else contents(before)), cut
        if later != 2000:
            pbx.ticked(2000)
        assert tree(pbx.sounds) == before, cut
        nothing_left(pbx)
        assert aside(pbx.sounds) == {}

    cut_off(pbx, share, lambda cut: pbx.tick(1500, cut=cut), then, before)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("how", ["tick", faults("tick, clock set back"), "cancel"])
def test_going_off_cut_off(pbx, share, how):
    before = tree(pbx.sounds)
    pbx.arm()
    pbx.ticked(1500)
    on = tree(pbx.sounds)
    cancel = pbx.package() / "say.sh"

    def first(cut):
        return pbx.run(cancel, "cancel", "en-snow", cut=cut) if how == "cancel" else pbx.tick(2000, cut=cut)

    def then(cut):
        home = pbx.sounds / ".voicekit/say/en-snow"
        begun = (home / "over").exists() or not home.exists()
        if any((pbx.root / "var/lib/voicekit").glob("*/say.sh")) or os.geteuid():
            pbx.ticked({"tick": 2100}.get(how, 1500))
        assert tree(pbx.sounds) == (before if how == "tick" or begun else on), cut
        assert bool(pbx.entries()) == home.exists(), cut
        pbx.ok(cancel, "cancel", "en-snow")
        assert tree(pbx.sounds) == before, cut
        nothing_left(pbx)

    cut_off(pbx, share, first, then, on)


@pytest.mark.parametrize("share", SHARES)
def test_what_is_changed_while_it_is_stopped_is_kept(pbx, share):
    """Not yet swapped, or swapped already: in both cases what was put there by hand is somewhere."""
    pbx.arm()

    def then(cut):
        (pbx.sounds / "en/custom/announce.ulaw").write_bytes(b"mine")
        pbx.ticked(1600)
        pbx.ticked(2000)
        kept = [path.read_bytes() for path in (pbx.sounds / ".voicekit/pack/changed").rglob("announce.ulaw")]
        now = (pbx.sounds / "en/custom/announce.ulaw").read_bytes()
        assert b"mine" in (now, *kept), cut
        assert now == b"mine" or b"usual" in (now, *kept) or not kept, cut

    cut_off(pbx, share, lambda cut: pbx.tick(1500, cut=cut), then, tree(pbx.sounds))


# ---- real daemons ----------------------------------------------------------------------------------------------------

# Nothing of this is seen outside: own mounts, own processes, which end with it.
_INSIDE = """set -e
mount -t tmpfs none /run
mount -t tmpfs none /var/lib
mount -t tmpfs none /etc/cron.d
mount --bind "$1/spool" /var/spool/cron
{daemon}
sleep 1
sh "$1/package 0/say.sh" arm "$1/the sounds"
rm -r "$1/package 0"
n=0
while [ -e "$1/the sounds/.voicekit/say" ]; do
    [ ! -e "$1/the sounds/.voicekit/say/en-snow/on" ] || : > "$1/was-on"
    n=$((n + 1))
    [ $n -lt 300 ]
    sleep 1
done
ls -A /etc/cron.d /var/lib
atq
"""


@pytest.mark.faults
@pytest.mark.skipif(os.geteuid() != 0, reason="root's")
@pytest.mark.parametrize(("daemon", "command"), [("cron", "/usr/sbin/cron"), ("at", "/usr/sbin/atd")])
def test_a_real_daemon_puts_it_on_and_takes_it_off(tmp_path, daemon, command):
    alone = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if not os.access(command, os.X_OK) or subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip(f"no {command} here, or no namespaces")
    pbx = Pbx(None, tmp_path)
    before = tree(pbx.sounds)
    now = int(time.time())
    pbx.package(start=now + 5, end=now + 65)
    shutil.copytree("/var/spool/cron", tmp_path / "spool")
    for path in (tmp_path / "spool", *(tmp_path / "spool").rglob("*")):
        like = ("/var/spool/cron" / path.relative_to(tmp_path / "spool")).stat()
        os.chown(path, like.st_uid, like.st_gid)
        path.chmod(like.st_mode & 0o7777)
    (tmp_path / "inside.sh").write_text(_INSIDE.format(daemon=command))
    done = subprocess.run(
        [*alone, "sh", tmp_path / "inside.sh", tmp_path], capture_output=True, text=True, check=False, timeout=400
    )
    assert (done.returncode, done.stderr.replace("warning: commands will be executed using /bin/sh\n", "")) == (0, "")
    assert done.stdout.startswith(f"en-snow is armed by {daemon}\n")
    assert "voicekit-say" not in done.stdout
    assert (tmp_path / "was-on").exists()
    assert tree(pbx.sounds) == before
