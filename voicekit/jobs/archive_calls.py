"""Call recordings into the store, each with its receipt; then those that were kept long enough off the PBX's disk."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from voicekit import deploy, threads
from voicekit.calls import ledger, ledgers, removal, seen, settle, spool
from voicekit.calls.archive import Archiver, TakenError
from voicekit.calls.chain import Kind as Fact
from voicekit.calls.intake import Intake, Names, Task
from voicekit.calls.keys import Keyring
from voicekit.calls.ledger import Ledger
from voicekit.calls.pages import Begun, Others
from voicekit.calls.receipts import Archived, Receipt
from voicekit.calls.seen import Known, Seen
from voicekit.calls.settings import Settings, Spool
from voicekit.calls.settle import Rules, Why, why_not
from voicekit.calls.spool import Found, GoneError, Look
from voicekit.errors import InputError, VerificationError, VoicekitError
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.pbx import recording_names
from voicekit.pbx.recording_names import Kind, Name
from voicekit.stores import Store

ONCE = 16  # recordings on their way at the same time
_BATCH = 64  # receipts that are made durable at once

_STAY = (Kind.VOICEMAIL, Kind.GREETING, Kind.ARI)  # others read them where they lie: nothing removes these
_TOLD = {
    Why.EMPTY: "no sound in it",
    Why.LINKED: "it has more than one name",
    Why.FUTURE: "changed in the future, says the clock there",
}
_CALL = re.compile(r"(?<![0-9])1[0-9]{9}\.[0-9]{1,9}$")  # the end of a uniqueid; before it may be whatever a name has


Ended = list[tuple[Task, Receipt | None]]


@dataclass(slots=True)
class Run:
    """What one run works with; `free` says whether it removes what was kept long enough."""

    settings: Settings
    archiver: Archiver
    chain: Ledger
    cache: Seen
    archived: Archived
    free: bool


def apply(
    settings: Settings,
    ring: Keyring | None,
    store: Store,
    spools: Sequence[Spool],
    *,
    read_back: bool = False,
    free: bool = True,
    take_over: Collection[str] = (),
) -> Iterator[Outcome]:
    """Archive what is settled in each spool. One that fails stops no other.

    `take_over` names writers that are gone for good, with ledgers that never reached the store: what they had put
    and have no receipt of that anybody can see gets one of this writer's, once it was read back.
    """
    with ExitStack() as stack:
        writer = ledgers.writer(settings.ledger)
        if writer in take_over:
            raise InputError(f"{writer} is the name of the ledger here; take over those that are gone")
        chain = stack.enter_context(ledger.opened(settings.ledger, writer))
        ledgers.current(chain, store, writer)
        cache = stack.enter_context(seen.opened(settings.seen))
        archived = Archived(ledgers.own(settings.ledger))
        yield from _heard(archived, store, writer, settings)
        begun, others = Begun(settings.begun), Others(store, writer)
        archiver = Archiver(store, writer, ring, begun, others, settings.encoding, read_back, gone=take_over)
        begun.end(archived.recordings())
        archiver.resume()
        run = Run(settings, archiver, chain, cache, archived, free)
        for one in spools:
            try:
                with deploy.reach(one.target) as machine:
                    yield from _spool(run, one, machine)
            except VoicekitError as error:
                yield Outcome(one.name, Verdict.FAILED, "not-archived", str(error))
        chain.seal(datetime.now(UTC))
        ledgers.put(chain, store, writer)


def _heard(archived: Archived, store: Store, writer: str, settings: Settings) -> Iterator[Outcome]:
    """Take note of what others have archived. A damaged ledger stops nothing: what it claimed stays claimed."""
    for name, entries in ledgers.others(store, writer, settings.heard):
        try:
            for entry in entries:
                archived.add(entry)
        except (InputError, VerificationError) as error:
            yield Outcome(name, Verdict.FAILED, "ledger-damaged", str(error))


def _spool(run: Run, one: Spool, machine: Machine) -> Iterator[Outcome]:
    wanted: dict[Found, Name] = {}
    left: Counter[Why] = Counter()
    with spool.look(machine, one.path) as (look, found):
        for file in found:
            if run.archived.has(run.cache.known(one.name, file)):
                continue
            name = recording_names.parse(f"{one.path}/{file.path}", run.settings.patterns)
            why = _why_not(run.settings, file, name, look)
            if why is None and name.kind is not Kind.GREETING:
                wanted[file] = name
            elif why in _TOLD and abs(look.now - file.modified) > settle.YOUNG:
                yield Outcome(_shown(one, file, name), Verdict.SKIPPED, why, _TOLD[why])
            elif why:
                left[why] += 1
    yield from _archived(run, one, machine, wanted)
    yield from _left(one, look, left)
    for below in dict.fromkeys(look.left):
        removal.given_back(machine, one.path, below)
    if run.free:
        yield from _freed(run, one, machine, look)


def _why_not(settings: Settings, found: Found, name: Name, look: Look) -> Why | None:
    extension = found.path.rpartition(".")[2]
    rules = Rules(settings.min_age)
    return why_not(found, look, rules, uniqueid=name.uniqueid, extension=extension, leg=bool(name.leg))


def _left(one: Spool, look: Look, left: Counter[Why]) -> Iterator[Outcome]:
    """What is not archived, in one line for each reason."""
    if unknown := left.pop(Why.UNKNOWN, 0):
        detail = f"{counted(unknown, 'recording')}: {look.blind}"
        remedy = "run this as root there, or say with min_age when a recording is over"
        yield Outcome(one.name, Verdict.SKIPPED, "unknown", detail, remedy, data={"files": unknown})
    if waiting := left.total():
        detail = f"{counted(waiting, 'recording')} under way, or too young to know"
        yield Outcome(one.name, Verdict.SKIPPED, "waiting", detail, data={"files": waiting})
    if troubles := sum(look.troubles):
        detail = f"{counted(troubles, 'file or folder')} there may not be looked at"
        yield Outcome(one.name, Verdict.FAILED, "unseen", detail, "find in the folder names them")


def _archived(run: Run, one: Spool, machine: Machine, wanted: Names) -> Iterator[Outcome]:
    ended: Ended = []
    missing = set(wanted)

    def work(task: Task) -> Receipt | None:
        return run.archiver.take(task.ready) if task.ready else None

    records = run.settings.cdr.records(machine) if run.settings.cdr else None
    intake = Intake(run.archiver, run.archived, records, one.name, run.settings.zone)
    try:
        tasks = intake.tasks(spool.fetched(machine, one.path, list(wanted)), wanted)
        for task, result in threads.each(work, tasks, threads=ONCE):
            missing.discard(task.found)
            if isinstance(result, TakenError):
                remedy = "if that one is gone for good: --take-over"
                subject = _shown(one, task.found, wanted[task.found])
                yield Outcome(subject, Verdict.SKIPPED, "taken", str(result), remedy)
            elif isinstance(result, GoneError):
                yield Outcome(_shown(one, task.found, wanted[task.found]), Verdict.SKIPPED, "gone", str(result))
            elif isinstance(result, VoicekitError):
                yield Outcome(_shown(one, task.found, wanted[task.found]), Verdict.FAILED, "not-archived", str(result))
            else:
                ended.append((task, result))
            if sum(1 for _, receipt in ended if receipt) >= _BATCH:
                yield from _noted(run, one, ended, wanted)
    except VoicekitError:  # a machine that went away in the middle: what came before counts
        yield from _noted(run, one, ended, wanted)
        raise
    yield from _noted(run, one, ended, wanted)
    if intake.wrong:
        yield Outcome(one.name, Verdict.FAILED, "no-records", intake.wrong, "what was archived has no call with it")
    if missing:
        yield from _unread(one, machine, missing)


def _unread(one: Spool, machine: Machine, missing: set[Found]) -> Iterator[Outcome]:
    """Of those that did not come, what is there unchanged can't be read; the rest changed or went away meanwhile."""
    with spool.look(machine, one.path) as (_, found):
        there = missing.intersection(found)
    if there:
        detail = f"{counted(len(there), 'recording')} may not be read"
        yield Outcome(
            one.name, Verdict.FAILED, "unread", detail, "find in the folder names them", {"files": len(there)}
        )


