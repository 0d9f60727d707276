"""One run of the archiver, and the way of recordings out of a spool into store and ledger."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from voicekit import fs, threads
from voicekit.calls import later, ledger, ledgers, marks, naming, purge, seen, spool, there
from voicekit.calls.archive import Archiver, TakenError
from voicekit.calls.archived import Archived
from voicekit.calls.cdr.clock import anonymous
from voicekit.calls.chain import Entry
from voicekit.calls.chain import Kind as Fact
from voicekit.calls.choice import Choice
from voicekit.calls.courtesy import Courtesy
from voicekit.calls.history import History, history_of
from voicekit.calls.intake import Intake, Task
from voicekit.calls.later import Callless
from voicekit.calls.ledger import Ledger
from voicekit.calls.pace import Pace
from voicekit.calls.pages import Begun, Claims
from voicekit.calls.receipts import Receipt
from voicekit.calls.scratch import Scratch
from voicekit.calls.seen import Known, Seen
from voicekit.calls.settings import Settings, Spool
from voicekit.calls.settle import Why
from voicekit.calls.spool import Found, GoneError
from voicekit.errors import InputError, VoicekitError
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.pbx.recording_names import Kind, Name
from voicekit.stores import Store

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring

ONCE = 16  # recordings on their way at the same time
AHEAD = 80  # read before their turn, of 1 MiB at the most each: while the next page is read, and receipts are written
_BATCH = 64  # receipts that are made durable at once

Ended = list[tuple[Task, Receipt | None]]


@dataclass(slots=True)
class Run:
    """What one run works with. `damaged` tells of ledgers that are not what was written."""

    settings: Settings
    store: Store
    writer: str
    archiver: Archiver
    chain: Ledger
    cache: Seen
    archived: Archived
    damaged: list[Outcome] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)  # what it has said to be deleted or erased itself
    _history: History | None = None

    @property
    def history(self) -> History:
        """What all ledgers say was done; read when it is asked for first. `VerificationError` for any damage."""
        if self._history is None:
            self._history = history_of(self.settings, self.store, self.archiver.ring)
        return self._history

    def say(self, *facts: ledger.Fact) -> list[Entry]:
        """Write these into the ledger, durably, and take note of them."""
        history, entries = self.history, self.write(*facts)
        for entry in entries:
            history.add(entry)
        return entries

    def write(self, *facts: ledger.Fact) -> list[Entry]:
        """The same of what no history keeps: what is archived."""
        ring, entries = self.archiver.ring, list[Entry]()
        secret = ring.naming if ring else b""
        for start in range(0, len(facts), _BATCH):
            entries += self.chain.append(datetime.now(UTC), *marks.marked(secret, facts[start : start + _BATCH]))
        if entries:
            self.archived.add(entries, self.writer, self.chain.end, secret)
        self.ended |= {entry.body["recording"] for entry in entries if entry.kind in (Fact.DELETE, Fact.ERASE)}
        return entries

    def proved(self, known: Sequence[Known]) -> tuple[list[Known], int]:
        """Of these files those of which the store has all that gives them back, or that were deleted or erased; and how
        many others there are. `StoreError` where it can't be asked.
        """
        lies = {one: found for one in known if (found := self.archived.lies(one.sha256, one.size))}
        lost = set(there.lost(self.store, self.archiver.ring, list(lies.values())))
        kept = [one for one in known if one not in lies or lies[one].recording not in lost]
        return kept, len(known) - len(kept)

    def publish(self) -> None:
        """Bring all that the ledger says to the store."""
        self.chain.seal(datetime.now(UTC))
        ledgers.put(self.chain, self.store, self.writer)


@contextmanager
def opened(
    settings: Settings,
    ring: "Keyring | None",
    store: Store,
    *,
    read_back: bool = False,
    take_over: Collection[str] = (),
    away: Path | None = None,
) -> Iterator[Run]:
    """A run, which is the only one of this workspace; at its end the ledger is sealed, and lies in the store.

    `take_over` names writers that are gone for good, with ledgers that never reached the store: what they had put
    and have no receipt of that anybody can see gets one of this writer's, once it was read back.

    `away`: nothing is written to the workspace, whose disk is full. A stand-in writes a ledger of its own, in this
    folder, which lies in the store as far as it was `published`; the next run takes over what he has left by half.
    """
    with ExitStack() as stack:
        own = ledgers.writer(settings.ledger)
        if own in take_over:
            raise InputError(f"{own} is the name of the ledger here; take over those that are gone")
        if away:
            stack.enter_context(fs.exclusive(settings.ledger / "lock", f"the ledger {settings.ledger}"))
        there = replace(settings, root=away) if away else settings
        writer = ledgers.writer(there.ledger, naming.stand_in(own) if away else "")
        chain = stack.enter_context(ledger.opened(there.ledger, writer))
        ledgers.current(chain, store, writer)
        cache = stack.enter_context(seen.opened(there.seen, like=settings.seen))
        # Ours is read where it lies, as far as it is all there.
        heard = "" if away and ledgers.lacking(settings.ledger, store, own) else own
        damaged = list(cache.archived.hear(settings, store, heard, ring.naming if ring else b""))
        begun, claims = Begun(there.begun), Claims(store)
        pace, scratch = Pace(settings.bwlimit), Scratch(settings.scratch)
        made = (settings.encoding, read_back, take_over, own, pace, scratch)
        archiver = Archiver(store, writer, ring, begun, claims, *made)
        begun.leave_out(cache.archived.gone)
        begun.end(cache.archived.of(begun.left))
        archiver.resume()
        run = Run(settings, store, writer, archiver, chain, cache, cache.archived, damaged)
        yield run
        run.publish()
        if not away:
            purge.out_again(store, _ended_meanwhile(run, own, ring.naming if ring else b""))


def _ended_meanwhile(run: Run, own: str, secret: bytes) -> dict[str, str]:
    """What another machine deleted or erased while this run lasted, and lies in pages of this writer's: a run that
    began before it could hear of a recording may have put it once more.
    """
    for _ in run.archived.hear(run.settings, run.store, own, secret):
        pass  # damage was told when the run began, or is by the next
    pages = run.archived.pages_of(run.archived.ended - run.ended)
    return {recording: page for recording, page in pages if naming.writer_of(page) == run.writer}


def archived(
    run: Run, one: Spool, machine: Machine, choice: Choice, now: int, *, yielding: bool = True
) -> Iterator[Outcome]:
    """Bring what was chosen to the store, an outcome for each; `now` by the clock of the machine. `yielding`: a machine
    that is busy is waited for.

    What turns out to be under way still, by its header, is counted with what the choice has left alone.
    """
    ended: Ended = []
    missing, receipts = set(choice.wanted), 0

    def work(task: Task) -> Receipt | None:
        return run.archiver.take(task.ready) if task.ready else None

    source = spool.fetched(machine, one.path, list(choice.wanted), run.archiver.pace)
    records = run.settings.cdr.records(machine) if run.settings.cdr else None
    courtesy = Courtesy(machine, one.path, run.settings.root, run.settings.max_load)
    intake = Intake(run.archiver.ready, run.archived, records, one.name, run.settings.zone, now)
    try:
        tasks = intake.tasks(source, choice.wanted)
        for task, result in threads.each(work, courtesy.each(tasks) if yielding else tasks, threads=ONCE, ahead=AHEAD):
            missing.discard(task.found)
            if task.under_way:
                choice.left[Why.HEADER] += 1
            elif isinstance(result, VoicekitError):
                yield _failed(shown(one, task.found, choice.wanted[task.found]), result)
            else:
                ended.append((task, result))
                receipts += result is not None
            if receipts >= _BATCH:
                yield from _noted(run, one, ended, choice)
                receipts = 0
    except VoicekitError:  # a machine that went away in the middle: what came before counts
        yield from _noted(run, one, ended, choice)
        raise
    yield from _noted(run, one, ended, choice)
    if intake.wrong:
        yield Outcome(one.name, Verdict.FAILED, "no-records", intake.wrong, "what was archived has no call with it")
    if courtesy.stopped:
        detail = f"{courtesy.stopped}; {counted(len(missing), 'recording')} left"
        yield Outcome(one.name, Verdict.SKIPPED, "busy", detail, "the next run goes on", {"files": len(missing)})
    elif missing:
        yield from _unread(one, machine, missing)


def _failed(subject: str, error: VoicekitError) -> Outcome:
    if isinstance(error, TakenError):
        remedy = "if that one is gone for good: --take-over"
        return Outcome(subject, Verdict.SKIPPED, "taken", str(error), remedy)
    if isinstance(error, GoneError):
        return Outcome(subject, Verdict.SKIPPED, "gone", str(error))
    return Outcome(subject, Verdict.FAILED, "not-archived", str(error))


def _unread(one: Spool, machine: Machine, missing: set[Found]) -> Iterator[Outcome]:
    """Of those that did not come, what is there unchanged can't be read; the rest changed or went away meanwhile."""
    with spool.look(machine, one.path) as (_, found):
        there = missing.intersection(found)
    if there:
        detail = f"{counted(len(there), 'recording')} may not be read"
        yield Outcome(
            one.name, Verdict.FAILED, "unread", detail, "find in the folder names them", {"files": len(there)}
        )


