"""Commands on a workspace as a whole: make it, hand it over."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import Directory, Json


def add(app: typer.Typer) -> None:
    """Put these commands into the tree."""
    app.command()(init)
    app.command()(handover)


def init(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Made if it is not there.")] = None,
    name: Annotated[str, typer.Option("--name", help="What to call it; else the name of the folder.")] = "",
    languages: Annotated[str, typer.Option("--languages", help="Comma-separated.")] = "ru,en",
    source: Annotated[
        Path | None, typer.Option("--from", metavar="ZIP", help="Restore what `voicekit handover` wrote.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a workspace that works at once: a few prompts, the embedded voice, voicekit.toml. Or restore one.

    Example: voicekit init acme-pbx
    """
    if source:
        from voicekit.jobs import restore

        console.show(restore.apply(source, folder or Path(source.stem)), as_json=as_json)
        return
    if folder is None:
        raise typer.BadParameter("name the folder: voicekit init DIR")
    from voicekit.jobs import init as job

    wanted = tuple(dict.fromkeys(part.strip() for part in languages.split(",") if part.strip()))
    console.show(job.apply(folder, name=name, languages=wanted), as_json=as_json)
    if not as_json:
        print(f"next: voicekit revoice -C {folder}")


def handover(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The .zip to write.")] = Path(
        "handover.zip"
    ),
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Write the whole workspace as one archive for the next person: words, voices, Masters, releases; no secrets.

    Example: voicekit handover -o acme.zip
    """
    from voicekit import workspace
    from voicekit.jobs import handover as job
    from voicekit.state import Situation

    found = workspace.find(directory)
    with found.exclusive():
        console.show(job.apply(Situation.read(found), output, datetime.now(UTC)), as_json=as_json)
