"""`[calls]` of a `voicekit.toml`. An archive needs no voice: with it go only [stores] and [targets]."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from voicekit import targets, toml
from voicekit.calls.cdr import settings as records
from voicekit.calls.encode import Encoding
from voicekit.errors import InputError
from voicekit.pbx import recording_names
from voicekit.stores import Store, address, reach, verdicts
from voicekit.targets import Target

FILE = "voicekit.toml"
SPOOL = "/var/spool/asterisk/monitor"
KEYS = records.KEYS | {"store", "encoding", "encryption", "key", "keep_local", "min_age", "zone", "patterns", "spools"}
SPOOL_KEYS = {"target", "path"}

_SPAN = re.compile(r"([0-9]{1,5})([mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Spool:
    """A folder of recordings on a machine, by the name that its recordings bear in the store."""

    name: str
    target: Target
    path: str = SPOOL


@dataclass(frozen=True, slots=True)
class Settings:
    """`key` is the key file (None: recordings are not sealed, which was said aloud); ages in seconds."""

    root: Path
    store: str
    encoding: Encoding
    key: Path | None
    keep_local: int
    min_age: int | None
    zone: ZoneInfo
    patterns: tuple[re.Pattern[str], ...]
    spools: Mapping[str, Spool]
    cdr: records.Settings | None = None  # where the PBX keeps its call detail records

    @property
    def ledger(self) -> Path:
        return self.root / "calls" / "ledger"

    @property
    def begun(self) -> Path:
        return self.root / "calls" / "begun"

    @property
    def seen(self) -> Path:
        return self.root / ".voicekit" / "calls.sqlite"

    @property
    def verdicts(self) -> Path:
        return self.root / ".voicekit" / "stores.json"

    @property
    def heard(self) -> Path:
        """Where ledgers of other writers are kept: copies."""
        return self.root / ".voicekit" / "ledgers"

    def reach(self) -> Store:
        """The store, trusted as far as it was seen to deserve."""
        return reach(self.store, self.root, verdicts.caps(self.verdicts, self.store))

    def chosen(self, names: Sequence[str]) -> list[Spool]:
        """The spools of these names, all when none is named."""
        for name in names:
            if name not in self.spools:
                raise InputError(f"{self.root / FILE}: {toml.unknown('spool', name, set(self.spools))}")
        if not self.spools:
            raise InputError(f"{self.root / FILE}: there is no [calls.spools.NAME]; docs/calls.md shows one")
        return [self.spools[name] for name in dict.fromkeys(names or self.spools)]


def find(start: Path) -> Settings:
    """Those of the nearest folder upwards with a `voicekit.toml`."""
    return load(toml.folder(start, FILE))


def load(root: Path) -> Settings:
    """Read and check `[calls]`; `InputError` with the line of the first thing wrong."""
    document = toml.read(root / FILE)
    table = document.take(document.data, "calls", dict)
    if table is None:
        raise InputError(f"{root / FILE}: there is no [calls]; docs/calls.md shows what it can say")
    document.only(table, KEYS, "calls")
    return Settings(
        root,
        _store(document, table),
        _encoding(document, table),
        _key(document, table, root),
        7 * 86_400 if (keep := _age(document, table, "keep_local")) is None else keep,
        _age(document, table, "min_age"),
        _zone(document, table),
        _patterns(document, table),
        _spools(document, table, root),
        records.read(document),
    )


def _store(document: toml.Document, table: Mapping[str, Any]) -> str:
    stores = document.take(document.data, "stores", dict) or {}
    name = document.take(table, "store", str, "calls") or (next(iter(stores)) if len(stores) == 1 else "")
    where = stores.get(name, name)
    if not isinstance(where, str) or ":" not in where:
        raise document.wrong(f"store is a name of [stores], or an address: {address.FORM}", "calls", "store")
    address.parse(where)
    return where


def _encoding(document: toml.Document, table: Mapping[str, Any]) -> Encoding:
    named = document.take(table, "encoding", str, "calls") or Encoding.FLAC
    if named not in set(Encoding):
        raise document.wrong(toml.unknown("encoding", named, set(Encoding)), "calls", "encoding")
    return Encoding(named)


def _key(document: toml.Document, table: Mapping[str, Any], root: Path) -> Path | None:
    chosen = document.take(table, "encryption", str, "calls") or "on"
    if chosen not in ("on", "off"):
        raise document.wrong('encryption is "on" or "off"', "calls", "encryption")
    if chosen == "off":
        return None
    named = document.take(table, "key", str, "calls")
    return (root / Path(named).expanduser()) if named else Path("~/.config/voicekit/calls.key").expanduser()


def _age(document: toml.Document, table: Mapping[str, Any], key: str) -> int | None:
    said = document.take(table, key, str, "calls")
    if said is None:
        return None
    if not (found := _SPAN.fullmatch(said)):
        raise document.wrong(f'{key} is a span as "10m", "12h" or "7d"', "calls", key)
    return int(found[1]) * _SECONDS[found[2]]


def _zone(document: toml.Document, table: Mapping[str, Any]) -> ZoneInfo:
    name = document.take(table, "zone", str, "calls") or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise document.wrong(f'"{name}" is no time zone; one is as "Europe/Moscow"', "calls", "zone") from None


def _patterns(document: toml.Document, table: Mapping[str, Any]) -> tuple[re.Pattern[str], ...]:
    try:
        return tuple(map(recording_names.pattern, document.take(table, "patterns", list, "calls") or []))
    except (InputError, TypeError) as error:
        raise document.wrong(str(error), "calls", "patterns") from None


def _spools(document: toml.Document, table: Mapping[str, Any], root: Path) -> Mapping[str, Spool]:
    known = targets.read(document)
    found = {}
    for name, one in (document.take(table, "spools", dict, "calls") or {}).items():
        where = ("calls", "spools", name)
        if not _NAME.fullmatch(name) or not isinstance(one, dict):
            raise document.wrong("a spool is [calls.spools.NAME], of letters, digits, dash and _", *where)
        document.only(one, SPOOL_KEYS, *where)
        aim = document.take(one, "target", str, *where)
        if aim is not None and aim not in known:
            raise document.wrong(toml.unknown("target", aim, set(known)), *where, "target")
        path = document.take(one, "path", str, *where) or SPOOL
        if not path.isprintable() or (aim and not path.startswith("/")):
            raise document.wrong("path is the full path of the folder of recordings there", *where, "path")
        path = str(root / path)  # on this machine, from this folder
        found[name] = Spool(name, known[aim] if aim else Target(name), path)
    return found
