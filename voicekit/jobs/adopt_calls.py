"""Recordings that others have put in the store: into ledger and index, where they lie."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from voicekit import deploy
from voicekit.calls import run
from voicekit.calls.adoptable import Candidate, Listing, Place, Why
from voicekit.calls.adopting import Adopter
from voicekit.calls.cdr.records import Records
from voicekit.calls.index import base
from voicekit.calls.index.follow import caught_up
from voicekit.calls.index.read import Index
from voicekit.calls.keys import Keyring
from voicekit.calls.settings import Settings
from voicekit.errors import VoicekitError
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.pbx.recording_names import Kind
from voicekit.stores import Store
from voicekit.targets import Target

_NO_CALLS = "what was adopted has no call with it"
_WHY = {
    Why.THERE: (Verdict.KEPT, "adopted before", ""),
    Why.EMPTY: (Verdict.SKIPPED, "without sound", ""),
    Why.OTHER: (Verdict.SKIPPED, "that are no recordings, by their names", ""),
    Why.CHANGED: (Verdict.FAILED, "of another size than they were adopted with", "voicekit calls verify names them"),
    Why.ODD: (Verdict.FAILED, "whose names can't be read here", "name them with what can be printed, in UTF-8"),
}


def plan(settings: Settings, ring: Keyring | None, store: Store, place: Place) -> Iterator[Outcome]:
    """What would be adopted, by names and sizes. Nothing is read, and nothing is written but the index."""
    yield from caught_up(settings, ring, store)
    number = size = unparsed = 0
    with base.reading(settings.index) as opened:
        listing = Listing(place, settings.patterns, Index(opened))
        for candidate in listing.candidates(store):
            number, size = number + 1, size + candidate.found.size
            unparsed += candidate.name.kind is Kind.UNKNOWN
    detail = f"{counted(number, 'object')}, {size / 1e6:.1f} MB"
    data = {"objects": number, "bytes": size}
    yield Outcome(place.prefix, Verdict.SKIPPED, "would-adopt", detail, data=data)
    if unparsed:
        detail = f"of {counted(unparsed, 'object')} of them the name tells nothing of the call"
        remedy = "patterns in [calls] reads other names"
        yield Outcome(place.prefix, Verdict.SKIPPED, "unparsed", detail, remedy, {"objects": unparsed})
    yield from _left(listing)


def apply(
    settings: Settings,
    ring: Keyring | None,
    store: Store,
    place: Place,
    expect: Callable[[int], None] = lambda _: None,
) -> Iterator[Outcome]:
    """An outcome for each object that was not adopted before, then the `summary`. `expect` is told of each."""
    yield from caught_up(settings, ring, store)
    counts, size = Counter[str](), 0
    with ExitStack() as stack:
        this = stack.enter_context(run.opened(settings, ring, store))
        yield from this.damaged
        records, wrong = _records(settings, place, stack)
        adopter = Adopter(this, place, records)
        listing = Listing(place, settings.patterns, Index(stack.enter_context(base.reading(settings.index))))
        for outcome in adopter.each(_expected(listing.candidates(store), expect)):
            counts[outcome.code] += 1
            size += outcome.data["bytes"] if outcome.code == "adopted" else 0
            yield outcome
    if wrong := wrong or adopter.wrong:
        yield Outcome(place.spool.name, Verdict.FAILED, "no-records", wrong, _NO_CALLS)
    if adopter.waiting:
        detail = f"{counted(adopter.waiting, 'object')} that may be written to still"
        data = {"objects": adopter.waiting}
        yield Outcome(place.prefix, Verdict.SKIPPED, "waiting", detail, "the next run looks again", data)
    yield from _left(listing)
    told = ", ".join(f"{number} {code}" for code, number in counts.items() if code != "adopted")
    detail = f"{counts['adopted']} adopted ({size / 1e6:.1f} MB)" + (f", {told}" if told else "")
    data = {"bytes": size, "adopted": counts["adopted"], "there": listing.left[Why.THERE]}
    yield Outcome(place.prefix, Verdict.DONE, "summary", detail, data=data)


def _expected(candidates: Iterator[Candidate], expect: Callable[[int], None]) -> Iterator[Candidate]:
    for candidate in candidates:
        expect(1)
        yield candidate


def _records(settings: Settings, place: Place, stack: ExitStack) -> tuple[Records | None, str]:
    """The call detail records, as long as the stack lasts; or why they can't be had. A database needs no PBX."""
    if settings.cdr is None:
        return None, ""
    target = place.spool.target if settings.cdr.on_the_pbx else Target(place.spool.name)
    try:
        return settings.cdr.records(stack.enter_context(deploy.reach(target))), ""
    except VoicekitError as error:
        return None, str(error)


def _left(listing: Listing) -> Iterator[Outcome]:
    """What is not adopted, in one line for each reason."""
    for why, (verdict, detail, remedy) in _WHY.items():
        if number := listing.left[why]:
            told = f"{counted(number, 'object')} {detail}"
            yield Outcome(listing.place.prefix, verdict, why, told, remedy, {"objects": number})
    if not listing.left and listing.last == 0:
        yield Outcome(listing.place.prefix, Verdict.FAILED, "none", "nothing lies there", "PREFIX is part of the keys")
