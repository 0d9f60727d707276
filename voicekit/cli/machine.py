"""What this machine can do."""

from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import Json


def add(app: typer.Typer) -> None:
    """Put this command into the tree."""
    app.command()(doctor)


def doctor(
    voices: Annotated[bool, typer.Option("--voices", help="List the embedded engine's voices instead.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Install what is missing, as far as voicekit can.")] = False,
    as_json: Json = False,
) -> None:
    """Say what this machine has and lacks (engines, formats, players, Asterisk), and how to get it.

    Example: voicekit doctor
    """
    from voicekit.jobs import doctor as job

    if fix:
        console.show(job.fix(), as_json=as_json, brief=False)
        return
    console.show(job.voices() if voices else job.apply(), as_json=as_json, brief=False)
