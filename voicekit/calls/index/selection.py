"""Which recordings something is to be done to: chosen as they are found."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from voicekit.calls.index import query as asking
from voicekit.calls.index.query import Query
from voicekit.calls.index.read import SHORT, Index, Known
from voicekit.errors import InputError
from voicekit.outcome import Outcome, Verdict, counted

MOST = 100_000  # recordings of one command


@dataclass(frozen=True, slots=True)
class Selection:
    """Those that a query finds, or those of these names (or what they begin with); nothing chooses nothing."""

    query: Query = field(default_factory=Query)
    recordings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.recordings) or self.query != Query()


def chosen(base: sqlite3.Connection, selection: Selection) -> list[Known]:
    """All of them, the newest first. `InputError` for a name that is nobody's, or of several, and for too many."""
    if selection.recordings and selection.query != Query():
        raise InputError("recordings by name, or by what is known of their calls: not both at once")
    if not selection:
        return []
    if selection.recordings:
        return list({known.receipt.recording: known for known in _named(Index(base), selection.recordings)}.values())
    answer = asking.ask(base, selection.query, MOST)
    if answer.more:
        raise InputError(f"more than {MOST} recordings are as this asks for; narrow it down, as by --since and --until")
    return answer.recordings


def incomplete(base: sqlite3.Connection, selection: Selection) -> Iterator[Outcome]:
    """Of whose calls nothing is known, nothing finds them: who wants all has to be told."""
    if (lacking := Index(base).lacking()) and not selection.recordings:
        detail = f"of {counted(lacking, 'recording')} nothing is known but the receipt: they may be what this asks for"
        yield Outcome("index", Verdict.FAILED, "incomplete", detail, "voicekit calls reindex says why")


def _named(index: Index, names: tuple[str, ...]) -> list[Known]:
    found = []
    for name in names:
        meant = index.beginning(name) if len(name) >= SHORT else []
        if len(meant) > 1:
            raise InputError(f"{name}: more than one recording begins so; give more of its name")
        if not meant or not (known := index.known(meant[0])):
            raise InputError(f"{name}: no recording; give {SHORT} digits or more of a name, as calls find prints it")
        found.append(known)
    return found
