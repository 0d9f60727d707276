"""What is archived, for those who may have it: each access is said in the ledger before."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.calls import opening
from voicekit.cli.options import Directory, Json

Recordings = Annotated[list[str], typer.Argument(metavar="RECORDING", help="As find names them.")]
Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why: it is kept, with your name, beside the ledger.")
]


def add(app: typer.Typer) -> None:
    """Put these commands into the tree."""
    for command in (play, restore, export, share):
        app.command()(command)


def play(
    recording: Annotated[str, typer.Argument(metavar="RECORDING", help="As find names it.")],
    reason: Reason = "",
    serve: Annotated[
        bool, typer.Option("--serve", help="Let a browser play it, at an address of this machine alone.")
    ] = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Play a recording here; or, with --serve, in a browser of this machine: over SSH, forward the port it prints.

    Example: voicekit calls play 5f0c2a9e --reason "complaint 4711"
    """
    from contextlib import closing

    from voicekit.jobs import play_call as job

    found = opening.settings(directory)
    with closing(found.reach()) as store:
        wait = _wait if serve else None
        outcomes = job.apply(found, opening.ring(found), store, recording, reason, wait=wait)
        console.show(outcomes, as_json=as_json, summary=False)


def restore(
    recordings: Recordings,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="The folder to write to.")
    ] = None,
    span: Annotated[
        str, typer.Option("--for", metavar="SPAN", help="Put them back into the spool, for so long: 12h, 7d.")
    ] = "",
    reason: Reason = "",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Write recordings back, byte for byte as they were found, under their names in the spool.

    With --for they are in the spool itself, where FreePBX looks for them; calls archive removes them afterwards.

    Example: voicekit calls restore 5f0c2a9e -o case --reason "complaint 4711"
    """
    from contextlib import closing

    from voicekit.calls import settings
    from voicekit.jobs import restore_calls as job

    if (output is None) == (not span):
        raise typer.BadParameter("either -o DIR, or --for SPAN")
    found = opening.settings(directory)
    ring = opening.ring(found)
    with closing(found.reach()) as store:
        if output is None:
            outcomes = job.lend(found, ring, store, recordings, settings.age(span), reason)
        else:
            outcomes = job.apply(found, ring, store, recordings, output, reason)
        console.show(outcomes, as_json=as_json)


def export(
    recordings: Recordings,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The zip to write.")],
    reason: Reason = "",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Put recordings into a zip for somebody else: the files, WAVs to listen to, the records of their calls, receipts
    up to the root of their day, and a statement of what was proved, in English and Russian.

    Example: voicekit calls export 5f0c2a9e -o case.zip --reason "court order 12/2026"
    """
    from contextlib import closing

    from voicekit.jobs import export_calls as job

    found = opening.settings(directory)
    opening.output(output)
    with closing(found.reach()) as store:
        outcomes = job.apply(found, opening.ring(found), store, recordings, output, reason)
        console.show(outcomes, as_json=as_json, apart=("written", "not-written", "no-listen"))


def share(
    recordings: Recordings,
    span: Annotated[str, typer.Option("--for", metavar="SPAN", help="How long the links are good: 1h, 7d.")] = "1d",
    reason: Reason = "",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Print links to recordings that end by themselves; only where the archive is not encrypted, else it says so.

    Example: voicekit calls share 5f0c2a9e --for 1d --reason "for the insurer"
    """
    from contextlib import closing

    from voicekit.calls import settings
    from voicekit.jobs import share_calls as job

    found = opening.settings(directory)
    with closing(found.reach()) as store:
        outcomes = job.apply(found, opening.ring(found), store, recordings, settings.age(span), reason)
        console.show(outcomes, as_json=as_json, summary=False)


def _wait() -> None:
    """Until Enter, the end of what is typed, or Ctrl-C; not at all where stdin is closed."""
    import select

    sys.stdout.flush()
    if not sys.stdin:
        return
    with suppress(EOFError, KeyboardInterrupt):
        # Not in one read: a signal that comes right before it is told of only when it ends.
        while not select.select([0], [], [], 1.0)[0]:
            pass
        input()
