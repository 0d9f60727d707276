"""`voicekit calls adopt`: what others have archived."""

from pathlib import Path
from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.calls import opening
from voicekit.cli.options import Directory, DryRun, Json


def add(app: typer.Typer) -> None:
    """Put this command into the tree."""
    app.command()(adopt)


def adopt(
    prefix: Annotated[
        str, typer.Argument(metavar="PREFIX", help="Below which recordings lie in the store, as recordings/2024/.")
    ],
    pbx: Annotated[
        str,
        typer.Option("--pbx", metavar="SPOOL", help="Whose they are, of [calls.spools]; with --spool any name."),
    ] = "",
    spool: Annotated[
        str, typer.Option("--spool", metavar="DIR", help="Where on the PBX what PREFIX holds lay; else its spool.")
    ] = "",
    dry_run: DryRun = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Take recordings that rclone or aws s3 sync have put in the store into ledger and index, where they lie.

    Each is read once, and neither moved nor changed; find, restore, verify, hold and erase then know it.

    Example: voicekit calls adopt recordings/2024/ --dry-run
    """
    from contextlib import closing

    from voicekit.calls.adoptable import Place
    from voicekit.jobs import adopt_calls as job

    found = opening.settings(directory)
    place = Place.of(prefix, found.one(pbx, spool), spool)
    if dry_run:
        with closing(found.reach()) as store:
            console.show(job.plan(found, opening.ring(found), store, place), as_json=as_json, summary=False)
        return
    ring = opening.confirmed(found)
    expected = console.Expected()
    with opening.on_a_full_disk(found), closing(opening.checked(found)) as store:
        outcomes = job.apply(found, ring, store, place, expect=expected.more)
        console.show(outcomes, as_json=as_json, total=expected, quiet=("adopted", "known"), apart=("summary",))
