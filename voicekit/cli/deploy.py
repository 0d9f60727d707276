"""Releases on PBXs: plan, apply, roll back, and what has drifted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import Directory, DryRun, Json

if TYPE_CHECKING:
    from voicekit.workspace import Workspace

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Bring releases to PBXs, take them back, see what changed there."
)

Targets = Annotated[
    list[str] | None, typer.Argument(metavar="TARGET", help="Names of [targets] in voicekit.toml; else all.")
]
Release = Annotated[
    str, typer.Option("--release", "-r", metavar="RELEASE", help="First digits of its id, or a channel; else the last.")
]
TakeOver = Annotated[bool, typer.Option("--take-over", help="Move away what is in the way; rollback brings it back.")]


@app.command()
def plan(
    targets: Targets = None,
    release: Release = "",
    take_over: TakeOver = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Say what apply would do on each target, and what stands against it. Changes nothing.

    Example: voicekit deploy plan pbx1
    """
    from voicekit.jobs import deploy as job

    found = _found(directory)
    console.show(
        job.plan(job.Wanted.of(found, release, take_over=take_over), found.aims(targets or ())),
        as_json=as_json,
        brief=False,
    )


@app.command()
def apply(
    targets: Targets = None,
    release: Release = "",
    take_over: TakeOver = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Bring a release to targets: all of it or nothing, without a restart, calls go on. Run again, it does nothing.

    Example: voicekit deploy apply pbx1 pbx2 --release production
    """
    from voicekit.jobs import deploy as job

    found = _found(directory)
    console.show(
        job.apply(job.Wanted.of(found, release, take_over=take_over), found.aims(targets or ())),
        as_json=as_json,
        brief=False,
    )


@app.command()
def rollback(
    targets: Targets = None,
    music: Annotated[bool, typer.Option("--moh", help="The music on hold, not the release.")] = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Bring back what each target had before its last release. One step back is kept.

    Example: voicekit deploy rollback pbx1
    """
    from voicekit.jobs import roll_back as job

    found = _found(directory)
    console.show(job.apply(found.name, found.aims(targets or ()), music=music), as_json=as_json, brief=False)


@app.command()
def drift(targets: Targets = None, directory: Directory = Path(), as_json: Json = False) -> None:
    """Say what is no longer as voicekit left it on each target. Leaves with exit code 3 when anything is.

    Example: voicekit deploy drift
    """
    from voicekit.jobs import deploy_status as job

    found = _found(directory)
    console.show(job.drift(found.name, found.aims(targets or ())), as_json=as_json, brief=False)


@app.command()
def status(targets: Targets = None, directory: Directory = Path(), as_json: Json = False) -> None:
    """Say which release each target has, and whether it is the last one.

    Example: voicekit deploy status
    """
    from voicekit.jobs import deploy_status as job

    found = _found(directory)
    console.show(job.status(found, found.aims(targets or ())), as_json=as_json, brief=False)


@app.command()
def adopt(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="A name of [targets] in voicekit.toml.")],
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Take what somebody changed on a target into the workspace: these prompts are adopted, and spoken no more.

    Example: voicekit deploy adopt pbx2
    """
    from tempfile import TemporaryDirectory

    from voicekit.jobs import adopt as adopting
    from voicekit.jobs import fetch_drift

    found = _found(directory)
    with found.exclusive(), TemporaryDirectory() as folder:
        fetched = Path(folder)
        console.show(fetch_drift.apply(found.aims([target])[0], fetched, found.name), as_json=as_json, brief=False)
        for language in found.languages:
            if (fetched / language).is_dir():
                outcomes = adopting.apply(found, fetched / language, language, "", dry_run=False, spoken=True)
                console.show(outcomes, as_json=as_json)


@app.command()
def moh(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Files as `voicekit convert --moh` makes them.")],
    name: Annotated[str, typer.Argument(metavar="CLASS", help="The class in musiconhold.conf.")],
    targets: Targets = None,
    take_over: TakeOver = False,
    dry_run: DryRun = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Bring music on hold to targets: the folder becomes that of a class, and Asterisk reads it. Other classes stay.

    Example: voicekit deploy moh music/ jazz pbx1
    """
    from voicekit.deploy import moh
    from voicekit.jobs import deploy_moh as job

    found = _found(directory)
    run = job.foretell if dry_run else job.apply
    outcomes = run(found.name, moh.read(folder, name), found.aims(targets or ()), take_over=take_over)
    console.show(outcomes, as_json=as_json, brief=False)


def _found(directory: Path) -> "Workspace":
    from voicekit import workspace

    return workspace.find(directory)
