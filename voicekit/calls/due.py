"""Recordings that were kept long enough, by the rules of voicekit.toml."""

import sqlite3
from collections.abc import Iterator, Sequence

from voicekit.calls.index import query
from voicekit.calls.index.query import Query
from voicekit.calls.index.read import Index, Known
from voicekit.calls.numbers import sought
from voicekit.calls.retention import Rule
from voicekit.calls.settings import Settings
from voicekit.errors import InputError
from voicekit.workspace import FILE


def due(opened: sqlite3.Connection, settings: Settings, now: int) -> Iterator[tuple[int, Known]]:
    """The number of the rule, from 1, and a recording that it says is to go, on hold or not; of each rule the oldest
    first. `InputError` where there are no rules.
    """
    if not settings.retain:
        raise InputError(f"{settings.root / FILE}: there is no [[calls.retain.rules]]; docs/calls.md shows some")
    index = Index(opened)
    for number, rule in enumerate(settings.retain, 1):
        if rule.keep is None:
            continue
        before = settings.retain[: number - 1]
        numbered = any(each.number for each in before)
        for known in query.every(opened, _query(rule, settings.country, now - rule.keep)):
            keys = index.numbers(known.receipt.recording) if numbered else []
            told = known.direction, known.queue, keys, settings.country
            if known.sidecar and not any(each.fits(*told) for each in before):
                yield number, known


def over(settings: Settings, now: int, began: int, direction: str, queue: str, keys: Sequence[str]) -> bool:
    """Whether a recording of such a call, if there was one, was to go by now (seconds since 1970)."""
    rule = next((each for each in settings.retain if each.fits(direction, queue, keys, settings.country)), None)
    return rule is not None and rule.keep is not None and began <= now - rule.keep


def _query(rule: Rule, country: str, until: int) -> Query:
    number = sought(rule.number, country) if rule.number else None
    return Query(number, until=until, direction=rule.direction, queue=rule.queue)
