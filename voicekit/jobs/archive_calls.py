"""Call recordings into the store, each with its receipt; then those that were kept long enough off the PBX's disk."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from voicekit import deploy, threads
from voicekit.calls import ledger, ledgers, pages, removal, seen, spool
from voicekit.calls.archive import Archiver, Ready, Recording, TakenError
from voicekit.calls.chain import Kind as Fact
from voicekit.calls.keys import Keyring
from voicekit.calls.ledger import Ledger
from voicekit.calls.pages import Begun
from voicekit.calls.receipts import Archived, Receipt
from voicekit.calls.seen import Known, Seen
from voicekit.calls.settings import Settings, Spool
from voicekit.calls.settle import Rules, Why, why_not
from voicekit.calls.spool import Found, Look
from voicekit.errors import VoicekitError
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.pbx import recording_names
from voicekit.pbx.recording_names import Kind, Name
from voicekit.stores import Body, Store

ONCE = 16  # recordings on their way at the same time
_BATCH = 64  # receipts that are made durable at once
_MOST = 64 << 20  # bytes of the recordings of one page

_STAY = (Kind.VOICEMAIL, Kind.GREETING, Kind.ARI)  # others read them where they lie: nothing removes these
_TOLD = {Why.EMPTY: "no sound in it", Why.LINKED: "it has more than one name", Why.UNKNOWN: "it can't be known"}


@dataclass(slots=True)
class Run:
    """What one run works with; `free` says whether it removes what was kept long enough."""

    settings: Settings
    archiver: Archiver
    chain: Ledger
    cache: Seen
    archived: Archived
    free: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A file that was read; `ready` None: of these bytes there is a receipt, or another file has them."""

    found: Found
    body: Body
    ready: Ready | None


def apply(
    settings: Settings, ring: Keyring | None, store: Store, spools: Sequence[Spool], *, read_back: bool, free: bool
) -> Iterator[Outcome]:
    """Archive what is settled in each spool. One that fails stops no other."""
    writer = ledgers.writer(settings.ledger)
    with ExitStack() as stack:
        chain = stack.enter_context(ledger.opened(settings.ledger, writer))
        cache = stack.enter_context(seen.opened(settings.seen))
        archived = Archived(ledgers.own(settings.ledger))
        for entry in ledgers.others(store, writer, settings.seen.with_name("ledgers")):
            archived.add(entry)
        archiver = Archiver(store, writer, ring, Begun(settings.begun), settings.encoding, read_back)
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


def _spool(run: Run, one: Spool, machine: Machine) -> Iterator[Outcome]:
    wanted: list[tuple[Found, Name]] = []
    waiting = 0
    with spool.look(machine, one.path) as (look, files):
        for found in files:
            if run.cache.knows(one.name, found):
                continue
            name = recording_names.parse(f"{one.path}/{found.path}", run.settings.patterns)
            why = _why_not(run.settings, found, name, look)
            if why is None:
                wanted.append((found, name))
            elif why in _TOLD and look.now - found.modified > 86_400:
                yield Outcome(_shown(one, found, name), Verdict.SKIPPED, why, _TOLD[why])
            else:
                waiting += 1
    yield from _archived(run, one, machine, wanted)
    if waiting:
        detail = f"{counted(waiting, 'recording')} under way, or too young to know"
        yield Outcome(one.name, Verdict.SKIPPED, "waiting", detail, data={"files": waiting})
    if run.free:
        yield from _freed(run, one, machine, look)


def _why_not(settings: Settings, found: Found, name: Name, look: Look) -> Why | None:
    extension = found.path.rpartition(".")[2]
    rules = Rules(settings.min_age)
    return why_not(found, look, rules, uniqueid=name.uniqueid, extension=extension, leg=bool(name.leg))


def _archived(run: Run, one: Spool, machine: Machine, wanted: Sequence[tuple[Found, Name]]) -> Iterator[Outcome]:
    names = {found: name for found, name in wanted if name.kind is not Kind.GREETING}

    def work(task: Task) -> Receipt | None:
        return run.archiver.take(task.ready) if task.ready else None

    ended: list[tuple[Task, Receipt | None]] = []
    tasks = _tasks(run, one, spool.fetched(machine, one.path, list(names)), names)
    for task, result in threads.each(work, tasks, threads=ONCE):
        if isinstance(result, TakenError):
            yield Outcome(_shown(one, task.found, names[task.found]), Verdict.SKIPPED, "taken", str(result))
        elif isinstance(result, VoicekitError):
            yield Outcome(_shown(one, task.found, names[task.found]), Verdict.FAILED, "not-archived", str(result))
        else:
            ended.append((task, result))
        if len(ended) >= _BATCH:
            yield from _noted(run, one, ended, names)
            ended.clear()
    yield from _noted(run, one, ended, names)
    run.archiver.begun.end(run.archived.recordings())