def _noted(run: Run, one: Spool, ended: Ended, choice: Choice) -> Iterator[Outcome]:
    """Say it in the ledger: only now these are archived. Of two files with the same bytes one has the receipt."""
    receipts = {receipt.original: receipt for _, receipt in ended if receipt}
    receipts = {original: one for original, one in receipts.items() if not run.archived.has(original)}
    if receipts:
        run.write(*((Fact.RECEIPT, receipt.body) for receipt in receipts.values()))
        run.archiver.begun.end(receipt.recording for receipt in receipts.values())
    run.cache.later.add(one.name, callless(run, ended, choice.wanted), round(time.time()))
    known, left = list[tuple[Task, str]](), Ended()
    for task, receipt in ended:
        if recording := run.archived.find(task.body.sha256):
            known.append((task, recording))
        else:  # it has the bytes of a file that is still on its way
            left.append((task, receipt))
    ended[:] = left
    run.cache.add(one.name, (Known(t.found.path, t.found.size, t.found.modified, t.body.sha256) for t, _ in known))
    for task, recording in known:
        data = {"recording": recording, "bytes": task.body.size}
        subject = shown(one, task.found, choice.wanted[task.found])
        if task.ready and (receipt := receipts.pop(task.body.sha256, None)):
            data["stored"] = receipt.stored_size
            yield Outcome(subject, Verdict.DONE, "archived", f"{task.body.size} bytes", data=data)
        else:
            yield Outcome(subject, Verdict.KEPT, "known", "its bytes are archived", data=data)


