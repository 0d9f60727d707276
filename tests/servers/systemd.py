"""systemd as the init of a copy of this machine that is gone afterwards: what is written there is in memory alone.

It has processes, mounts, and the name of the machine to itself, and files of this one below an overlay. Only root may
have that made.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE, VENV, CHECKOUT = "/srv/here", "/srv/venv", "/srv/voicekit"  # there; /tmp is another one for each unit
MISSING = "no systemd here: apt-get install systemd"

_PROGRAM = Path("/lib/systemd/systemd")
_PATH = f"{VENV}/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_OURS = 'voicekit() { python -m voicekit "$@"; }'  # the program names the Python of its place here
_PATIENCE = 60  # seconds for it to be up
# What belongs to devices and mounts is not to be touched, and nothing is to be tidied.
_NOT_BEGUN = ("systemd-udevd.service", "systemd-udev-trigger.service", "systemd-modules-load.service",
              "systemd-remount-fs.service", "systemd-tmpfiles-setup.service", "systemd-tmpfiles-setup-dev.service",
              "systemd-tmpfiles-clean.timer", "systemd-logind.service")  # fmt: skip

# $1: an empty folder; $2, $3, $4: what is to be found at HERE (to be written), CHECKOUT and VENV.
_BOOT = rf"""set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/all"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/all"
all=$1/all
mount -t proc proc "$all/proc"
mount -t sysfs -o ro sysfs "$all/sys"
mount -t tmpfs tmpfs "$all/sys/fs/cgroup"
mount -t cgroup2 cgroup2 "$all/sys/fs/cgroup"
for each in run tmp dev; do mount -t tmpfs tmpfs "$all/$each"; done
for each in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
    name=${{each%%:*}} number=${{each#*:}}
    mknod -m 666 "$all/dev/$name" c "${{number%:*}}" "${{number#*:}}"
done
mkdir "$all/dev/pts" "$all/dev/shm" "$all/dev/mqueue" "$all/run/lock"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$all/dev/pts"
ln -s pts/ptmx "$all/dev/ptmx"
ln -s /proc/self/fd "$all/dev/fd"
mkdir -p "$all{HERE}" "$all{CHECKOUT}" "$all{VENV}"
mount --bind "$2" "$all{HERE}"
mount --bind "$3" "$all{CHECKOUT}"
mount --bind "$4" "$all{VENV}"
for each in "$all{CHECKOUT}" "$all{VENV}"; do mount -o remount,bind,ro "$each"; done
cd "$all/etc/systemd/system"
rm -rf ./*.wants
for each in {" ".join(_NOT_BEGUN)}; do ln -sf /dev/null "$each"; done
printf '[Unit]\nRequires=basic.target timers.target\nAfter=basic.target timers.target\n' > test.target
: > "$all/etc/fstab"
exec chroot "$all" /usr/bin/env -i PATH={_PATH} container=other {_PROGRAM} --system --unit=test.target
"""


@dataclass(frozen=True)
class Systemd:
    """Its number here."""

    pid: int

    def sh(self, script: str, *, limit: float = 60) -> subprocess.CompletedProcess[str]:
        """What a shell of root says there, with this voicekit; its code is to be looked at."""
        kinds = ("mount", "pid", "uts", "ipc", "cgroup")
        namespaces = [*(f"--{kind}" for kind in kinds), *(f"--{what}=/proc/{self.pid}/root" for what in ("root", "wd"))]
        environment = {"PATH": _PATH, "HOME": "/root", "PYTHONPATH": CHECKOUT, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            ["nsenter", f"--target={self.pid}", *namespaces, "sh", "-euc", f"{_OURS}\ncd {HERE}\n{script}"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=limit,
        )


@contextmanager
def booted(folder: Path, scratch: Path) -> Iterator[Systemd]:
    """It is up, and has `folder` at HERE; `scratch` is an empty folder. Skips where that can't be."""
    if not _PROGRAM.exists():
        pytest.skip(MISSING)
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "nsenter", "chroot"))):
        pytest.skip("only root may boot a copy of this machine")
    argv = ["unshare", "--fork", "--kill-child", "--pid", "--mount", "--uts", "--ipc", "--cgroup", "sh", "-c", _BOOT]
    with (scratch.parent / f"{scratch.name}.log").open("w+") as log:
        process = subprocess.Popen(
            [*argv, "sh", scratch, folder, ROOT, sys.prefix], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            if (system := _up(process)) is None:
                log.seek(0)
                pytest.skip(f"no systemd can be booted here: {log.read()[-500:]}")
            yield system
        finally:
            process.kill()
            process.wait()


def _up(process: subprocess.Popen[bytes]) -> Systemd | None:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    ends = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < ends:
        if told := children.read_text().split():
            system = Systemd(int(told[0]))
            asked = system.sh("systemctl is-system-running")
            if asked.stdout.strip() in ("running", "degraded"):
                return system
        time.sleep(0.1)
    return None
