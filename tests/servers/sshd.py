"""An OpenSSH server on loopback, with keys of its own, and an `ssh` that knows it.

ssh looks for its configuration in the home that the system has for a user, whatever HOME says; so the tests put an
`ssh` first in PATH that is told of another one. All else is the system's.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

MISSING = "no OpenSSH here: apt-get install openssh-server openssh-client"
PROGRAM = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

_SERVER = """\
{more}
ListenAddress 127.0.0.1:{port}
HostKey {home}/host
AuthorizedKeysFile {home}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
MaxSessions 100
Subsystem sftp internal-sftp
"""
_CLIENT = """\
Host nas 127.0.0.1
    HostName 127.0.0.1
    HostKeyAlias nas
    User {user}
    IdentityFile {home}/user
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile {home}/known_hosts
    GlobalKnownHostsFile none
    StrictHostKeyChecking yes
Host nas
    Port {port}
"""


@dataclass(frozen=True)
class Sshd:
    """`home` has its keys and its log; `path` is a PATH whose `ssh` reaches it as `nas`, or by a port of 127.0.0.1."""

    home: Path
    port: int
    path: str

    def address(self, folder: Path | str) -> str:
        return f"sftp://nas{folder}"

    @property
    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")


@contextmanager
def sshd(home: Path, more: str = "") -> Iterator[Sshd]:
    """`more` is further lines of sshd_config, which go before ours."""
    assert PROGRAM, MISSING
    port = _free_port()
    for name in ("host", "user"):
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / name))
    (home / "known_hosts").write_text(f"nas {(home / 'host.pub').read_text()}")
    (home / "sshd_config").write_text(_SERVER.format(home=home, port=port, more=more))
    (home / "config").write_text(_CLIENT.format(home=home, port=port, user=getuser()))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where root's sshd locks up its unprivileged half
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [PROGRAM, "-D", "-e", "-f", home / "sshd_config"], stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        _await(port, server, home / "log")
        yield Sshd(home, port, f"{_client(home)}:{os.environ['PATH']}")
    finally:
        server.terminate()
        server.wait(10)


def _client(home: Path) -> Path:
    folder = home / "bin"
    folder.mkdir()
    (folder / "ssh").write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {home}/config "$@"\n')
    (folder / "ssh").chmod(0o755)
    return folder


def _await(port: int, server: subprocess.Popen, log: Path) -> None:
    for _ in range(200):
        assert server.poll() is None, log.read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
