"""Far sides: this machine or one behind ssh, with dash or busybox, and no tool but those that docs/deploy.md names."""

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from release.packages import release
from servers.sshd import sshd

from voicekit import stores
from voicekit.hosts.ssh import Host
from voicekit.jobs import deploy, roll_back
from voicekit.targets import Target

WRITING = ("cp", "ln", "mv", "rm", "cat", "mkdir", "rmdir", "chmod", "chown", "sync", "tar", "touch")
READING = ("ls", "id", "sha256sum", "xargs", "sort", "uniq", "sed", "grep", "find", "df", "sleep", "setpriv")
READING += ("stat", "date", "cut")  # for recordings of calls

# Counts the commands that write; the one of the number in `kill` ends all of the session, in the middle of its work.
_COUNTED = """#!/bin/sh
read -r number < {folder}/count
read -r kill < {folder}/kill
number=$((number + 1))
echo $number > {folder}/count
if [ "$number" = "$kill" ]; then
    case {name} in
        cp) for last; do from=${{into:-}} into=$last; done; [ ! -d "$into" ] || into=$into${{from##*/}}
            /usr/bin/head -c 3 "$from" > "$into" ;;
        mv) for last; do into=$last; done; [ ! -d "$into" ] || [ $# -lt 4 ] || {real} "$1" "$2" "$into" ;;
        cat) printf x ;;
    esac
    kill -KILL 0
    {sleep} 60
fi
exec {real} "$@"
"""


@dataclass
class Far:
    """`host` None: this machine. `bin` is all of the PATH there; `port` that of its sshd."""

    name: str
    folder: Path
    bin: Path
    host: Host | None
    path: str  # the PATH that voicekit has here
    server: object = None

    def target(self, sounds, name="pbx", **more):
        return Target(name, self.host, str(sounds), **more)

    def kill(self, number):
        """At this command of those that write; 0: at none. Gives how many there were since the last time."""
        before = int((self.folder / "count").read_text())
        (self.folder / "count").write_text("0\n")
        (self.folder / "kill").write_text(f"{number}\n")
        return before


def tools(folder, shell):
    """A folder with the tools of a far side, those of `shell` where it has its own."""
    path = folder / "bin"
    path.mkdir(parents=True)
    (folder / "count").write_text("0\n")
    (folder / "kill").write_text("0\n")
    program = shutil.which(shell)
    for name in (*WRITING, *READING):
        real = f"{program} {name}" if shell == "busybox" and name != "setpriv" else shutil.which(name)
        if name == "sync":  # nobody cuts the power of this machine, and all its tests would wait
            real = shutil.which("true")
        wrapper = _COUNTED.format(folder=folder, name=name, real=real, sleep=shutil.which("sleep"))
        (path / name).write_text(wrapper if name in WRITING else f'#!/bin/sh\nexec {real} "$@"\n')
        (path / name).chmod(0o755)
    (path / "sh").write_text(f'#!/bin/sh\nexec {program}{" sh" if shell == "busybox" else ""} "$@"\n')
    (path / "sh").chmod(0o755)
    return path


def bare(folder, shell, names):
    """A PATH with no commands but these: those of busybox, or beside dash what this machine has."""
    path = folder / "bin"
    path.mkdir(parents=True)
    program = shutil.which(shell)
    for name in ("sh", *names):
        real = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
        if name == "sh" or (shell == "busybox" and not name.startswith("m")):
            real = f"{program} {name}" if shell == "busybox" else program
        command(path / name, f'exec {real} "$@"', program if shell == "dash" else f"{program} sh")
    return path


def command(path, script, shell="/bin/sh"):
    path.write_text(f"#!{shell}\n{script}\n")
    path.chmod(0o755)


@contextmanager
def far(folder, place, shell):
    path = tools(folder, shell)
    if place == "here":
        yield Far(f"here-{shell}", folder, path, None, str(path))
    else:
        (folder / "ssh").mkdir()
        with sshd(folder / "ssh", more=f'ForceCommand PATH={path} exec {path}/sh -c "$SSH_ORIGINAL_COMMAND"') as server:
            yield Far(f"ssh-{shell}", folder, path, Host("nas"), server.path, server)


class Customer:
    """A workspace without one: releases in a store, and the jobs that bring them to a target."""

    def __init__(self, folder, name="Acme", *, require_approval=False):
        folder.mkdir(exist_ok=True)
        self.store = stores.reach(f"file:{folder}")
        self.name, self.require_approval = name, require_approval

    def release(self, sounds):
        """A release of these sounds (`{"en/custom/one": b"..."}`, as u-law)."""
        manifest, _ = release(self.store, sounds, self.name)
        from datetime import UTC, datetime

        from voicekit.release import transfer

        transfer.seal(manifest, self.store, datetime.now(UTC))
        return manifest

    def plan(self, manifest, *targets, **more):
        return list(deploy.plan(deploy.Wanted(manifest, self.store, self.require_approval, **more), targets))

    def apply(self, manifest, *targets, **more):
        return list(deploy.apply(deploy.Wanted(manifest, self.store, self.require_approval, **more), targets))

    def roll_back(self, *targets):
        return list(roll_back.apply(self.name, targets))


def codes(outcomes):
    return [outcome.code for outcome in outcomes]


def last(outcomes):
    return outcomes[-1].code
