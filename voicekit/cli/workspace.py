"""The command that makes a workspace."""

from pathlib import Path
from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import Json


def add(app: typer.Typer) -> None:
    """Put this command into the tree."""
    app.command()(init)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.")],
    name: Annotated[str, typer.Option("--name", help="What to call it; else the name of the folder.")] = "",
    languages: Annotated[str, typer.Option("--languages", help="Comma-separated.")] = "ru,en",
    as_json: Json = False,
) -> None:
    """Make a workspace that works at once: a few prompts, the embedded voice, voicekit.toml.

    Example: voicekit init acme-pbx
    """
    from voicekit.jobs import init as job

    wanted = tuple(dict.fromkeys(part.strip() for part in languages.split(",") if part.strip()))
    console.show(job.apply(folder, name=name, languages=wanted), as_json=as_json)
    if not as_json:
        print(f"next: voicekit revoice -C {folder}")
