"""Files of a spool on their way into the archive: read, with what is known of their calls, in pages."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from voicekit.calls import message, pages, samples, settle
from voicekit.calls.archive import Ready, Recording
from voicekit.calls.archived import Archived
from voicekit.calls.cdr import call as cdr
from voicekit.calls.cdr.call import Call
from voicekit.calls.cdr.records import Records
from voicekit.calls.choice import of_message, together
from voicekit.calls.spool import Found
from voicekit.errors import StoreError, VoicekitError
from voicekit.pbx.recording_names import Name
from voicekit.stores import Body

_LATEST = 1 << 37  # seconds since 1970: the year 6325
_MOST = 32 << 20  # bytes of the recordings of one page: two pages at once may be in memory
_MESSAGES = 100_000  # whose texts are in memory: the last that came, for their sounds lie beside them

Names = Mapping[Found, Name]
Batch = list[tuple[Found, Body]]
Put = Callable[[Sequence[Recording]], list[Ready]]  # a page for these


@dataclass(frozen=True, slots=True)
class Task:
    """A file that was read; `ready` None: of these bytes there is a receipt, or another file has them, or its header
    says that its call is `under_way`.
    """

    found: Found
    body: Body
    ready: Ready | None
    under_way: bool = False

    @property
    def nameless(self) -> bool:
        """Whether nothing is known of its call but what its name tells."""
        return self.ready is not None and "call" not in self.ready.recording.known


class Intake:
    """Of one spool, whose recordings bear the name `pbx`; `put` puts a page. `zone` is that of the times in names, and
    `now` the PBX's clock.

    `wrong` says why calls could not be looked up, "" when they could: a recording is archived whatever becomes of it.
    """

    def __init__(
        self, put: Put, archived: Archived, records: Records | None, pbx: str, zone: ZoneInfo, now: int
    ) -> None:
        self._put, self._archived, self._records = put, archived, records
        self._pbx, self._zone, self._now, self.wrong = pbx, zone, now, ""
        self._messages: dict[str, Mapping[str, str]] = {}

    def tasks(self, fetched: Iterator[tuple[Found, Body]], names: Names) -> Iterator[Task]:
        """The files with their pages: those of a page are read before it is put, those of the next while it goes."""
        while batch := _batch(fetched):
            yield from self.page(batch, names)

    def page(self, batch: Batch, names: Names) -> Iterator[Task]:
        """These, at most `pages.MOST`, with the page of those that are new."""
        open_ = {found for found, body in batch if self._under_way(found, body)}
        yield from (Task(found, body, None, under_way=True) for found, body in batch if found in open_)
        batch = [(found, body) for found, body in batch if found not in open_]
        self._messages |= dict(self._written_down(batch, names))
        new = {body.sha256: (found, body) for found, body in batch if not self._archived.has(body.sha256)}
        ready = {each.recording.body.sha256: each for each in self._ready(dict(new.values()), names)}
        for found, body in batch:
            first = new.get(body.sha256, (None,))[0] is found
            yield Task(found, body, ready[body.sha256] if first else None)
        for old in list(self._messages)[:-_MESSAGES]:
            del self._messages[old]

    def _under_way(self, found: Found, body: Body) -> bool:
        """A header without sizes: a call on hold, of which nothing is written, or one that crashed a moment ago."""
        if self._now - found.modified >= settle.UNFINISHED:
            return False
        head = b""
        with suppress(StoreError), body.open() as file:  # gone or changed: the archiver says so
            head = file.read(samples.HEAD)
        layout = samples.wave(head, found.size) if head.startswith(b"RIFF") else None
        return layout is not None and layout.open

    def _written_down(self, batch: Batch, names: Names) -> Iterator[tuple[str, Mapping[str, str]]]:
        """What Asterisk wrote down of messages; it comes before their sounds."""
        for found, body in batch:
            if of_message(found, names[found]):
                with suppress(StoreError), body.open() as file:
                    yield together(found, names[found]), message.read(file.read(message.LIMIT))

    def _ready(self, bodies: Mapping[Found, Body], names: Names) -> list[Ready]:
        calls = self._calls({found: names[found] for found in bodies})
        recordings = [self._recording(found, calls[found], names[found], body) for found, body in bodies.items()]
        return self._put(recordings) if recordings else []

    def _calls(self, names: Names) -> Mapping[Found, Call | None]:
        wanted = {
            file: cdr.Recording(file.path.rpartition("/")[2], name.uniqueid, _changed(file))
            for file, name in names.items()
        }
        found: list[Call | None] = [None] * len(wanted)
        if self._records and wanted and not self.wrong:
            try:
                found = cdr.match(list(wanted.values()), self._records.of(wanted.values()))
            except VoicekitError as error:
                self.wrong = str(error)
        return dict(zip(wanted, found, strict=True))

    def _recording(self, found: Found, call: Call | None, name: Name, body: Body) -> Recording:
        known: dict[str, Any] = _known(name)
        if told := self._messages.get(together(found, name)):
            known |= {"message": told, "source": name.source or message.caller(told)}
        if call:
            known["call"] = call.body
        return Recording(self._pbx, found.path, found.modified, self._began(found, call, name, told), body, known)

    def _began(self, found: Found, call: Call | None, name: Name, told: Mapping[str, str] | None) -> datetime:
        if call:
            return call.start
        with suppress(ValueError, OverflowError):  # of the year 1, or 10000: names are anybody's
            if began := name.epoch or message.began(told or {}):
                return datetime.fromtimestamp(began, UTC)
            if name.local:
                return name.local.replace(tzinfo=self._zone).astimezone(UTC)
        return _changed(found)


def _changed(found: Found) -> datetime:
    return datetime.fromtimestamp(min(max(found.modified, 0), _LATEST), UTC)


def _known(name: Name) -> dict[str, str]:
    return {
        "kind": name.kind,
        "uniqueid": name.uniqueid,
        "direction": name.direction,
        "source": name.source,
        "destination": name.destination,
        "leg": name.leg,
    }


def _batch(fetched: Iterator[tuple[Found, Body]]) -> Batch:
    batch, size = Batch(), 0
    for found, body in fetched:
        batch.append((found, body))
        size += body.size
        if len(batch) >= pages.MOST or size >= _MOST:
            break
    return batch
