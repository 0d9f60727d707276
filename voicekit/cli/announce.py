"""Words on the air of a PBX for a while: snow tonight."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import Directory, Json
from voicekit.errors import Exit

if TYPE_CHECKING:
    from voicekit.lock import Key
    from voicekit.stores import Body
    from voicekit.workspace import Workspace


def add(app: typer.Typer) -> None:
    """Put this command into the tree."""
    app.command()(say)


def say(
    words: Annotated[str, typer.Argument(metavar="WORDS", help="What is to be heard.")] = "",
    prompt: Annotated[
        str, typer.Option("--as", metavar="ID", help="The prompt that the dialplan plays, like custom/announce.")
    ] = "",
    targets: Annotated[
        list[str] | None, typer.Option("--target", "-t", metavar="TARGET", help="Names of [targets]; else all.")
    ] = None,
    language: Annotated[str, typer.Option("--language", "-l", help="Of the words; else the only one there is.")] = "",
    start: Annotated[str, typer.Option("--from", metavar="WHEN", help="By the PBX's clock; else at once.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="WHEN", help='Like 18:00, "tomorrow 9:00" or 2h.')] = "",
    by: Annotated[
        str, typer.Option("--by", metavar="NAME", help="Who says that it may be heard; else you are asked.")
    ] = "",
    cancel: Annotated[bool, typer.Option("--cancel", help="Take it off now.")] = False,
    stand_in: Annotated[bool, typer.Option("--stand-in", help="Spoken by a human voice's stand-in.")] = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Put words on the air for a while: spoken in the reference voice, brought to PBXs, and taken off there in time.

    What lay there comes back at --until by itself, whether or not this machine is on then.

    Example: voicekit say "Closed today: snow." --as custom/announce -t pbx1 --until "tomorrow 9:00"
    """
    from voicekit import workspace
    from voicekit.jobs import announce as job

    found = workspace.find(directory)
    key = _key(found, prompt, language)
    aims = found.aims(targets or ())
    if cancel:
        console.show(job.cancel(found.name, aims, key), as_json=as_json, brief=False)
        return
    if not (words.strip() and until):
        raise typer.BadParameter('say what is to be heard, and until when: voicekit say "WORDS" --as ID --until WHEN')
    if not (by or sys.stdin.isatty()):
        raise typer.BadParameter("nobody is here to say that it may be heard; --by NAME says who did")
    ready, wrong = job.ask(found.name, aims, key, start, until)  # before anybody waits for the voice
    console.lines(wrong, as_json=as_json)
    if ready:
        with found.exclusive():
            files = _spoken(found, key, words, stand_in=stand_in, as_json=as_json)
            if not by:
                typer.confirm(f'Put "{words}" on the air of {", ".join(ready)}?', abort=True, err=True)
            able = [aim for aim in aims if aim.name in ready]
            console.show(job.apply(found.name, able, key, files, ready), as_json=as_json, brief=False)
    if wrong:
        raise typer.Exit(Exit.ITEMS_FAILED)


def _key(found: "Workspace", prompt: str, language: str) -> "Key":
    if not prompt:
        raise typer.BadParameter("which prompt? --as custom/announce, as the dialplan plays it")
    if not language and len(found.languages) > 1:
        raise typer.BadParameter(f"in which language? --language, one of {', '.join(found.languages)}")
    from voicekit.jobs import announce as job

    return job.checked(found, (language or found.languages[0], prompt))


def _spoken(found: "Workspace", key: "Key", words: str, *, stand_in: bool, as_json: bool) -> "dict[str, Body]":
    """Spoken like any prompt; what is wrong with it ends the command."""
    from voicekit.jobs import announce as job
    from voicekit.jobs import revoice
    from voicekit.state import Situation

    with job.beside(found, key, words) as made:
        console.show(revoice.apply(revoice.plan(Situation.read(made), stand_in=stand_in)), as_json=as_json)
        return job.sounds(made, key)
