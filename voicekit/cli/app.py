"""The tree of commands."""

from typing import Annotated

import typer

from voicekit import __version__
from voicekit.cli import (
    announce,
    calls,
    convert,
    deploy,
    each,
    machine,
    prompts,
    pull,
    release,
    sounds,
    store,
    voice,
    workspace,
)

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for room in (workspace, sounds, convert, announce, pull, each, machine):
    room.add(app)
app.add_typer(prompts.app, name="prompts")
app.add_typer(voice.app, name="voice")
app.add_typer(store.app, name="store")
app.add_typer(release.app, name="release")
app.add_typer(deploy.app, name="deploy")
app.add_typer(calls.app, name="calls")


def _version(asked: bool) -> None:
    if asked:
        print(f"voicekit {__version__}")
        raise typer.Exit


@app.callback()
def voicekit(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """One voice for an Asterisk PBX: keep, speak, level, convert and prove its prompts.

    Start with `voicekit init DIR`, then `voicekit COMMAND -h` or docs/ for each job.
    """