def callless(run: Run, ended: Ended, names: Mapping[Found, Name]) -> Iterator[Callless]:
    """Those whose calls the PBX has not written down, or not yet. A message has none that would name it."""
    for task, receipt in ended:
        name = names[task.found]
        if run.settings.cdr and receipt and task.nameless and name.kind is not Kind.VOICEMAIL:
            file = task.found.path.rpartition("/")[2]
            yield Callless(receipt.recording, receipt.page, file, name.uniqueid)


def looked_up(run: Run, one: Spool, machine: Machine) -> Iterator[Outcome]:
    """Ask again for the calls of recordings that were archived without; say in the ledger where one was found."""
    if run.settings.cdr is None or not (due := run.cache.later.due(one.name, round(time.time()))):
        return
    try:
        found = later.found(due, run.settings.cdr.records(machine))
    except VoicekitError as error:
        yield Outcome(one.name, Verdict.FAILED, "no-records", str(error), "they are asked for again")
        return
    for page, calls in found.items():
        try:
            amended = later.amend(run.store, run.archiver.ring, page, calls)
        except VoicekitError as error:
            yield Outcome(one.name, Verdict.FAILED, "not-amended", str(error), "the next run tries again")
            continue
        run.write(*((Fact.AMEND, {"recording": each, "page": page}) for each in amended))
        run.cache.later.forget(call.recording for call in calls)
        for recording in amended:
            yield Outcome(recording, Verdict.DONE, "amended", "its call is written down by now")


def shown(one: Spool, found: Found, name: Name) -> str:
    """The file, without what its name or its folders say of a caller: outcomes go into logs."""
    return f"{one.name}: {anonymous(name.uniqueid) or 'file ' + found.number.partition(':')[2]}"
