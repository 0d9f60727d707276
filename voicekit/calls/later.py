"""Recordings that were archived before the PBX had written down their calls: these are asked for again.

Asterisk writes the record of a call when it ends, a database may be down for a day, and an import comes later still.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from voicekit.calls import pages
from voicekit.calls.cdr import call as cdr
from voicekit.calls.cdr.call import Call
from voicekit.calls.cdr.records import Records
from voicekit.calls.pages import Entry, Page
from voicekit.errors import VerificationError
from voicekit.stores import Store

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring

TABLE = """create table if not exists later (
    recording text primary key, spool text not null, page text not null, file blob not null, uniqueid text not null,
    archived integer not null, due integer not null) without rowid"""

_FIRST = 1800  # seconds until one is asked for again; each time twice as long
LAST = 30 * 86_400  # seconds after which nothing is expected any more
_MOST = 5000  # recordings that are asked for in one run


@dataclass(frozen=True, slots=True)
class Callless:
    """A recording of which no call is known; `file` is its name without folders, `archived` when it was, as far as that
    is known.
    """

    recording: str
    page: str
    file: str
    uniqueid: str
    archived: int | None = None


class Later:
    """The list of them, by spool; moments in seconds since 1970."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def add(self, spool: str, found: Iterable[Callless], now: int) -> None:
        rows = ((o.recording, spool, o.page, o.file.encode("utf-8", "surrogateescape"), o.uniqueid) for o in found)
        with self._base:
            self._base.executemany(
                f"insert or ignore into later values (?, ?, ?, ?, ?, {now:d}, {now + _FIRST:d})",  # noqa: S608  numbers
                rows,
            )

    def due(self, spool: str, now: int) -> list[Callless]:
        """Those whose turn it is, the youngest first: of an archive that was adopted there may be a million. Who is not
        found now has his next one later, and at last none.
        """
        with self._base:
            self._base.execute("delete from later where archived < ?", (now - LAST,))
            rows = self._base.execute(
                "select recording, page, file, uniqueid, archived from later"
                " where spool = ? and due <= ? order by archived desc, due limit ?",
                (spool, now, _MOST),
            ).fetchall()
            self._base.executemany(
                "update later set due = ?1 + max(?1 - archived, ?2) where recording = ?3",
                ((now, _FIRST, row[0]) for row in rows),
            )
        return [Callless(row[0], row[1], row[2].decode("utf-8", "surrogateescape"), *row[3:]) for row in rows]

    def forget(self, recordings: Iterable[str]) -> None:
        with self._base:
            self._base.executemany("delete from later where recording = ?", ((one,) for one in recordings))


def found(wanted: list[Callless], records: Records) -> dict[str, dict[Callless, Call]]:
    """Those whose calls are written down by now, with them, by page. Raises `StoreError` as `Records.of`."""
    asked = [cdr.Recording(one.file, one.uniqueid, _moment(one)) for one in wanted]
    by_page: dict[str, dict[Callless, Call]] = {}
    for one, call in zip(wanted, cdr.match(asked, records.of(asked)), strict=True):
        if call:
            by_page.setdefault(one.page, {})[one] = call
    return by_page


def _moment(one: Callless) -> datetime | None:
    return None if one.archived is None else datetime.fromtimestamp(one.archived, UTC)


def amend(store: Store, ring: "Keyring | None", page: str, calls: Mapping[Callless, Call]) -> list[str]:
    """Write the calls into the sidecars of this page; which recordings have theirs now. Erased ones have none."""
    amended: list[str] = []

    def changed(before: Page) -> Page:
        entries = dict(before.entries)
        amended.clear()
        for one, call in calls.items():
            if entry := entries.get(one.recording):
                entries[one.recording] = _told(ring, entry, call)
                amended.append(one.recording)
        return replace(before, entries=entries)

    pages.change(store, page, changed)
    return amended


def _told(ring: "Keyring | None", entry: Entry, call: Call) -> Entry:
    """The entry with this call in its sidecar, under the key that it has."""
    more = {"call": call.body, "began": call.start.astimezone(UTC).isoformat(timespec="seconds")}
    if not entry.master:
        return replace(entry, sidecar=_merged(entry.sidecar, more))
    if ring is None:
        raise VerificationError(f"{entry.recording} is sealed; say in [calls] where the key file is")
    from voicekit.calls import seal

    key = ring.unwrap(entry.master, entry.key, entry.recording)
    plain = seal.unshut(entry.sidecar, key, "sidecar", entry.recording)
    return replace(entry, sidecar=seal.shut(_merged(plain, more), key, "sidecar", entry.recording))


def _merged(sidecar: bytes, more: Mapping[str, Any]) -> bytes:
    return json.dumps({**json.loads(sidecar), **more}, ensure_ascii=True, sort_keys=True).encode()
