"""Other machines, by the system's own OpenSSH client: ~/.ssh/config, the agent, jump hosts and known hosts all hold."""

import re
import socket
import subprocess
import tempfile
from dataclasses import dataclass

from voicekit.errors import InputError, StoreError, plain
from voicekit.hosts import local

SILENT = 120.0  # seconds without a byte, while one is due, after which a connection counts as dead

# Never a question: nobody may be there to answer it. A peer that is gone is noticed within 45 s. The rest as sftp(1).
OPTIONS = (
    "-oBatchMode=yes",
    "-oConnectTimeout=15",
    "-oServerAliveInterval=15",
    "-oServerAliveCountMax=3",
    "-oForwardAgent=no",
    "-oForwardX11=no",
    "-oClearAllForwardings=yes",
    "-oPermitLocalCommand=no",
)
# Narrow on purpose: a ProxyCommand of the user's configuration may hand these to a shell.
_HOST = re.compile(r"(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9_.-]*)@)?(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])"
                   r"(?::(?P<port>[0-9]{1,5}))?")  # fmt: skip
_REFUSALS = (
    "Permission denied",
    "Host key verification failed",
    "Too many authentication failures",
    "subsystem request failed",
)


class RefusedError(StoreError):
    """The other machine does not let us in, or is not the one that is known; to ask again helps nothing."""


def refused(lines: list[str]) -> bool:
    """Whether what ssh says means that it is not let in, or must not go on."""
    return any(refusal in line for line in lines for refusal in _REFUSALS)


@dataclass(frozen=True, slots=True)
class Host:
    """`user@name:port`; what is empty is as ~/.ssh/config says."""

    name: str
    user: str = ""
    port: str = ""

    @classmethod
    def parse(cls, text: str) -> "Host":
        found = _HOST.fullmatch(text)
        if not found:
            raise InputError("this is no host (perhaps a password is in it); write HOST, USER@HOST or USER@HOST:PORT")
        return cls(found["name"].strip("[]"), found["user"] or "", found["port"] or "")

    @property
    def arguments(self) -> list[str]:
        """Of ssh, with the name at the end; behind `--` nothing is an option."""
        return [*(["-p", self.port] if self.port else []), *(["-l", self.user] if self.user else []), "--", self.name]


class Subsystem:
    """A service of another machine, as `sftp`, at the end of an ssh process: bytes to it and from it.

    It has the methods of a socket that paramiko asks for.
    """

    def __init__(self, host: Host, name: str) -> None:
        ssh = local.find("ssh")
        if ssh is None:
            raise InputError("ssh is not installed; apt-get install openssh-client")
        self._name = host.name
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  closed with the connection
        self._ours, theirs = socket.socketpair()
        self._ours.settimeout(SILENT)
        with theirs:
            self._ssh = subprocess.Popen(  # noqa: S603  argv is ours, never a shell line
                [ssh, *OPTIONS, "-s", *host.arguments, name],
                stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=self._said, env=local.environment(),
                start_new_session=True,  # Ctrl-C is for us; what is under way may end
            )  # fmt: skip

    def send(self, data: bytes) -> int:
        return self._ours.send(data)

    def recv(self, size: int) -> bytes:
        return self._ours.recv(size)

    def get_name(self) -> str:
        return self._name

    def close(self) -> None:
        if not self._said.closed:
            self._ours.close()
            self._ssh.terminate()
            self._ssh.wait()
            self._said.close()

    def ended(self) -> Exception:
        """Why no byte comes any more: `RefusedError`, else `ConnectionError`. The connection is closed."""
        self._ours.close()
        self._wait()
        self._said.seek(0)
        lines = [line.strip() for line in self._said.read(1 << 16).decode("utf-8", "replace").splitlines()]
        self.close()
        said = next((line for line in reversed(lines) if line), "the connection broke off")[:300]
        said = plain(said)
        if refused(lines):
            return RefusedError(f"ssh {self._name}: {said}; try it by hand, without a password or a question")
        return ConnectionError(f"ssh {self._name}: {said}")

    def _wait(self) -> None:
        """For what ssh has to say; it ends when its other end does."""
        try:
            self._ssh.wait(1)
        except subprocess.TimeoutExpired:
            self._ssh.terminate()
