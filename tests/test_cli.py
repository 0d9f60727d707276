"""The command line: exit codes, what goes to which stream, and that every command is alike."""

import contextlib
import errno
import io
import json
import logging
import os
import pty
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import typer
from sites import PROMPTS, Site

from voicekit import __version__, fs, stores
from voicekit.calls import keys, naming
from voicekit.calls.keys import Keyring
from voicekit.cli import console, main
from voicekit.cli.app import app
from voicekit.engines.tone import Tone
from voicekit.errors import EngineError, Exit
from voicekit.hosts import player
from voicekit.jobs import status
from voicekit.outcome import Outcome, Verdict
from voicekit.stores import Body

ROOT = Path(__file__).parents[1]
# commands that need no workspace
ELSEWHERE = {
    "init",
    "convert",
    "formats",
    "lint",
    "doctor",
    "voice fetch",
    "voice compare",
    "voice cluster",
    "pull",
    "each",
}


def commands(group=None, path=()):
    """(name, command) of every command in the tree."""
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands())
RING = Keyring((b"k" * 32,), b"n" * 16, confirmed=True)
SOUND = bytes(range(256)) * 9
RECORDING = naming.recording(Body.of(SOUND).sha256, RING.naming)
ARGUMENTS = {  # what each needs to do something quick; {0}: a folder for its output
    "revoice": [], "status": ["--all"], "play": ["custom/one"], "approve": ["closed", "--by", "Ann"],
    "reject": ["closed", "--by", "Ann"], "proof": ["-o", "{0}/proof.html"], "prompts import": ["{0}/en"],
    "prompts export": ["{0}/prompts.csv"], "prompts list": [], "init": ["{0}/new"], "formats": ["ulaw"],
    "convert": ["{0}/en", "--to", "{0}/out"], "doctor": [], "lint": ["{0}/en"], "prompts lint": [],
    "prompts say": ["closed"], "take": ["{0}/takes/en"],
    "voice new": ["other", "--engine", "espeak", "--voice", "en=en", "--licence", "none"], "voice fetch": [],
    "voice lexicon": ["{0}/new.pls", "-l", "en"],
    "voice calibrate": ["known", "-l", "en"], "voice drift": ["known"], "voice cluster": ["{0}/speech"],
    "voice check": ["{0}/speech", "--voice", "known"], "voice compare": ["{0}/speech", "{0}/speech"],
    "release build": [], "release list": [], "release show": [], "release verify": [], "release diff": ["last"],
    "release push": ["--store", "file:{0}/nas"], "release pull": ["--store", "file:{0}/nas"],
    "release promote": ["last", "staging", "--by", "Ann", "--store", "file:{0}/nas"],
    "release channels": ["--store", "file:{0}/nas"], "release pack": ["-o", "{0}/p.tar.gz"],
    "handover": ["-o", "{0}/h.zip"], "store check": ["file:{0}/nas"], "store gc": ["file:{0}/nas", "--yes"],
    "store copy": ["file:{0}/nas", "file:{0}/copy"],
    "deploy plan": [], "deploy apply": [], "deploy rollback": [], "deploy drift": [], "deploy status": [],
    "deploy moh": ["{0}/music", "jazz"], "deploy adopt": ["pbx"],
    "pull": ["--store", "file:{0}/nas", "--sounds", "{0}/pbx/sounds"],
    "calls archive": ["--keep"], "calls verify": [], "calls free": ["--dry-run", "--to", "99%"],
    "calls timer": ["-o", "{0}"], "calls restore": [RECORDING, "-o", "{0}/case", "--reason", "why"],
    "calls share": [RECORDING, "--reason", "why"],
    "calls play": [RECORDING, "--serve", "--reason", "why"],
    "calls export": [RECORDING, "-o", "{0}/case.zip", "--reason", "why"],
    "calls find": ["--day", "2026-11-30", "79161234567"], "calls show": [RECORDING], "calls reindex": [],
    "calls hold": ["--recording", RECORDING, "--case", "1", "--reason", "x"],
    "calls holds": [], "calls unhold": ["--case", "1", "--reason", "x"], "calls retain": [],
    "calls erase": ["--recording", RECORDING, "--dry-run"],
    "calls reconcile": ["--since", "1h", "--until", "1h"],
    "calls adopt": ["recordings/2024/"], "calls report": ["-o", "{}/report.html"],
    "calls key init": [], "calls key backup": [], "calls key check": ["{0}/copy.txt"],
    "calls key restore": ["{0}/copy.txt"], "calls key rotate": [],
    "say": ["--as", "custom/announce", "--cancel"], "each": ["{0}/site", "--", "prompts", "list"],
}  # fmt: skip


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A folder with the site in which everything is spoken, and folders of sounds beside it."""
    folder = tmp_path_factory.mktemp("once")
    site = Site(folder / "site")
    assert main(["revoice", "-C", str(site.root)]) == 0
    (folder / "en").mkdir()
    (folder / "en/hello.ulaw").write_bytes((site.root / "build/sounds/en/closed.ulaw").read_bytes())
    shutil.copytree(ROOT / "voices/robot", site.root / "voices/known")
    (folder / "speech").mkdir()
    (folder / "takes/en").mkdir(parents=True)
    shutil.copy(site.master("closed"), folder / "takes/en/closed.flac")
    shutil.copy(ROOT / "voices/robot/reference.en.flac", folder / "speech")
    published(site, folder)
    archived(site, folder)
    return folder


@pytest.fixture
def made(once, tmp_path, monkeypatch):
    """A copy of that, a player, and another current folder."""
    shutil.copytree(once, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(player, "command", lambda: ["true"])
    monkeypatch.chdir(tmp_path)
    site = Site(tmp_path / "site")
    deployable(site, tmp_path)
    return site


def published(site, folder):
    """A release in a store beside the workspace, a channel, and an old blob that nobody names."""
    for name in ("nas", "copy"):
        (folder / name).mkdir()
    at = ("-C", str(site.root), "--store", f"file:{folder}/nas")
    assert main(["release", "build", "-C", str(site.root)]) == 0
    assert main(["release", "push", *at]) == 0
    assert main(["release", "promote", "last", "production", "--by", "Ann", *at]) == 0
    stores.reach(f"file:{folder}/nas").put("blobs/" + "0" * 64, stores.Body.of(b"old"))
    os.utime(folder / "nas/blobs" / ("0" * 64), (1e9, 1e9))


def archived(site, folder):
    """A recording in a store, sealed, and beside it a workspace that has no key yet."""
    fs.create(site.root / "calls.key", keys._dumped(RING))
    (folder / "copy.txt").write_text(keys.backup(RING))
    (folder / "spool").mkdir()
    (folder / "spool/1.ulaw").write_bytes(SOUND)
    os.utime(folder / "spool/1.ulaw", (1e9, 1e9))
    before = (site.root / "voicekit.toml").read_text()
    recording(site, folder)
    assert main(["calls", "archive", "--keep", "-C", str(site.root)]) == 0
    (site.root / "voicekit.toml").write_text(before)


def recording(site, folder):
    """[calls] of the workspace, and of one that has no key yet."""
    (folder / "fresh").mkdir(exist_ok=True)
    lines = ("", "[calls]", f'store = "file:{folder}/nas"', 'key = "calls.key"', 'zone = "UTC"')
    more = (f'cdr = "csv:{folder}/Master.csv"', "[calls.spools.pbx]", f'path = "{folder}/spool"', "")
    (folder / "Master.csv").touch()
    text = "\n".join([*lines, *more])
    text += '[[calls.retain.rules]]\nkeep = "99999d"\n'
    (folder / "fresh/voicekit.toml").write_text(text)
    with (site.root / "voicekit.toml").open("a") as config:
        config.write(text)


def deployable(site, folder):
    """A target beside the workspace with an announcement that is armed, music on hold for it, and a new recording."""
    (folder / "spool/2.ulaw").write_bytes(SOUND * 2)
    os.utime(folder / "spool/2.ulaw", (1e9, 1e9))
    recording(site, folder)
    armed = "pbx/sounds/.voicekit/say/en--custom--announce"
    for name in (armed, "pbx/moh", "music"):
        (folder / name).mkdir(parents=True)
    (folder / armed / "UNTIL").write_text("4000000000\n")
    (folder / "music/one.ulaw").write_bytes(b"one")
    config = site.root / "voicekit.toml"
    config.write_text(f'{config.read_text()}\n[targets.pbx]\nsounds = "{folder}/pbx/sounds"\n')


def argv(name, site):
    arguments = [argument.format(site.root.parent) for argument in ARGUMENTS[name]]
    if name == "calls adopt":
        (site.root.parent / "nas/recordings/2024").mkdir(parents=True)
        shutil.copy2(site.root.parent / "spool/1.ulaw", site.root.parent / "nas/recordings/2024")
    if name == "calls unhold":
        main(["calls", "hold", "--recording", RECORDING, "--case", "1", "--reason", "x", "-C", str(site.root)])
    root = site.root.parent / "fresh" if name == "calls key init" else site.root
    where = [] if name in ELSEWHERE else ["-C", root]
    return [*name.split(), *arguments, *where]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_of_itself(run, name):
    ran = run(*name.split(), "-h")
    assert (ran.code, ran.err) == (0, "")
    assert re.search(rf"^\s*Example: voicekit {name}\b", ran.out, re.MULTILINE)
    assert run(*name.split(), "--help").out == ran.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_speaks_json_and_takes_a_workspace(made, run, name):
    ran = run(*argv(name, made), "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.outcomes
    for outcome in ran.outcomes:
        assert (
            {"subject", "verdict", "code"}
            <= outcome.keys()
            <= {"subject", "verdict", "code", "detail", "remedy", "data"}
        )
        assert re.fullmatch(r"[a-z][a-z-]*", outcome["code"])
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert ("-C" in options) == (name not in ELSEWHERE or name == "voice fetch")  # which lists without one


@pytest.mark.parametrize("name", COMMANDS)
def test_a_pipe_gets_no_progress_and_no_colour(made, run, name):
    ran = run(*argv(name, made))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("\n")
    assert not re.search("[\x1b\r]", ran.out)


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - ELSEWHERE))
def test_outside_of_a_workspace_it_says_how_to_make_one(made, run, name):
    where = made.root.parent
    ran = run(*argv(name, made)[:-1], where)
    assert (ran.code, ran.out) == (Exit.INPUT, "")
    how = "make a workspace with `voicekit init DIR`"
    if name.startswith("calls "):
        how = "begin with samples/archive.toml, as docs/calls.md tells"
    assert ran.err == f"voicekit: {where}: no voicekit.toml here or above; {how}, or name one with -C\n"


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


def test_codes_of_wrong_usage(made, run):
    for wrong in (["nope"], ["revoice", "--nope"], ["play"], ["approve", "closed"], ["convert", "en"]):
        ran = run(*wrong)
        assert (ran.code, ran.out) == (Exit.USAGE, "")
        assert ran.err


def test_codes_of_an_engine_that_does_not_run(made, run, monkeypatch):
    made.words(PROMPTS | {"new": "New."})
    monkeypatch.setattr(Tone, "version", raising(EngineError("tone: no loudspeaker; buy one")))
    ran = run("revoice", "-C", made.root)
    assert (ran.code, ran.err) == (Exit.ENGINE, "voicekit: tone: no loudspeaker; buy one\n")


def test_codes_of_a_damaged_master_and_of_a_full_disk(made, run, monkeypatch):
    made.master("custom/one").write_bytes(b"")
    ran = run("play", "--master", "custom/one", "-C", made.root)
    assert ran.code == Exit.VERIFICATION
    assert "damaged" in ran.err
    (made.root / "build").rename(made.root / "gone")
    (made.root / "build").touch()
    assert run("revoice", "-C", made.root).code == Exit.STORE


def test_codes_of_what_the_system_refuses(made, run, monkeypatch):
    monkeypatch.setattr(status, "overview", raising(PermissionError(errno.EACCES, "Permission denied", "one")))
    ran = run("status", "-C", made.root)
    assert (ran.code, ran.err) == (
        Exit.STORE,
        "voicekit: one: Permission denied; run this as the user to whom it belongs\n",
    )


def test_an_interrupt_and_a_bug(made, run, monkeypatch):
    monkeypatch.setattr(status, "overview", raising(KeyboardInterrupt()))
    assert run("status", "-C", made.root).code == Exit.INTERRUPTED
    monkeypatch.setattr(status, "overview", raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        run("status", "-C", made.root)


def test_the_version(run):
    assert run("--version").out == f"voicekit {__version__}\n"
    assert main(["--version"]) == Exit.DONE


def test_all_errors_of_a_catalogue_at_once(made, run):
    made.write("prompts/en/bad.toml", '[one]\ntxt = "x"\n\n[two]\ntext = 1\n')
    ran = run("status", "-C", made.root)
    assert (ran.code, ran.out) == (Exit.INPUT, "")
    bad = made.root.resolve() / "prompts/en/bad.toml"
    assert f'{bad}:2: unknown key "txt"; did you mean "text"?' in ran.err
    assert f"{bad}:5: text must be text in quotes, not 1" in ran.err


def voicekit(*arguments, **options):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "voicekit", *map(str, arguments)]
    return subprocess.run(command, env=environment, check=False, text=True, **options)


@pytest.mark.parametrize("arguments", [["formats"], ["formats", "--json"], ["--version"], ["-h"], ["revoice", "-C"]])
def test_nobody_reads_on(site, arguments):
    """`voicekit ... | head`: no traceback, whether the pipe is closed at the first line or at the last flush."""
    if arguments[-1] == "-C":
        arguments = [*arguments, site.root]
    reading, writing = os.pipe()
    os.close(reading)
    done = voicekit(*arguments, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (Exit.INTERRUPTED, "")


def test_progress_is_for_terminals(site):
    screen, terminal = pty.openpty()
    done = voicekit("revoice", "-C", site.root, stdout=subprocess.PIPE, stderr=terminal)
    os.close(terminal)
    drawn = os.read(screen, 1 << 16).decode()
    os.close(screen)
    assert done.returncode == 0
    assert "3/3" in drawn
    assert "\x1b" in drawn
    assert not re.search("[\x1b\r]", done.stdout)


def test_a_terminal_is_told_what_is_waited_for(tmp_path):
    """A store that is away is asked for half a minute, in which nothing else would be seen."""
    store = "s3://bucket?endpoint_url=http://127.0.0.1:1"
    (tmp_path / "voicekit.toml").write_text(f'[calls]\nstore = "{store}"\nencryption = "off"\n')
    screen, terminal = pty.openpty()
    argv = [sys.executable, "-m", "voicekit", "calls", "verify", "-C", str(tmp_path)]
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    program = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=terminal, env=os.environ | keys)
    os.close(terminal)
    assert re.search(r"s3://bucket: .*; asked again in \d", os.read(screen, 1 << 16).decode())
    program.kill()
    program.wait()
    os.close(screen)


def test_a_terminal_that_was_closed_ends_no_run(monkeypatch):
    class Closed(io.StringIO):
        def isatty(self):
            return True

        def write(self, _):
            raise OSError(errno.EIO, "the terminal is gone")

    monkeypatch.setattr(sys, "stderr", Closed())
    with console._waiting():
        logging.getLogger("voicekit.patience").info("asked again")


@pytest.mark.parametrize("show", [console.lines, partial(console.show, as_json=True)])
def test_what_is_interrupted_while_a_line_is_printed_gives_up_at_once_what_it_holds(monkeypatch, show):
    given_up = []

    def outcomes():
        try:
            yield Outcome("one", Verdict.DONE, "done")
        finally:
            given_up.append(True)

    class Interrupted(io.StringIO):
        def write(self, _):
            raise KeyboardInterrupt

    running = outcomes()  # which somebody may still know, as a traceback does
    monkeypatch.setattr(sys, "stdout", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        show(running)
    assert given_up


@pytest.mark.parametrize("name", ["revoice", "status", "prompts list", "formats"])
def test_nothing_to_do_costs_no_numpy(made, name):
    code = "import sys; from voicekit.cli import main; main(sys.argv[1:]); sys.exit('numpy' in sys.modules)"
    command = [sys.executable, "-c", code, *map(str, argv(name, made))]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_a_progress_bar_keeps_out_of_stdout(site, tmp_path):
    """On a terminal with stdout in a file, as in `voicekit revoice --json > log`, every line is in the file."""
    ours, theirs = os.openpty()
    with (tmp_path / "out").open("wb") as out:
        argv = [sys.executable, "-m", "voicekit", "revoice", "-C", str(site.root), "--json"]
        program = subprocess.Popen(argv, stdout=out, stderr=theirs, env=os.environ | {"TERM": "xterm"})
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # EIO: the other side is closed
            while piece := os.read(ours, 4096):
                shown += piece
        os.close(ours)
        assert program.wait() == 0
    lines = (tmp_path / "out").read_text("utf-8").splitlines()
    assert [json.loads(line)["code"] for line in lines] == ["spoken"] * len(site.situation().catalogue)
    assert b"/" in shown  # the bar: 1/3
    assert b"spoken" not in shown
