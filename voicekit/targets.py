"""Targets of a workspace: the PBXs that its prompts go to, `[targets.NAME]` in `voicekit.toml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voicekit import toml
from voicekit.errors import InputError
from voicekit.hosts.ssh import Host

KEYS = {"host", "sounds", "sudo", "freepbx"}
SCHEME = "ssh://"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Target:
    """A machine and its folder of sounds. `host` None: this machine; `sounds` "": where its Asterisk says."""

    name: str
    host: Host | None = None
    sounds: str = ""
    sudo: bool = False
    freepbx: bool = False


def read(document: toml.Document) -> Mapping[str, Target]:
    """All targets by name; raises `InputError` with the line of the first thing wrong."""
    tables = document.take(document.data, "targets", dict) or {}
    found = {}
    for name in tables:
        table = document.take(tables, name, dict, "targets")
        if not _NAME.fullmatch(name):
            raise document.wrong("names of targets are of letters, digits, dot, dash and _", "targets", name)
        document.only(table, KEYS, "targets", name)
        found[name] = _target(document, name, table)
    return found


def _target(document: toml.Document, name: str, table: Mapping[str, Any]) -> Target:
    where = ("targets", name)
    sounds = document.take(table, "sounds", str, *where) or ""
    if sounds and (not sounds.startswith("/") or _UNSAFE.search(sounds)):
        raise document.wrong("sounds is the full path of Asterisk's folder of sounds there", *where, "sounds")
    flags = {flag: bool(document.take(table, flag, bool, *where)) for flag in ("sudo", "freepbx")}
    host = document.take(table, "host", str, *where)
    try:
        return Target(name, None if host is None else parse(host), sounds, **flags)
    except InputError as error:
        raise document.wrong(str(error), *where, "host") from None


def parse(text: str) -> Host:
    """The host of an address `ssh://user@host:port`; a path has no place in it."""
    if not text.startswith(SCHEME):
        raise InputError("a host is ssh://HOST, ssh://USER@HOST or ssh://USER@HOST:PORT; this machine has none")
    return Host.parse(text.removeprefix(SCHEME).removesuffix("/"))
