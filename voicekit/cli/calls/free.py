"""`voicekit calls free`: the disk is full, now."""

from pathlib import Path
from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.calls import opening
from voicekit.cli.options import Directory, DryRun, Json


def add(app: typer.Typer) -> None:
    """Put this command into the tree."""
    app.command()(free)


def free(
    spools: opening.Spools = None,
    to: Annotated[str, typer.Option("--to", metavar="PERCENT", help="How full the disk may be after it.")] = "80%",
    dry_run: DryRun = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Make room on the PBX's disk: archive, prove and remove the oldest recordings, also those younger than keep_local.

    Nothing goes without its receipt, and nothing is written to the full disk. --dry-run says what could go, and what
    else fills it.

    Example: voicekit calls free --to 80%
    """
    from contextlib import closing

    from voicekit.jobs import free_calls as job

    mark = _percent(to)
    found = opening.settings(directory)
    if dry_run:
        console.show(job.plan(found, found.chosen(spools or ()), mark), as_json=as_json)
        return
    ring = opening.confirmed(found)
    with opening.on_a_full_disk(found), closing(found.reach()) as store:
        outcomes = job.apply(found, ring, store, found.chosen(spools or ()), mark)
        console.show(outcomes, as_json=as_json, quiet=("archived", "known"))


def _percent(text: str) -> float:
    digits = text.removesuffix("%").strip()
    if not digits.isdecimal() or not 0 < int(digits) < 100:
        raise typer.BadParameter("between 1% and 99%, as in --to 80%", param_hint="--to")
    return float(digits)
