"""One command over many workspaces: the customers of an integrator."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from voicekit import toml
from voicekit.errors import Exit


def add(app: typer.Typer) -> None:
    """Put this command into the tree."""
    # What stands behind `--` is for another command: it is told from the folders by that sign alone.
    app.command(context_settings={"allow_interspersed_args": False})(each)


def each(
    words: Annotated[
        list[str], typer.Argument(metavar="DIR... -- COMMAND...", help="Workspaces, then a command with its options.")
    ],
) -> None:
    """Run one command in many workspaces, one after the other; one that fails stops no other.

    Example: voicekit each ~/customers/* -- status
    """
    from voicekit.cli import main

    folders, command = _parted(words)
    _check(command)
    failed = []
    for folder in folders:
        if "--json" not in command:
            print(f"== {folder}", flush=True)
        if main([*command, "-C", str(Path(folder))]):
            failed.append(folder)
    if failed:
        print(f"voicekit: {len(failed)} of {len(folders)} failed: {', '.join(failed)}", file=sys.stderr)
        raise typer.Exit(Exit.ITEMS_FAILED)


def _parted(words: list[str]) -> tuple[list[str], list[str]]:
    """The folders, and the command with its options."""
    end = words.index("--") if "--" in words else len(words)
    folders, command = words[:end], words[end + 1 :]
    if not (folders and command):
        raise typer.BadParameter("which workspaces, and what? voicekit each DIR... -- status")
    return folders, command


def _check(command: list[str]) -> None:
    """Refuse, once for all folders, a command that there is not, or that does not take these options."""
    from voicekit.cli.app import app

    found, rest = typer.main.get_command(app), command
    while rest and (inner := getattr(found, "commands", None)):
        word, *rest = rest
        if word not in inner or word == "each":
            raise typer.BadParameter(toml.unknown("command", word, set(inner) - {"each"}))
        found = inner[word]
    found.make_context(" ".join(["voicekit", *command[: len(command) - len(rest)]]), [*rest, "-C", "."])
