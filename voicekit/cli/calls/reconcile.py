"""`voicekit calls reconcile`: calls against recordings."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.calls import opening
from voicekit.cli.options import Directory, Json


def add(app: typer.Typer) -> None:
    """Put this command into the tree."""
    app.command()(reconcile)


def reconcile(
    spools: opening.Spools = None,
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="Calls from this day or moment on.")] = "7d",
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="Calls up to this day or moment.")] = "1h",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Compare the PBX's records of calls with recordings in spool and archive: which calls have none, and should.

    Example: voicekit calls reconcile --since 2026-11-01
    """
    from contextlib import closing

    from voicekit.calls.index import moments
    from voicekit.jobs import reconcile_calls as job

    found = opening.settings(directory)
    now = datetime.now(UTC)
    first, last = moments.since(since, found.zone, now), moments.until(until, found.zone, now)
    moments.ordered(first, last)
    with closing(found.reach()) as store:
        outcomes = job.apply(found, opening.ring(found), store, found.chosen(spools or ()), first, last)
        console.show(outcomes, as_json=as_json, apart=("reconciled",))
