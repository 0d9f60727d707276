"""The systemd units that archive a workspace's recordings by themselves (systemd.service(5), systemd.timer(5))."""

import os
import pwd
import re
import shlex
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from voicekit.calls.settings import Settings, Spool
from voicekit.errors import InputError
from voicekit.stores import address

NAME = "voicekit-archive"
FOLDER = Path("/etc/systemd/system")

# A run looks at all processes and becomes other users; it needs nothing else of root. Any of these stops sudo.
_CONFINED = (
    "NoNewPrivileges=yes",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "LockPersonality=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "SystemCallArchitectures=native",
)
_KINDS = ("service", "timer")
_WORKS = "WorkingDirectory="
_NAMES = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_SPAN = re.compile(r"[1-9][0-9]{0,3}(?:min|h|d)")


def units(settings: Settings, every: str, name: str = NAME) -> Mapping[str, str]:
    """The texts of the service and its timer, by file name. `every` is a span as `30min`, `1h` or `1d`."""
    if not _NAMES.fullmatch(name):
        raise InputError(f'"{name[:40]}" is no name of a unit: letters, digits, dot, dash and _, without .timer')
    if not _SPAN.fullmatch(every):
        raise InputError(f'"{every[:40]}" is no span: write 30min, 1h or 1d')
    told = {
        "every": every,
        "user": pwd.getpwuid(os.geteuid()).pw_name,  # $USER may be who typed su
        "root": _root(settings),
        "home": _quoted(Path.home(), "HOME="),  # ~ is what it was for who made the key, also behind sudo
        "confined": "\n".join(() if any(map(_by_sudo, settings.spools.values())) else _CONFINED),
        "program": _quoted(Path(sys.executable)),
        "writable": " ".join(map(_quoted, dict.fromkeys(_writable(settings)))),
    }
    return {f"{name}.{kind}": _template(kind).format(**told) for kind in _KINDS}


def free(settings: Settings, folder: Path, name: str) -> None:
    """Raises `InputError` where the unit of this name archives something else: that would never run again."""
    there = folder / f"{name}.service"
    if not there.exists():
        return
    works = [line.partition("=")[2] for line in there.read_text("utf-8").splitlines() if line.startswith(_WORKS)]
    if works != [_root(settings)]:
        where = works[0] if works else "something else"
        raise InputError(f"{there}: is the unit of {where}; name that of this archive: --name {name}-2")


def begin(folder: Path, name: str) -> str:
    """What to type next."""
    sudo = "sudo " if os.geteuid() else ""
    files = " ".join(shlex.quote(str(folder.resolve() / f"{name}.{kind}")) for kind in _KINDS)
    steps = [] if folder.resolve() == FOLDER else [f"cp {files} {FOLDER}"]
    steps += ["systemctl daemon-reload", f"systemctl enable --now {name}.timer"]
    return " && ".join(sudo + step for step in steps)


def _root(settings: Settings) -> str:
    return _path(settings.root.resolve())


def _by_sudo(spool: Spool) -> bool:
    """Whether this machine's sudo is needed, which gives new privileges."""
    return spool.target.sudo and spool.target.host is None


def _writable(settings: Settings) -> list[Path]:
    """Folders of this machine that a run writes to; removal works in the spools."""
    spools = [Path(one.path) for one in settings.spools.values() if one.target.host is None]
    store = address.parse(settings.store, settings.root)
    folders = [settings.root, *spools, *([Path(store.path)] if store.scheme == "file" else [])]
    folders += [settings.textfile.parent] if settings.textfile else []
    return [folder.resolve() for folder in folders]  # systemd takes no ..


def _template(kind: str) -> str:
    return (files(__package__) / f"archive.{kind}").read_text()


def _quoted(path: Path, before: str = "") -> str:
    """As one word of a unit file (systemd.syntax(7)): also with blanks, and a % that is one."""
    escaped = (before + _path(path)).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if re.search(r"[^A-Za-z0-9/._%=-]", escaped) else escaped


def _path(path: Path) -> str:
    if not str(path).isprintable():
        raise InputError(f"{str(path)!r}: a unit file can't hold this path; move the folder")
    return str(path).replace("%", "%%")
