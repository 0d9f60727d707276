"""What the PBX says of its calls against what there is of them: in the spool, and in the archive; what is there twice,
or longer than it should be.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from sqlite3 import Connection

from voicekit import deploy
from voicekit.calls import reconcile
from voicekit.calls.due import due
from voicekit.calls.index import base
from voicekit.calls.index.follow import caught_up
from voicekit.calls.index.moments import local
from voicekit.calls.index.read import Index
from voicekit.calls.keys import Keyring
from voicekit.calls.reconcile import Comparison, Expected, Spooled
from voicekit.calls.settings import Settings, Spool
from voicekit.errors import InputError, VoicekitError
from voicekit.hosts.machine import Machine
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.stores import Store


def apply(
    settings: Settings, ring: Keyring | None, store: Store, spools: Sequence[Spool], since: int, until: int
) -> Iterator[Outcome]:
    """Of the calls that began in this time (seconds since 1970, both ends counted in). A spool that fails stops no
    other; nobody's number is in an outcome.
    """
    if settings.cdr is None:
        raise InputError(f"{settings.root}/voicekit.toml: [calls] does not say where the call records are: cdr = ...")
    yield from caught_up(settings, ring, store)
    for one in spools:
        try:
            with deploy.reach(one.target) as machine:
                yield from _spool(settings, one, machine, since, until)
        except VoicekitError as error:
            yield Outcome(one.name, Verdict.FAILED, "not-reconciled", str(error))
    with base.reading(settings.index) as opened:
        yield from _twice(opened, since, until)
        yield from _expired(opened, settings)


def _spool(settings: Settings, one: Spool, machine: Machine, since: int, until: int) -> Iterator[Outcome]:
    assert settings.cdr is not None
    records = settings.cdr.records(machine)
    comparison = Comparison(settings, records, Spooled.of(settings, one, machine, since))
    with base.reading(settings.index) as opened:
        for each in comparison.expected(opened, since, until):
            if not each.there:
                yield _missing(settings, one, each)
        callless = reconcile.callless(opened, one.name, since, until)
    if callless:
        detail = f"{counted(callless, 'recording')} archived without a record of the call"
        remedy = "calls archive asks for it again, for a month"
        yield Outcome(one.name, Verdict.SKIPPED, "no-call", detail, remedy, {"recordings": callless})
    yield from comparison.odd(one.name)
    data = {"calls": comparison.calls, "missing": comparison.missing, "past": comparison.past}
    yield Outcome(one.name, Verdict.DONE, "reconciled", comparison.told, data=data)


def _twice(opened: Connection, since: int, until: int) -> Iterator[Outcome]:
    index = Index(opened)
    for first, *others in reconcile.twice(opened, since, until):
        more = ", ".join(f"{index.short(one.receipt.recording)} ({one.pbx})" for one in others)
        detail = f"its file ({first.pbx}) had the name of another's: {more}"
        remedy = "changed after it was archived, converted beside it, or copied; calls show tells the paths"
        data = {"recordings": [one.receipt.recording for one in (first, *others)]}
        yield Outcome(index.short(first.receipt.recording), Verdict.SKIPPED, "twice", detail, remedy, data)


def _expired(opened: Connection, settings: Settings) -> Iterator[Outcome]:
    if not settings.retain:
        return
    counts = Counter(number for number, _ in due(opened, settings, int(datetime.now(UTC).timestamp())))
    for number, count in sorted(counts.items()):
        detail = f"{counted(count, 'recording')} kept for longer than it says"
        remedy = "voicekit calls retain deletes those that are not on hold"
        yield Outcome(f"rule {number}", Verdict.SKIPPED, "expired", detail, remedy, {"recordings": count})


def _missing(settings: Settings, one: Spool, missing: Expected) -> Outcome:
    call = missing.call
    when = local(int(call.start.timestamp()), settings.zone)
    why = "its records name a file that is nowhere" if missing.named else "it should have been recorded"
    way = f", {missing.direction}" if missing.direction else ""
    detail = f"{when}, {call.billsec} s{way}: {why}"
    data = {"began": int(call.start.timestamp()), "seconds": call.billsec, "direction": missing.direction}
    return Outcome(f"{one.name}: {call.linkedid}", Verdict.FAILED, "no-recording", detail, data=data)
