"""Files of a spool on their way into the archive: read, with what is known of their calls, in pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from voicekit.calls import pages
from voicekit.calls.archive import Archiver, Ready, Recording
from voicekit.calls.cdr import call as cdr
from voicekit.calls.cdr.call import Call
from voicekit.calls.cdr.records import Records
from voicekit.calls.receipts import Archived
from voicekit.calls.spool import Found
from voicekit.errors import VoicekitError
from voicekit.pbx.recording_names import Name
from voicekit.stores import Body

_MOST = 64 << 20  # bytes of the recordings of one page

Names = Mapping[Found, Name]


@dataclass(frozen=True, slots=True)
class Task:
    """A file that was read; `ready` None: of these bytes there is a receipt, or another file has them."""

    found: Found
    body: Body
    ready: Ready | None


class Intake:
    """Of one spool, whose recordings bear the name `pbx`. `zone` is that of the times in names.

    `wrong` says why calls could not be looked up, "" when they could: a recording is archived whatever becomes of it.
    """

    def __init__(
        self, archiver: Archiver, archived: Archived, records: Records | None, pbx: str, zone: ZoneInfo
    ) -> None:
        self._archiver, self._archived, self._records = archiver, archived, records
        self._pbx, self._zone, self.wrong = pbx, zone, ""

    def tasks(self, fetched: Iterator[tuple[Found, Body]], names: Names) -> Iterator[Task]:
        """The files with their pages: those of a page are read before it is put, those of the next while it goes."""
        while batch := _batch(fetched):
            new = {body.sha256: (found, body) for found, body in batch if not self._archived.has(body.sha256)}
            ready = {each.recording.body.sha256: each for each in self._ready(dict(new.values()), names)}
            for found, body in batch:
                first = new.get(body.sha256, (None,))[0] is found
                yield Task(found, body, ready[body.sha256] if first else None)

    def _ready(self, bodies: Mapping[Found, Body], names: Names) -> list[Ready]:
        calls = self._calls({found: names[found] for found in bodies})
        recordings = [self._recording(found, calls[found], names[found], body) for found, body in bodies.items()]
        return self._archiver.ready(recordings) if recordings else []

    def _calls(self, names: Names) -> Mapping[Found, Call | None]:
        wanted = {file: cdr.Recording(file.path.rpartition("/")[2], name.uniqueid) for file, name in names.items()}
        found: list[Call | None] = [None] * len(wanted)
        if self._records and wanted and not self.wrong:
            try:
                found = cdr.match(list(wanted.values()), self._records.of(wanted.values()))
            except VoicekitError as error:
                self.wrong = str(error)
        return dict(zip(wanted, found, strict=True))

    def _recording(self, found: Found, call: Call | None, name: Name, body: Body) -> Recording:
        known: dict[str, Any] = _known(name) | ({"call": call.body} if call else {})
        return Recording(self._pbx, found.path, found.modified, self._began(found, call, name), body, known)

    def _began(self, found: Found, call: Call | None, name: Name) -> datetime:
        if call:
            return call.start
        if name.epoch:
            return datetime.fromtimestamp(name.epoch, UTC)
        return name.local.replace(tzinfo=self._zone) if name.local else datetime.fromtimestamp(found.modified, UTC)


def _known(name: Name) -> dict[str, str]:
    return {
        "kind": name.kind,
        "uniqueid": name.uniqueid,
        "direction": name.direction,
        "source": name.source,
        "destination": name.destination,
        "leg": name.leg,
    }


def _batch(fetched: Iterator[tuple[Found, Body]]) -> list[tuple[Found, Body]]:
    batch, size = list[tuple[Found, Body]](), 0
    for found, body in fetched:
        batch.append((found, body))
        size += body.size
        if len(batch) >= pages.MOST or size >= _MOST:
            break
    return batch
