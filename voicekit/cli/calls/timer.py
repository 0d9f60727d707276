"""`voicekit calls timer`: archive by itself, once an hour or so."""

import os
from pathlib import Path
from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.calls import opening
from voicekit.cli.options import Directory, Json


def add(app: typer.Typer) -> None:
    """Put this command into the tree."""
    app.command()(timer)


def timer(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder of systemd's units.")
    ] = Path("/etc/systemd/system"),
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Of the units: the second archive of a machine needs its own.")
    ] = "voicekit-archive",
    every: Annotated[str, typer.Option("--every", metavar="SPAN", help="As 30min, 1h or 1d.")] = "1h",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Write a systemd service and timer that archive this workspace's recordings, nice to calls, with few rights.

    Example: voicekit calls timer --every 1h
    """
    from voicekit import fs
    from voicekit.calls import timer as units
    from voicekit.errors import InputError, StoreError
    from voicekit.outcome import Outcome, Verdict

    settings = opening.settings(directory)
    found = units.units(settings, every, name)
    if not output.is_dir():
        raise InputError(f"{output}: no such folder; -o names that of systemd's units")
    if not os.access(output, os.W_OK):
        raise StoreError(
            f"{output}: you may not write there; use sudo, and it runs as root; or -o DIR, and it runs as you"
        )
    units.free(settings, output, name)
    opening.confirmed(settings)
    outcomes = []
    for file, text in found.items():
        fs.write(output / file, text.encode(), mode=0o644)
        outcomes.append(Outcome(str(output / file), Verdict.DONE, "written"))
    outcomes.append(Outcome(str(output), Verdict.DONE, "next", "to begin", units.begin(output, name)))
    console.lines(outcomes, as_json=as_json)
