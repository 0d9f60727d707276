"""Recordings that were kept long enough, by the rules of voicekit.toml, out of the store."""

from collections import Counter
from collections.abc import Iterator
from sqlite3 import Connection

from voicekit.calls import notes, removing, run
from voicekit.calls.chain import Kind
from voicekit.calls.due import due
from voicekit.calls.history import History, history_of
from voicekit.calls.index import base, shown
from voicekit.calls.index.follow import caught_up
from voicekit.calls.index.read import SHORT, Known
from voicekit.calls.keys import Keyring
from voicekit.calls.removing import Cases
from voicekit.calls.settings import Settings
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.stores import Store

MOST = 100_000  # recordings that one run deletes


def plan(settings: Settings, ring: Keyring | None, store: Store, now: int) -> Iterator[Outcome]:
    """What each rule would delete; an outcome for each recording. Nothing is written."""
    yield from caught_up(settings, ring, store)
    history = history_of(settings, store, ring)
    counts, cases = Counter[int](), Cases(store, ring)
    with base.reading(settings.index) as opened:
        for number, known in _to_go(opened, settings, cases, history, now):
            if isinstance(known, Outcome):
                yield known
                continue
            counts[number] += 1
            detail = f"by rule {number}: {shown.line(known, settings.zone)}"
            yield Outcome(
                known.receipt.recording[:SHORT],
                Verdict.SKIPPED,
                "would-delete",
                detail,
                data={"rule": number, "recording": known.receipt.recording},
            )
    yield from _rules(settings, counts, "would go")


def apply(settings: Settings, ring: Keyring | None, store: Store, now: int) -> Iterator[Outcome]:
    """Delete it, `MOST` at the most. A recording on hold stays, whatever a rule says. What runs before this left undone
    is done too.
    """
    yield from caught_up(settings, ring, store)
    counts, cases = Counter[int](), Cases(store, ring)
    with run.opened(settings, ring, store) as this:
        if this.damaged:
            yield from removing.unknown(this.damaged)
            return
        to_go: dict[int, list[str]] = {}
        with base.reading(settings.index) as opened:
            for number, known in _to_go(opened, settings, cases, this.history, now):
                if isinstance(known, Outcome):
                    yield known
                else:
                    to_go.setdefault(number, []).append(known.receipt.recording)
        for number, recordings in to_go.items():
            counts[number] = len(recordings)
            this.say(*notes.facts(Kind.DELETE, recordings, rule=number))
        for purged in removing.begun(this):
            yield removing.outcome(purged, "deleted")
    yield from _rules(settings, counts, "deleted")


def _to_go(
    opened: Connection, settings: Settings, cases: Cases, history: History, now: int
) -> Iterator[tuple[int, Known | Outcome]]:
    """With the number of its rule each that goes, or what is said of one that stays; `more` at last where the next run
    has something to do as well.
    """
    left = MOST
    for number, known in due(opened, settings, now):
        recording = known.receipt.recording
        if held := cases.refusal(history, recording):
            yield number, _held(held)
        elif history.gone(recording):
            continue
        elif not left:
            detail = f"there are more than {MOST}, which is what one run deletes"
            yield number, Outcome("retain", Verdict.SKIPPED, "more", detail, "the next run goes on with the others")
            return
        else:
            left -= 1
            yield number, known


def _held(refused: Outcome) -> Outcome:
    """A rule that meets a hold is no fault."""
    return Outcome(refused.subject, Verdict.SKIPPED, refused.code, refused.detail, "the hold wins")


def _rules(settings: Settings, counts: Counter[int], what: str) -> Iterator[Outcome]:
    for number, rule in enumerate(settings.retain, 1):
        if rule.keep is not None:
            detail = f"{counted(counts[number], 'recording')} {what}"
            yield Outcome(f"rule {number}", Verdict.DONE, "rule", detail, data={"recordings": counts[number]})
