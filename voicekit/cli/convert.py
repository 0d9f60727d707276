"""Recordings into Asterisk's formats, and what those formats are."""

from pathlib import Path
from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import DryRun, Json


def add(app: typer.Typer) -> None:
    """Put these commands into the tree."""
    app.command()(convert)
    app.command()(formats)


def convert(
    sources: Annotated[list[Path], typer.Argument(metavar="SRC...", help="Recordings, or folders of them.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where the same tree is made.")],
    names: Annotated[
        str, typer.Option("--formats", help="Comma-separated; `voicekit formats` lists them.")
    ] = "sln16,g722,ulaw,alaw",
    level: Annotated[float, typer.Option("--level", help="Active speech level (ITU-T P.56) in dBov.")] = -20.0,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Turn recordings of any kind into evenly loud sound files that Asterisk plays.

    Example: voicekit convert samples/ --to out/ --formats wav,g722
    """
    from voicekit.audio.recipe import Finish
    from voicekit.jobs import convert as job

    try:
        finish = Finish(level=level)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    plan = job.plan(sources, to, [part.strip() for part in names.split(",") if part.strip()], finish)
    outcomes = job.foretell(plan) if dry_run else job.apply(plan)
    console.show(outcomes, as_json=as_json, total=len(plan.decided) + len(plan.steps))


def formats(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Explain these.")] = None,
    as_json: Json = False,
) -> None:
    """Show the table of Asterisk's sound formats, or explain some of them.

    Example: voicekit formats g722
    """
    from voicekit.jobs import formats as job

    console.show(job.apply(names or ()), as_json=as_json, brief=False)
