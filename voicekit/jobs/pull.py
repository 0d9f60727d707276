"""This PBX follows a channel by itself: what is published there is what callers hear, soon after."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from voicekit import fs, stores
from voicekit.errors import InputError
from voicekit.outcome import Outcome, Verdict
from voicekit.release import channels, stock
from voicekit.release.manifest import Manifest
from voicekit.stores import Store
from voicekit.stores.address import parse

NAME = "voicekit-pull"

_SERVICE = """\
[Unit]
Description=Prompts of channel {channel}, by voicekit
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
# Access keys of the store, as AWS_ACCESS_KEY_ID=... and AWS_SECRET_ACCESS_KEY=...; readable by root alone.
EnvironmentFile=-/etc/voicekit/pull.env
ExecStart={command}
Nice=10
IOSchedulingClass=idle
PrivateTmp=yes
NoNewPrivileges=yes
"""
_TIMER = """\
[Unit]
Description=Look for new prompts of channel {channel}

[Timer]
OnBootSec=2min
OnUnitActiveSec=5min
RandomizedDelaySec=1min

[Install]
WantedBy=timers.target
"""


def published(address: str, channel: str) -> tuple[Manifest, Store]:
    """What the channel of a store stands at, and the store. Raises `InputError` when there is no such channel."""
    store = stores.reach(address)
    if (where := parse(address)).scheme == "file" and not Path(where.path).is_dir():
        raise InputError(f"{store.name}: there is no such folder; is it mounted?")
    found = channels.read(store, channels.checked(channel))
    if found is None:
        raise InputError(f'{store.name}: there is no channel "{channel}"; voicekit release promote makes one')
    return stock.load(store, found.release), store


def units(folder: Path, address: str, channel: str, sounds: str, *, take_over: bool) -> Iterator[Outcome]:
    """Write a systemd service that pulls so, and its timer. It runs in no folder: `InputError` for a relative path."""
    for option, path in (("--store", address.removeprefix("file:")), ("--sounds", sounds)):
        if path not in ("", address) and not path.startswith("/"):
            raise InputError(
                f"{option} {path}: say the full path, from / on: systemd does not know which folder is meant"
            )
    arguments = ["pull", "--store", address, "--channel", channel]
    arguments += ["--sounds", sounds] if sounds else []
    arguments += ["--take-over"] if take_over else []
    channels.checked(channel)
    program = Path(sys.executable).with_name("voicekit")
    start = [str(program)] if program.exists() else [sys.executable, "-m", "voicekit"]
    command = shlex.join([*start, *arguments]).replace("%", "%%").replace("$", "$$")
    for name, text in ((f"{NAME}.service", _SERVICE), (f"{NAME}.timer", _TIMER)):
        fs.write(folder / name, text.format(channel=channel, command=command).encode())
        yield Outcome(str(folder / name), Verdict.DONE, "written")
