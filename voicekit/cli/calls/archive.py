"""Recordings to the store, proved, and proved again."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.calls import opening
from voicekit.cli.options import Directory, DryRun, Json


def add(app: typer.Typer) -> None:
    """Put these commands into the tree."""
    for command in (archive, verify):
        app.command()(command)


def archive(
    spools: opening.Spools = None,
    read_back: Annotated[
        bool, typer.Option("--read-back", help="Read each object again, also where the store refuses other bytes.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Remove nothing from the spool this time.")] = False,
    bwlimit: Annotated[
        str | None, typer.Option("--bwlimit", metavar="RATE", help="Bytes a second from the PBX at the most, as 2M.")
    ] = None,
    take_over: Annotated[
        list[str] | None,
        typer.Option("--take-over", metavar="WRITER", help="Also archive what this writer, gone for good, had put."),
    ] = None,
    dry_run: DryRun = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Bring each recording whose call is over to the store, prove it, and remove what is old enough from the spool.

    A recording that another archiver has put is left to it, and reported as taken. Is that archiver gone for good,
    ledger and all, --take-over with its name archives what it left. Never name one that may still archive.
    --dry-run says what would be archived and removed, and what is left alone and why; it needs no key and no store.

    Example: voicekit calls archive pbx1
    """
    from contextlib import closing
    from dataclasses import replace

    from voicekit.calls import settings
    from voicekit.hosts import local
    from voicekit.jobs import archive_calls as job

    found = opening.settings(directory)
    chosen = found.chosen(spools or ())
    if dry_run:
        console.show(job.plan(found, chosen, free=not keep), as_json=as_json)
        return
    if bwlimit:
        found = replace(found, bwlimit=settings.size(bwlimit))
    ring = opening.confirmed(found)
    expected = console.Expected()
    local.give_way()
    with opening.on_a_full_disk(found), closing(opening.checked(found)) as store:
        outcomes = job.apply(
            found,
            ring,
            store,
            chosen,
            read_back=read_back,
            free=not keep,
            take_over=take_over or (),
            expect=expected.more,
        )
        console.show(outcomes, as_json=as_json, total=expected, quiet=("archived", "known"), apart=("summary",))


def verify(
    every: Annotated[
        bool, typer.Option("--all", help="Read all recordings, as is done if nothing else is said.")
    ] = False,
    sample: Annotated[
        str,
        typer.Option(
            "--sample", metavar="PERCENT", help="Read so many of a hundred, drawn by lot, as 1%; one at the least."
        ),
    ] = "",
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="Only those archived since then, as 7d.")] = "",
    roots: Annotated[
        bool, typer.Option("--roots", help="Print the last line of each day of each ledger: to keep, or to sign.")
    ] = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Read archived recordings back and compare them with their receipts; check the chains of all ledgers.

    Of all, it also finds what the store has and no ledger speaks of, and the other way round.

    Example: voicekit calls verify --sample 1%
    """
    from contextlib import closing

    from voicekit.calls.index import moments
    from voicekit.jobs import verify_calls as job

    if every and (sample or since):
        raise typer.BadParameter("--all, or a part of it: not both")
    share = _share(sample) if sample else 1.0
    found = opening.settings(directory)
    first = moments.since(since, found.zone, datetime.now(UTC)) if since else None
    with closing(found.reach()) as store:
        outcomes = job.apply(found, opening.ring(found), store, since=first, share=share, roots=roots)
        console.show(outcomes, as_json=as_json, apart=("root",))


def _share(text: str) -> float:
    digits = text.removesuffix("%").strip()
    if digits == text or not digits.replace(".", "", 1).isdecimal() or not 0 < float(digits) <= 100:
        raise typer.BadParameter("a share of all, up to 100%: as 1% or 0.5%", param_hint="--sample")
    return float(digits) / 100
