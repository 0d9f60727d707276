"""What is archived, found again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicekit.cli import console
from voicekit.cli.calls import opening, selecting
from voicekit.cli.options import Directory, Json

if TYPE_CHECKING:
    from voicekit.outcome import Outcome

_WIDTH = 16


def add(app: typer.Typer) -> None:
    """Put these commands into the tree."""
    for command in (find, show, reindex):
        app.command()(command)


def find(
    number: selecting.Number = "",
    ends: selecting.Ends = "",
    since: selecting.Since = "",
    until: selecting.Until = "",
    day: selecting.Day = "",
    direction: selecting.Direction = "",
    queue: selecting.Queue = "",
    agent: selecting.Agent = "",
    shortest: selecting.Shortest = None,
    longest: selecting.Longest = None,
    call: selecting.Uniqueid = "",
    fields: selecting.Fields = None,
    limit: Annotated[int, typer.Option("--limit", metavar="COUNT", min=1, max=1_000_000)] = 50,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Find recordings by what is known of their calls: all that is said has to hold. The newest come first.

    Times are those of the PBX: 2026-11-30, "2026-11-30 14:05", or how long ago: 7d.

    Example: voicekit calls find 89161234567 --since 2025-09-01
    """
    from contextlib import closing

    from voicekit.jobs import find_calls as job

    found = opening.settings(directory)
    span, parties = (since, until, day), (direction, queue, agent)
    asked = selecting.query(found, number, ends, span, parties, (shortest, longest), call, fields)
    with closing(found.reach()) as store:
        outcomes = job.apply(found, opening.ring(found), store, asked, limit)
        console.show(outcomes, as_json=as_json, brief=False, summary=False)


def show(
    recording: Annotated[str, typer.Argument(metavar="RECORDING", help="As find names it.")],
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Print all that is known of one recording: receipt, sidecar, the records of its call, holds, who was given it.

    Example: voicekit calls show 5f0c2a9e
    """
    from contextlib import closing

    from voicekit.errors import Exit
    from voicekit.jobs import show_call as job

    found = opening.settings(directory)
    with closing(found.reach()) as store:
        outcomes = list(job.apply(found, opening.ring(found), store, recording))
    for outcome in outcomes:
        console.lines([outcome], as_json=as_json)
        if not as_json:
            _print(outcome)
    if any(outcome.bad for outcome in outcomes):
        raise typer.Exit(Exit.ITEMS_FAILED)


def reindex(directory: Directory = Path(), as_json: Json = False) -> None:
    """Make the index anew out of ledgers and store, as on a machine that has only the store and the key file.

    Example: voicekit calls reindex
    """
    from contextlib import closing

    from voicekit.jobs import reindex_calls as job

    found = opening.settings(directory)
    with closing(found.reach()) as store:
        console.show(job.apply(found, opening.ring(found), store), as_json=as_json, summary=False)


def _print(outcome: "Outcome") -> None:
    from voicekit.errors import plain

    for name, value in outcome.data.items():
        print(f"    {name:<{_WIDTH}} {plain(str(value))}")
