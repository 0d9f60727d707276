"""Which recordings are those that are looked for."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from voicekit.calls.index import base, query, shown
from voicekit.calls.index.follow import caught_up
from voicekit.calls.index.query import Answer, Query
from voicekit.calls.index.read import Index, Known
from voicekit.calls.keys import Keyring
from voicekit.calls.numbers import INTERNAL
from voicekit.calls.settings import Settings
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.stores import Store


def apply(settings: Settings, ring: Keyring | None, store: Store, asked: Query, limit: int) -> Iterator[Outcome]:
    """An outcome for each, the newest first, those of one call together; then what else has to be said."""
    yield from caught_up(settings, ring, store)
    with base.reading(settings.index) as opened:
        index = Index(opened)
        if asked.through_all:
            yield Outcome("index", Verdict.SKIPPED, "slow", f"looking through all {counted(len(index), 'recording')}")
        answer = query.ask(opened, asked, limit)
        for known, again in _together(answer.recordings):
            yield _found(index, settings, known, again=again)
        if not answer.recordings:
            yield Outcome("index", Verdict.SKIPPED, "none", "no recording is as this asks for", _hint(asked, answer))
        if answer.more:
            number = f"{answer.more} or more" if answer.at_least else str(answer.more)
            yield Outcome("index", Verdict.SKIPPED, "more", f"{number} older ones fit as well", "--limit shows more")
        if lacking := index.lacking():
            detail = f"of {counted(lacking, 'recording')} nothing is known but the receipt"
            yield Outcome("index", Verdict.SKIPPED, "incomplete", detail, "voicekit calls reindex says why")


def _hint(asked: Query, answer: Answer) -> str:
    """What is short is taken for an extension, and names of fields are mistyped."""
    if answer.unseen:
        return f'none has a field "{answer.unseen[0]}"; voicekit calls show prints those of a recording'
    if asked.number is None or not asked.number.whole or len(asked.number.digits) > INTERNAL:
        return ""
    return f"--ends {asked.number.digits} finds numbers that end so"


def _together(found: Sequence[Known]) -> Iterator[tuple[Known, bool]]:
    """With each, whether the one before is of the same call; a call stands where its newest recording does."""
    first = {known.call or known.receipt.recording: at for at, known in reversed(list(enumerate(found)))}

    def place(known: Known) -> int:
        return first[known.call or known.receipt.recording]

    for _, call in groupby(sorted(found, key=place), key=place):
        for at, known in enumerate(call):
            yield known, at > 0


def _found(index: Index, settings: Settings, known: Known, *, again: bool) -> Outcome:
    detail = shown.line(known, settings.zone) + ("  (the same call)" if again else "")
    subject = index.short(known.receipt.recording)
    return Outcome(subject, Verdict.KEPT, "found", detail, data=shown.data(known, settings.zone))
