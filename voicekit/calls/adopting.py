"""Recordings that others have put in the store, into the ledger: each is read once, and stays where and what it is.

A page with where they lie is put before their receipts are written; a run that is killed in between goes on with it.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from voicekit import threads
from voicekit.calls import later, message, nameless, pages, purge, samples, settle
from voicekit.calls.adoptable import Candidate, Place
from voicekit.calls.archive import Ready, Recording
from voicekit.calls.cdr.records import Records
from voicekit.calls.chain import Kind as Fact
from voicekit.calls.encode import Encoding
from voicekit.calls.index.read import SHORT
from voicekit.calls.intake import Intake
from voicekit.calls.pace import Pace
from voicekit.calls.pages import Entry, Page
from voicekit.calls.receipts import Proof, Receipt
from voicekit.calls.restore import Restorer
from voicekit.calls.run import AHEAD, ONCE, Ended, Run, callless, shown
from voicekit.calls.seen import Known
from voicekit.calls.spool import Found
from voicekit.errors import StoreError, VerificationError, VoicekitError
from voicekit.outcome import Outcome, Verdict
from voicekit.pbx.recording_names import Name
from voicekit.stores import Body, Store

_HEAD = max(samples.HEAD, message.LIMIT)  # bytes of which something is asked besides their hash


class YoungError(StoreError):
    """It may be written to still: a folder has files that are not whole."""


class Adopter:
    """Of one place, in one run. `waiting` counts objects that may not be whole yet, or whose calls are on."""

    def __init__(self, run: Run, place: Place, records: Records | None) -> None:
        self._run, self._place, self._now, self.waiting = run, place, round(time.time()), 0
        name, zone = place.spool.name, run.settings.zone
        self._intake = Intake(self._put, run.archived, records, name, zone, self._now)

    @property
    def wrong(self) -> str:
        """Why calls could not be looked up; "" where they could."""
        return self._intake.wrong

    def each(self, candidates: Iterator[Candidate]) -> Iterator[Outcome]:
        """Adopt these, an outcome for each but those that wait."""
        store, pace, batch = self._run.store, self._run.archiver.pace, dict[Found, tuple[Candidate, Body]]()

        def work(task: tuple[Candidate, str]) -> tuple[Found, Body]:
            candidate, known = task
            return _bare(candidate.found, b"", known) if known else read(store, pace, candidate, self._now)

        tasks = ((each, self._known(each)) for each in candidates)
        for (candidate, _), got in threads.each(work, tasks, threads=ONCE, ahead=AHEAD):
            if isinstance(got, YoungError):
                self.waiting += 1
            elif isinstance(got, VoicekitError):
                yield Outcome(self._shown(candidate), Verdict.FAILED, "not-adopted", str(got))
            else:
                batch[got[0]] = candidate, got[1]
            if len(batch) == pages.MOST:
                yield from self._page(batch)
                batch = {}
        yield from self._page(batch)

    def _known(self, candidate: Candidate) -> str:
        """The SHA-256 that it had when it was found to be archived under another name; "" where it is to be read."""
        sha256 = self._run.cache.known(self._place.prefix, replace(candidate.found, path=candidate.key))
        return sha256 if self._run.archived.has(sha256) else ""

    def _page(self, batch: Mapping[Found, tuple[Candidate, Body]]) -> Iterator[Outcome]:
        """What was read, into page and ledger. Of two with the same bytes one is adopted."""
        names = {found: candidate.name for found, (candidate, _) in batch.items()}
        tasks = list(self._intake.page([(found, body) for found, (_, body) in batch.items()], names))
        receipts = {task.found: _receipt(task.ready) for task in tasks if task.ready}
        self._run.write(*((Fact.ADOPT, receipt.body) for receipt in receipts.values()))
        self._run.archiver.begun.end(receipt.recording for receipt in receipts.values())
        self._ask_again([(task, receipt) for task in tasks if (receipt := receipts.get(task.found))], names)
        elsewhere = [task for task in tasks if not task.ready and not task.under_way]
        self._remember((batch[task.found][0], task.body.sha256) for task in elsewhere)
        for task in tasks:
            candidate, _ = batch[task.found]
            if task.under_way:
                self.waiting += 1
            elif receipt := receipts.get(task.found):
                data = {"recording": receipt.recording, "bytes": receipt.size}
                yield Outcome(self._shown(candidate), Verdict.DONE, "adopted", f"{receipt.size} bytes", data=data)
            else:
                yield self._elsewhere(candidate, task.body)

    def _put(self, recordings: Sequence[Recording]) -> list[Ready]:
        """A page for these, with where each lies."""
        place, archiver = self._place, self._run.archiver
        told = [
            replace(one, known={**one.known, "object": place.key(one.path), "prefix": place.prefix})
            for one in recordings
        ]
        for one in told:
            self._begin_anew(archiver.named(one), one.known["object"])
        return archiver.ready(told)

    def _begin_anew(self, recording: str, key: str) -> None:
        """What a killed run began of this content goes on only where that says that it lies here."""
        begun = self._run.archiver.begun
        if (found := begun.find(recording)) is None or self._lies(*found) == key:
            return
        begun.leave_out(lambda one: one == recording)
        purge.keys_out(self._run.store, found[0], [recording])

    def _lies(self, page: str, entry: Entry) -> str:
        """Where the sidecar of this entry says that it lies; "" for nowhere."""
        restorer = Restorer(self._run.store, self._run.archiver.ring, {page: Page("", {entry.recording: entry})})
        with suppress(VerificationError):
            return restorer.object(_adopted(entry, page, "", 0))
        return ""

    def _ask_again(self, ended: Ended, names: Mapping[Found, Name]) -> None:
        """For calls that the PBX may write down yet, or whose records could not be had; of old ones there are none."""
        asked = [
            (task, receipt) for task, receipt in ended if self.wrong or self._now - task.found.modified < later.LAST
        ]
        self._run.cache.later.add(self._place.spool.name, callless(self._run, asked, names), self._now)

    def _remember(self, known: Iterator[tuple[Candidate, str]]) -> None:
        """What these were, so that nobody reads them again."""
        rows = (Known(one.key, one.found.size, one.found.modified, sha256) for one, sha256 in known)
        self._run.cache.add(self._place.prefix, rows)

    def _elsewhere(self, candidate: Candidate, body: Body) -> Outcome:
        """Of an object whose bytes are archived under another name, or were."""
        run = self._run
        recording = run.archived.find(body.sha256)
        data, subject = {"recording": recording, "bytes": body.size}, self._shown(candidate)
        if run.archived.gone(recording):
            what = "erased" if run.archived.erased(body.sha256) else "deleted by a rule"
            detail = f"{recording[:SHORT]} was {what}, and its bytes lie here again"
            return Outcome(subject, Verdict.FAILED, "lies-again", detail, "delete this object where it came from", data)
        detail = f"its bytes are archived as {recording[:SHORT]}; an erasure of that leaves this object where it is"
        return Outcome(subject, Verdict.KEPT, "known", detail, data=data)

    def _shown(self, candidate: Candidate) -> str:
        return shown(self._place.spool, candidate.found, candidate.name)


def read(store: Store, pace: Pace, candidate: Candidate, now: int) -> tuple[Found, Body]:
    """The file that it is a copy of, as far as that is known, and its bytes, of which only the first can be had again.

    `StoreError` where it is no longer what was listed.
    """
    key, found = candidate.key, candidate.found
    digest, head = hashlib.sha256(), bytearray()
    with nameless.told(key, "it"), store.open(key, 0, found.size) as reading:
        stat = reading.stat
        if not stat.tag and abs(now - found.modified) < settle.CALM:
            raise YoungError("it may be written to still")
        for block in reading:
            pace.take(len(block))
            digest.update(block)
            head += block[: _HEAD - len(head)]
        # What has a tag was one content all the time.
        if stat.size != found.size or (not stat.tag and store.stat(key) != stat):
            raise StoreError("it changed since it was listed; the next run looks again")
    modified = found.modified if stat.mtime is None else int(stat.mtime)
    return _bare(replace(found, modified=modified), bytes(head), digest.hexdigest())


def _bare(found: Found, head: bytes, sha256: str) -> tuple[Found, Body]:
    return found, replace(Body.proved(head, sha256), size=found.size)


def _receipt(ready: Ready) -> Receipt:
    return _adopted(ready.entry, ready.page, ready.recording.body.sha256, ready.recording.body.size)


def _adopted(entry: Entry, page: str, sha256: str, size: int) -> Receipt:
    told = (entry.recording, sha256, size, Encoding.KEEP, "", sha256, size, Proof.READ_BACK, entry.master, page)
    return Receipt(*told)