def _tasks(run: Run, one: Spool, fetched: Iterator[tuple[Found, Body]], names: Mapping[Found, Name]) -> Iterator[Task]:
    """The files with their pages: those of a page are read before it is put, those of the next while it goes."""
    while batch := _batch(fetched):
        new = {body.sha256: (found, body) for found, body in batch if not run.archived.find(body.sha256)}
        recordings = [_recording(run, one, found, names[found], body) for found, body in new.values()]
        ready = {each.recording.body.sha256: each for each in run.archiver.ready(recordings)} if recordings else {}
        for found, body in batch:
            yield Task(found, body, ready.pop(body.sha256, None))


def _batch(fetched: Iterator[tuple[Found, Body]]) -> list[tuple[Found, Body]]:
    batch, size = list[tuple[Found, Body]](), 0
    for found, body in fetched:
        batch.append((found, body))
        size += body.size
        if len(batch) >= pages.MOST or size >= _MOST:
            break
    return batch


def _noted(
    run: Run, one: Spool, ended: Sequence[tuple[Task, Receipt | None]], names: Mapping[Found, Name]
) -> Iterator[Outcome]:
    """Say it in the ledger: only now these are archived. Of two files with the same bytes one has the receipt."""
    receipts = [receipt for _, receipt in ended if receipt]
    if receipts:
        for entry in run.chain.append(datetime.now(UTC), *((Fact.RECEIPT, receipt.body) for receipt in receipts)):
            run.archived.add(entry)
    known = [task for task, _ in ended if run.archived.find(task.body.sha256)]
    run.cache.add(one.name, (Known(t.found.path, t.found.size, t.found.modified, t.body.sha256) for t in known))
    for task, receipt in ended:
        recording = run.archived.find(task.body.sha256)
        data = {"recording": recording, "bytes": task.body.size}
        subject = _shown(one, task.found, names[task.found])
        if receipt:
            yield Outcome(subject, Verdict.DONE, "archived", f"{task.body.size} bytes", data=data)
        elif recording:
            yield Outcome(subject, Verdict.KEPT, "known", "its bytes are archived", data=data)


def _freed(run: Run, one: Spool, machine: Machine, look: Look) -> Iterator[Outcome]:
    """Remove what is archived and was kept long enough, each after it was looked at once more."""
    old = [
        known
        for known in run.cache.before(one.name, look.now - run.settings.keep_local)
        if run.archived.find(known.sha256)
        and recording_names.parse(f"{one.path}/{known.path}", run.settings.patterns).kind not in _STAY
    ]
    if not old:
        return
    removed = size = 0
    gone = []
    for known, what in removal.removed(machine, one.path, old):
        gone.append(known.path)
        if what == "removed":
            removed, size = removed + 1, size + known.size
    run.cache.forget(one.name, gone)
    detail = f"{counted(removed, 'recording')}, {size / 1e6:.1f} MB, archived and older than keep_local"
    yield Outcome(one.name, Verdict.DONE, "freed", detail, data={"files": removed, "bytes": size})


def _recording(run: Run, one: Spool, found: Found, name: Name, body: Body) -> Recording:
    if name.epoch:
        began = datetime.fromtimestamp(name.epoch, UTC)
    elif name.local:
        began = name.local.replace(tzinfo=run.settings.zone).astimezone(UTC)
    else:
        began = datetime.fromtimestamp(found.modified, UTC)
    return Recording(one.name, found.path, found.modified, began, body, _known(name))


def _known(name: Name) -> dict[str, str]:
    return {
        "kind": name.kind,
        "uniqueid": name.uniqueid,
        "direction": name.direction,
        "source": name.source,
        "destination": name.destination,
        "leg": name.leg,
    }


def _shown(one: Spool, found: Found, name: Name) -> str:
    """The file without what its name says of a caller: outcomes go into logs."""
    folder, _, last = found.path.rpartition("/")
    extension = last.rpartition(".")[2]
    known = name.uniqueid or f"#{found.number.partition(':')[2]}"
    return f"{one.name}: {folder}/...{known}.{extension}"
