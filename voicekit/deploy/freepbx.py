"""Prompts as System Recordings: rows of FreePBX's table `recordings`, which its pages offer for menus and the like.

A row is known by its filename. One that is there stays as it is: menus refer to it by its id, and people rename it.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voicekit.deploy.look import told
from voicekit.errors import StoreError
from voicekit.hosts.machine import Machine
from voicekit.pbx import freepbx
from voicekit.release.manifest import Line

FOLDER = "custom/"  # where FreePBX looks for recordings, in each language

_NAME = 50  # characters of a displayname
_WORDS = 254  # characters of a description
_DIGITS = range(4, 64, 4)  # of a hash that makes a name another

_LOOK = """\
SELECT id, IFNULL(HEX(filename), ''), IFNULL(HEX(CONVERT(displayname USING utf8mb4)), '') FROM recordings;
"""
_SEEN = re.compile(r"([0-9]{1,20})\t((?:[0-9A-F]{2})*)\t((?:[0-9A-F]{2})*)")

# What a table of an old character set can't hold becomes "?", as in FreePBX itself, in place of an error. Of two that
# are at it at once, the second waits, and then finds another table than it has seen.
_BEGIN = """\
SET SESSION sql_mode = '';
DO GET_LOCK('voicekit.recordings', 60);
START TRANSACTION;
SET @same = (SELECT COUNT(*) = {count} AND IFNULL(MAX(id), 0) = {last} FROM recordings);
"""
_ROW = """\
INSERT INTO recordings (displayname, filename, description) SELECT {name}, {file}, {words} FROM DUAL WHERE @same;
"""
_END = """\
COMMIT;
SELECT @same;
"""


@dataclass(frozen=True, slots=True)
class Table:
    """What `recordings` has: how many rows, the last id, and their filenames and names (in small letters)."""

    count: int
    last: int
    files: frozenset[bytes]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Recording:
    """A row to be."""

    file: str
    name: str
    words: str


def look(machine: Machine) -> Table:
    """The table on a machine; `StoreError` says why it can't be read."""
    rows = [_SEEN.fullmatch(line) for line in _run(machine, _LOOK).splitlines()]
    found = [row.groups() for row in rows if row]
    if len(found) != len(rows):
        raise StoreError("the database's client answers something else than the table of recordings")
    return Table(
        len(found),
        max((int(number) for number, _, _ in found), default=0),
        frozenset(bytes.fromhex(file) for _, file, _ in found),
        frozenset(bytes.fromhex(name).decode("utf-8", "replace").lower() for _, _, name in found),
    )


def prompts(lines: Iterable[Line], languages: Sequence[str]) -> list[Line]:
    """Those of a release that can be recordings: one for each id, of the first of these languages that has it."""
    order = {language: number for number, language in enumerate(languages)}
    found: dict[str, Line] = {}
    for line in sorted(lines, key=lambda line: order.get(line.language, len(order))):
        if line.id.startswith(FOLDER):
            found.setdefault(line.id, line)
    return [found[name] for name in sorted(found)]


def missing(lines: Iterable[Line], table: Table) -> list[Recording]:
    """The rows that these prompts lack, each with a name that no other has."""
    names, found = set(table.names), []
    for line in lines:
        if line.id.encode() not in table.files:
            name = _free(line.id, names)
            names.add(name.lower())
            found.append(Recording(line.id, name, " ".join((line.text or "").split())[:_WORDS]))
    return found


def _free(name: str, taken: set[str]) -> str:
    """The id below `custom/`, where that is short and free, else with digits of its hash."""
    short, digest = name.removeprefix(FOLDER), hashlib.sha256(name.encode()).hexdigest()
    others = (f"{short[: _NAME - 1 - digits]}-{digest[:digits]}" for digits in _DIGITS)
    return next(one for one in (short, *others) if len(one) <= _NAME and one.lower() not in taken)


def register(machine: Machine, rows: Iterable[Recording], table: Table) -> None:
    """Add all of these rows, or none: `StoreError` says why, also when the table is no longer as it was seen."""
    if _run(machine, sql(rows, table)).strip() != "1":
        raise StoreError("somebody else registered recordings at this moment")


def sql(rows: Iterable[Recording], table: Table) -> str:
    """What adds these rows to that table, and selects 1 if it was still the same.

    All texts are hexadecimal: no word is SQL, whatever the server thinks of quotes and backslashes.
    """
    inserted = (_ROW.format(name=_text(row.name), file=_hex(row.file), words=_text(row.words)) for row in rows)
    return "".join((_BEGIN.format(count=table.count, last=table.last), *inserted, _END))


def _hex(text: str) -> str:
    return f"X'{text.encode().hex()}'"


def _text(text: str) -> str:
    return f"_utf8mb4 {_hex(text)}"


def _run(machine: Machine, statements: str) -> str:
    done = machine.sh(freepbx.client(), freepbx.OWN, feed=statements.encode())
    if done.code:
        raise StoreError(told(done.err))
    return done.out.decode("utf-8", "replace")
