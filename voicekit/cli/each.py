"""One command over many workspaces: the customers of an integrator."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from voicekit.errors import Exit


def add(app: typer.Typer) -> None:
    """Put this command into the tree."""
    app.command()(each)


def each(
    words: Annotated[
        list[str], typer.Argument(metavar="DIR... -- COMMAND...", help="Workspaces, then a command with its options.")
    ],
) -> None:
    """Run one command in many workspaces, one after the other; one that fails stops no other.

    Example: voicekit each ~/customers/* -- status
    """
    from voicekit.cli import main
    from voicekit.cli.app import app

    names = {name for name in typer.main.get_command(app).commands if name != "each"}  # type: ignore[attr-defined]
    first = next((number for number, word in enumerate(words) if word in names), 0)
    folders, command = words[:first], words[first:]
    if not folders:
        raise typer.BadParameter("which workspaces, and what? voicekit each DIR... -- status")
    failed = []
    for folder in folders:
        if "--json" not in command:
            print(f"== {folder}", flush=True)
        if main([*command, "-C", str(Path(folder))]):
            failed.append(folder)
    if failed:
        print(f"voicekit: {len(failed)} of {len(folders)} failed: {', '.join(failed)}", file=sys.stderr)
        raise typer.Exit(Exit.ITEMS_FAILED)
