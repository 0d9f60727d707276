"""Recordings on hold for a case, until it is closed."""

from pathlib import Path
from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.calls import opening, selecting
from voicekit.cli.options import Directory, Json

_NONE = "which recordings? Say a NUMBER, or what calls find takes, or --recording"

Case = Annotated[str, typer.Option("--case", metavar="NAME", help="What the case is called.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the ledger.")]


def add(app: typer.Typer) -> None:
    """Put these commands into the tree."""
    for command in (hold, unhold, holds):
        app.command()(command)


def hold(
    case: Case,
    reason: Reason,
    number: selecting.Number = "",
    recordings: selecting.Recordings = None,
    ends: selecting.Ends = "",
    since: selecting.Since = "",
    until: selecting.Until = "",
    day: selecting.Day = "",
    direction: selecting.Direction = "",
    queue: selecting.Queue = "",
    agent: selecting.Agent = "",
    shortest: selecting.Shortest = None,
    longest: selecting.Longest = None,
    uniqueid: selecting.Uniqueid = "",
    fields: selecting.Fields = None,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Put recordings on hold for a case: nothing that voicekit does deletes or erases them until it is closed.

    They are chosen as by find. Where the store has Object Lock, it refuses to delete them too (legal hold).

    Example: voicekit calls hold 89161234567 --since 2026-11-01 --case 2026-17 --reason "claim of 28 November"
    """
    from contextlib import closing

    from voicekit.calls.notes import Note
    from voicekit.jobs import hold_calls as job

    found = opening.settings(directory)
    span, parties = (since, until, day), (direction, queue, agent)
    asked = selecting.query(found, number, ends, span, parties, (shortest, longest), uniqueid, fields)
    chosen = selecting.selection(asked, recordings, none=_NONE)
    with closing(found.reach()) as store:
        outcomes = job.apply(found, opening.ring(found), store, chosen, Note(reason, case))
        console.show(outcomes, as_json=as_json, brief=False, apart=("voicekit-only",))


def unhold(
    case: Case,
    reason: Reason,
    number: selecting.Number = "",
    recordings: selecting.Recordings = None,
    ends: selecting.Ends = "",
    since: selecting.Since = "",
    until: selecting.Until = "",
    day: selecting.Day = "",
    direction: selecting.Direction = "",
    queue: selecting.Queue = "",
    agent: selecting.Agent = "",
    shortest: selecting.Shortest = None,
    longest: selecting.Longest = None,
    uniqueid: selecting.Uniqueid = "",
    fields: selecting.Fields = None,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """End the hold of a case: of the recordings that are chosen, or, where none is, of all. Other cases go on to hold.

    Example: voicekit calls unhold --case 2026-17 --reason "settled"
    """
    from contextlib import closing

    from voicekit.calls.notes import Note
    from voicekit.jobs import unhold_calls as job

    found = opening.settings(directory)
    span, parties = (since, until, day), (direction, queue, agent)
    asked = selecting.query(found, number, ends, span, parties, (shortest, longest), uniqueid, fields)
    chosen = selecting.selection(asked, recordings)
    with closing(found.reach()) as store:
        outcomes = job.apply(found, opening.ring(found), store, chosen, Note(reason, case))
        console.show(outcomes, as_json=as_json, brief=False)


def holds(directory: Directory = Path(), as_json: Json = False) -> None:
    """List the cases that hold recordings: how many, since when, by whom, and why, as far as the key opens the note.

    Example: voicekit calls holds
    """
    from contextlib import closing

    from voicekit.jobs import list_holds as job

    found = opening.settings(directory)
    with closing(found.reach()) as store:
        console.show(job.apply(found, opening.ring(found), store), as_json=as_json, brief=False, summary=False)
