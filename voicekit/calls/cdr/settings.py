"""`[calls]` of voicekit.toml, as far as it says where a PBX keeps its records, and by which clock it writes them."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from voicekit import toml
from voicekit.calls.cdr.clock import Clock
from voicekit.calls.cdr.database import DRIVERS, Database
from voicekit.calls.cdr.freepbx import TABLE, FreePBX
from voicekit.calls.cdr.master import PATH, Master
from voicekit.calls.cdr.records import Place, Records
from voicekit.errors import InputError
from voicekit.hosts.machine import Machine

SECTION = "calls"
KEYS = {"cdr", "cdr_table", "cdr_password_env", "zone", "usegmtime"}

_FORMS = '"freepbx", "csv", "csv:/path/Master.csv", or mysql://USER@HOST/DATABASE, postgresql://..., sqlite:////PATH'
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Settings:
    """`zone` is that of the PBX, whose local time is in the names of recordings; `clock` writes its records."""

    cdr: str
    zone: ZoneInfo
    usegmtime: bool = False
    table: str = ""
    password_env: str = ""

    @property
    def clock(self) -> Clock:
        return Clock(ZoneInfo("UTC") if self.usegmtime else self.zone)

    @property
    def on_the_pbx(self) -> bool:
        """Whether only the PBX can say what it has."""
        return self.cdr.partition(":")[0] in ("freepbx", "csv")

    def records(self, machine: Machine) -> Records:
        """What is kept there, by `machine`, the PBX, where it takes one. Nothing is asked of it yet."""
        return Records(self._place(machine))

    def _place(self, machine: Machine) -> Place:
        kind, _, rest = self.cdr.partition(":")
        if kind == "freepbx":
            return FreePBX(machine, self.clock, self.table or TABLE)
        if kind == "csv":
            return Master(machine, self.clock, rest or PATH)
        return Database(self.cdr, self.clock, password=self._password(), table=self.table)

    def _password(self) -> str | None:
        if not self.password_env:
            return None
        if self.password_env not in os.environ:
            raise InputError(f"the password of {self.cdr} is wanted in {self.password_env}: set this variable")
        return os.environ[self.password_env]


def read(document: toml.Document) -> Settings | None:
    """None where `[calls]` names no records; raises `InputError` with the line of the first thing wrong."""
    table = document.take(document.data, SECTION, dict) or {}
    if (cdr := document.take(table, "cdr", str, SECTION)) is None:
        return None
    if reason := _wrong(cdr):
        raise document.wrong(reason, SECTION, "cdr")
    password = document.take(table, "cdr_password_env", str, SECTION) or ""
    if password and not _VARIABLE.fullmatch(password):
        reason = "cdr_password_env must be a variable's name in capital letters, never the password; correct it"
        raise document.wrong(reason, SECTION, "cdr_password_env")
    return Settings(
        cdr,
        _zone(document, table),
        bool(document.take(table, "usegmtime", bool, SECTION)),
        document.take(table, "cdr_table", str, SECTION) or "",
        password,
    )


def _zone(document: toml.Document, table: Mapping[str, Any]) -> ZoneInfo:
    name = document.take(table, "zone", str, SECTION)
    if not name:
        raise document.wrong('zone is missing: that of the PBX, as in zone = "Europe/Moscow"', SECTION)
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # not a name of one; not readable; not there
        reason = f'zone: this machine knows no zone "{name}"; see timedatectl list-timezones, or apt-get install tzdata'
        raise document.wrong(reason, SECTION, "zone") from None


def _wrong(cdr: str) -> str:
    """What is wrong with where the records are, without telling what may be a password; "" for nothing."""
    kind, colon, rest = cdr.partition(":")
    if kind == "freepbx" and not colon:
        return ""
    if kind == "csv":
        return "" if not colon or rest.startswith("/") else "cdr: the path of Master.csv is a full one, csv:/path"
    return _wrong_url(cdr) if kind in DRIVERS else f"cdr is {_FORMS}"


def _wrong_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        password, _ = parts.password, parts.port
    except ValueError:
        return f"cdr is no address of a database: {_FORMS}"
    if password is not None:
        return "cdr: a password is no part of it; name the variable that holds it: cdr_password_env"
    if parts.scheme == "sqlite":
        return "" if url.startswith("sqlite:////") else "cdr: SQLite wants the full path: sqlite:////PATH"
    return "" if len(parts.path) > 1 and not parts.fragment else f"cdr names no database: {_FORMS}"