def _noted(run: Run, one: Spool, ended: Ended, names: Names) -> Iterator[Outcome]:
    """Say it in the ledger: only now these are archived. Of two files with the same bytes one has the receipt."""
    receipts = {receipt.original: receipt for _, receipt in ended if receipt}
    receipts = {original: one for original, one in receipts.items() if not run.archived.has(original)}
    if receipts:
        facts = ((Fact.RECEIPT, receipt.body) for receipt in receipts.values())
        for entry in run.chain.append(datetime.now(UTC), *facts):
            run.archived.add(entry)
        run.archiver.begun.end(receipt.recording for receipt in receipts.values())
    known = [task for task, _ in ended if run.archived.has(task.body.sha256)]
    run.cache.add(one.name, (Known(t.found.path, t.found.size, t.found.modified, t.body.sha256) for t in known))
    for task in known:
        data = {"recording": run.archived.find(task.body.sha256), "bytes": task.body.size}
        subject = _shown(one, task.found, names[task.found])
        if task.ready and receipts.pop(task.body.sha256, None):
            yield Outcome(subject, Verdict.DONE, "archived", f"{task.body.size} bytes", data=data)
        else:
            yield Outcome(subject, Verdict.KEPT, "known", "its bytes are archived", data=data)
    # What is left has the bytes of a file that is still on its way.
    ended[:] = [(task, receipt) for task, receipt in ended if not run.archived.has(task.body.sha256)]


def _freed(run: Run, one: Spool, machine: Machine, look: Look) -> Iterator[Outcome]:
    """Remove what is archived and was kept long enough, each after it was looked at once more."""
    if look.blind and run.settings.min_age is None:
        return
    old = [
        known
        for known in run.cache.before(one.name, look.now - run.settings.keep_local)
        if run.archived.has(known.sha256)
        and recording_names.parse(f"{one.path}/{known.path}", run.settings.patterns).kind not in _STAY
    ]
    freed, refused = list[Known](), 0
    for known, what in removal.removed(machine, one.path, old):
        if what == removal.REFUSED:
            refused += 1
            continue
        run.cache.forget(one.name, [known.path])
        if what == "removed":
            freed.append(known)
    if refused:
        detail = f"{counted(refused, 'recording')} could not be removed"
        remedy = "give their folders to the user of Asterisk, and let nobody else write there"
        yield Outcome(one.name, Verdict.FAILED, "not-freed", detail, remedy, data={"files": refused})
    if freed:
        size = sum(known.size for known in freed)
        detail = f"{counted(len(freed), 'recording')}, {size / 1e6:.1f} MB, archived and older than keep_local"
        yield Outcome(one.name, Verdict.DONE, "freed", detail, data={"files": len(freed), "bytes": size})


def _shown(one: Spool, found: Found, name: Name) -> str:
    """The file, without what its name or its folders say of a caller: outcomes go into logs."""
    call = _CALL.search(name.uniqueid)
    return f"{one.name}: {call[0] if call else 'file ' + found.number.partition(':')[2]}"
