"""A PBX that follows a channel by itself."""

from pathlib import Path
from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import DryRun, Json


def add(app: typer.Typer) -> None:
    """Put this command into the tree."""
    app.command()(pull)


def pull(
    store: Annotated[str, typer.Option("--store", "-s", metavar="ADDRESS", help="Where releases are published.")],
    channel: Annotated[str, typer.Option("--channel", metavar="CHANNEL", help="Which one to follow.")] = "production",
    sounds: Annotated[
        str, typer.Option("--sounds", metavar="DIR", help="Of Asterisk; else as asterisk.conf says, or the usual one.")
    ] = "",
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Move away what is in the way; the files are kept.")
    ] = False,
    systemd: Annotated[
        Path | None, typer.Option("--systemd", metavar="DIR", help="Do nothing now: write a service and a timer there.")
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """On a PBX: bring what a channel stands at, and nothing when it is here already. It needs no workspace.

    Example: voicekit pull --store "s3://acme-prompts/pbx" --channel production
    """
    from voicekit.jobs import deploy
    from voicekit.jobs import pull as job
    from voicekit.targets import Target

    if systemd is not None and dry_run:
        raise typer.BadParameter("--systemd brings nothing now: leave out --dry-run")
    if systemd is not None:
        console.show(job.units(systemd, store, channel, sounds, take_over=take_over), as_json=as_json)
        if not as_json:
            print(f"next: systemctl enable --now {job.NAME}.timer")
        return
    wanted = deploy.Wanted(*job.published(store, channel), take_over=take_over)
    run = deploy.plan if dry_run else deploy.apply
    console.show(run(wanted, [Target("this-machine", sounds=sounds)]), as_json=as_json, brief=False)
