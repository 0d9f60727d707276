"""`voicekit calls report`: a page, once a month."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.calls import opening
from voicekit.cli.options import Directory, Json


def add(app: typer.Typer) -> None:
    """Put this command into the tree."""
    app.command()(report)


def report(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The page; an older one is replaced.")
    ] = Path("calls-report.html"),
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="The first day.")] = "30d",
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="The last day; else it is yesterday.")] = "1d",
    language: Annotated[str, typer.Option("--lang", metavar="LANGUAGE", help="Of the page: en or ru.")] = "en",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Write one HTML page with charts: recordings, hours, bytes and failures by day, calls without a recording, and
    when disks will be full. It names no caller.

    Days are whole ones of the PBX. What can't be reached is lacking on the page, which says so.

    Example: voicekit calls report -o november.html --since 2026-11-01 --until 2026-11-30
    """
    from contextlib import closing

    from voicekit.calls.index import moments
    from voicekit.calls.report import days
    from voicekit.calls.report.texts import TEXTS
    from voicekit.jobs import report_calls as job

    if language not in TEXTS:
        raise typer.BadParameter(f"--lang is {' or '.join(TEXTS)}")
    found = opening.settings(directory)
    opening.output(output)
    now = datetime.now(UTC)
    first = days.day(moments.since(since, found.zone, now), found.zone)
    last = days.day(moments.until(until, found.zone, now), found.zone)
    ring = opening.ring(found)
    with closing(found.reach()) as store:
        local = now.astimezone(found.zone)
        outcomes = job.apply(found, ring, store, output, first, last, local, language=language)
        console.show(outcomes, as_json=as_json, summary=False)
