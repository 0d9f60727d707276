"""`[calls]` of a `voicekit.toml`. An archive needs no voice: with it go only [stores] and [targets]."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from voicekit import targets, toml, workspace
from voicekit.calls import retention, scratch
from voicekit.calls.cdr import settings as records
from voicekit.calls.encode import Encoding
from voicekit.calls.retention import Rule
from voicekit.errors import InputError
from voicekit.hosts.ssh import Host
from voicekit.pbx import recording_names
from voicekit.stores import Store, address, reach, verdicts
from voicekit.targets import Target

RULES = {"in", "out", "internal", "queue"}
SPOOL = "/var/spool/asterisk/monitor"
KEYS = records.KEYS | {
    "store", "encoding", "encryption", "key", "keep_local", "min_age", "zone", "patterns", "spools",
    "bwlimit", "max_load", "textfile", "scratch", "country", "recorded", "retain",
}  # fmt: skip
SPOOL_KEYS = {"target", "path"}

_SPAN = re.compile(r"([0-9]{1,5})([mhd])")
_SIZE = re.compile(r"([0-9]{1,9})([KMGkmg]?)")
_SHIFTS = {"": 0, "K": 10, "M": 20, "G": 30}
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
    country: str = ""  # of the PBX, as "RU"
    cdr: records.Settings | None = None  # where the PBX keeps its call detail records
    recorded: frozenset[str] = frozenset()  # which answered calls should have a recording: RULES
    bwlimit: int | None = None  # bytes a second from the PBX
    max_load: float | None = None  # of the PBX, above which a run waits
    textfile: Path | None = None  # for Prometheus
    scratch: int = scratch.SIZE  # bytes that recordings on their way may take in TMPDIR
    retain: tuple[Rule, ...] = ()

    @property
    def ledger(self) -> Path:
        return self.root / "calls" / "ledger"

    @property
    def accesses(self) -> Path:
        """The ledger of who was given recordings."""
        return self.root / "calls" / "accesses"

    @property
    def begun(self) -> Path:
        return self.root / "calls" / "begun"

    @property
    def failures(self) -> Path:
        """What failed in the last months."""
        return self.root / "calls" / "failures.sqlite"

    @property
    def seen(self) -> Path:
        return self.root / ".voicekit" / "calls.sqlite"

    @property
    def index(self) -> Path:
        return self.root / ".voicekit" / "index.sqlite"

    @property
    def verdicts(self) -> Path:
        return self.root / ".voicekit" / "stores.json"

    def reach(self) -> Store:
        """The store, trusted as far as it was seen to deserve."""
        return reach(self.store, self.root, verdicts.caps(self.verdicts, self.store))

    def chosen(self, names: Sequence[str]) -> list[Spool]:
        """The spools of these names, or at these addresses: `USER@HOST:/PATH` is one that nobody has named, whose
        recordings bear the name of the host. All that have names when none is given.
        """
        if not names and not self.spools:
            raise InputError(f"{self.root / workspace.FILE}: there is no [calls.spools.NAME]; docs/calls.md shows one")
        return [self._chosen(name) for name in dict.fromkeys(names or self.spools)]

    def one(self, name: str, path: str = "") -> Spool:
        """The spool of this name, or the only one; where none has it, that of a PBX that is no more, at this path."""
        if name in self.spools or (name and not path):
            return self._chosen(name)
        if not name:
            if len(self.spools) != 1:
                named = ", ".join(self.spools) or "NAME"
                raise InputError(f"{self.root / workspace.FILE}: say with --pbx whose recordings they are: {named}")
            return next(iter(self.spools.values()))
        if not _NAME.fullmatch(name) or not path.startswith("/") or not path.isprintable():
            raise InputError("a PBX is named with letters, digits, dash and _, and its spool by a full path")
        return Spool(name, Target(name), path)

    def _chosen(self, name: str) -> Spool:
        if name in self.spools:
            return self.spools[name]
        host, colon, path = name.partition(":/")
        if not colon:
            raise InputError(f"{self.root / workspace.FILE}: {toml.unknown('spool', name, set(self.spools))}")
        reached = Host.parse(host)
        named = re.sub("[^A-Za-z0-9_-]", "-", reached.name).strip("-")[:63]
        if named in self.spools:
            raise InputError(
                f'{self.root / workspace.FILE}: has a spool "{named}" already: archive that, or name this one there'
            )
        return Spool(named, Target(named, reached), f"/{path}")


def find(start: Path) -> Settings:
    """Those of the nearest folder upwards with a `voicekit.toml`."""
    return load(toml.folder(start, workspace.FILE, "begin with samples/archive.toml, as docs/calls.md tells"))


def load(root: Path) -> Settings:
    """Read and check `[calls]`; `InputError` with the line of the first thing wrong."""
    document = toml.read(root / workspace.FILE)
    document.only(document.data, workspace.KEYS)
    table = document.take(document.data, "calls", dict)
    if table is None:
        raise InputError(f"{root / workspace.FILE}: there is no [calls]; docs/calls.md shows what it can say")
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
        _country(document, table),
        records.read(document),
        _recorded(document, table),
        _size(document, table, "bwlimit"),
        _load(document, table),
        _textfile(document, table, root),
        _size(document, table, "scratch") or scratch.SIZE,
        retention.read(document, table),
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
    path = root / Path(named or "~/.config/voicekit/calls.key").expanduser()
    return path.parent.resolve() / path.name  # as people read it, without ..


def _age(document: toml.Document, table: Mapping[str, Any], key: str) -> int | None:
    said = document.take(table, key, str, "calls")
    if said is None:
        return None
    try:
        return age(said)
    except InputError as error:
        raise document.wrong(f"{key}: {error}", "calls", key) from None


def age(said: str) -> int:
    """Seconds of a span; `InputError` for what is none."""
    if not (found := _SPAN.fullmatch(said)):
        raise InputError(f'"{said[:40]}" is no span: write "10m", "12h" or "7d"')
    return int(found[1]) * _SECONDS[found[2]]


def size(text: str) -> int:
    """Bytes of `2M`, 1024 the step, as rclone and rsync have it; `InputError` for what is none."""
    if not (found := _SIZE.fullmatch(text)) or not int(found[1]):
        raise InputError('a limit is as "500K" or "2M", in bytes')
    return int(found[1]) << _SHIFTS[found[2].upper()]


def _size(document: toml.Document, table: Mapping[str, Any], key: str) -> int | None:
    said = document.take(table, key, str, "calls")
    try:
        return None if said is None else size(said)
    except InputError as error:
        raise document.wrong(f"{key}: {error}", "calls", key) from None


def _load(document: toml.Document, table: Mapping[str, Any]) -> float | None:
    said = table.get("max_load")
    if said is None:
        return None
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 < said < 1e6:
        raise document.wrong("max_load is a load average above which a run waits, as 4.0", "calls", "max_load")
    return float(said)


def _textfile(document: toml.Document, table: Mapping[str, Any], root: Path) -> Path | None:
    """The collector reads no other names; and no other file is replaced, whoever wrote the settings."""
    said = document.take(table, "textfile", str, "calls")
    if said and not said.endswith(".prom"):
        raise document.wrong("textfile ends in .prom: node_exporter reads no other", "calls", "textfile")
    return root / said if said else None


def _zone(document: toml.Document, table: Mapping[str, Any]) -> ZoneInfo:
    name = document.take(table, "zone", str, "calls") or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise document.wrong(f'"{name}" is no time zone; one is as "Europe/Moscow"', "calls", "zone") from None


def _recorded(document: toml.Document, table: Mapping[str, Any]) -> frozenset[str]:
    said = document.take(table, "recorded", list, "calls") or []
    if odd := [one for one in said if one not in RULES]:
        raise document.wrong(f"recorded: {toml.unknown('kind of call', str(odd[0])[:40], RULES)}", "calls", "recorded")
    return frozenset(said)


def _country(document: toml.Document, table: Mapping[str, Any]) -> str:
    code = document.take(table, "country", str, "calls") or ""
    if not re.fullmatch("([A-Z]{2})?", code):
        raise document.wrong(f'"{code}" is no country; one is as "RU" (ISO 3166)', "calls", "country")
    return str(code)


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
