"""Releases: made here, kept in stores, promoted in channels."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import Directory, DryRun, Json

if TYPE_CHECKING:
    from voicekit.stores import Store
    from voicekit.workspace import Workspace

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make, keep, prove and publish releases.")

Release = Annotated[
    str, typer.Argument(metavar="RELEASE", help="First digits of its id, or a channel; else the last one.")
]
Elsewhere = Annotated[
    str,
    typer.Option("--store", "-s", metavar="STORE", help="A name of [stores] or an address; else the only one there."),
]
Here = Annotated[
    str, typer.Option("--store", "-s", metavar="STORE", help="A name of [stores] or an address; else the workspace.")
]
NoMasters = Annotated[bool, typer.Option("--no-masters", help="Only what a PBX needs, not what it was made from.")]


@app.command()
def build(
    partial: Annotated[bool, typer.Option("--partial", help="Leave out what is not fit, and say so.")] = False,
    dry_run: DryRun = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Make a release of all prompts as they are now. Every built file is read and must be what was built.

    Example: voicekit release build
    """
    from voicekit import workspace
    from voicekit.jobs import build_release as job
    from voicekit.release import shelf
    from voicekit.state import Situation

    found = workspace.find(directory)
    with found.exclusive():
        plan = job.plan(Situation.read(found))
        if dry_run:
            console.show(job.foretell(plan, partial=partial), as_json=as_json)
        else:
            console.show(job.apply(plan, shelf.of(found), partial=partial), as_json=as_json)


@app.command("list")
def list_(store: Here = "", directory: Directory = Path(), as_json: Json = False) -> None:
    """List the releases of the workspace or of a store, the newest last, and where channels stand.

    Example: voicekit release list --store main
    """
    from voicekit.jobs import list_releases as job

    console.show(job.apply(_here(directory, store)), as_json=as_json, brief=False)


@app.command()
def show(release: Release = "", store: Here = "", directory: Directory = Path(), as_json: Json = False) -> None:
    """Show a release prompt by prompt: words, whose voice, who approved it.

    Example: voicekit release show production --store main
    """
    from voicekit.jobs import show_release as job

    console.show(job.apply(_here(directory, store), release), as_json=as_json, brief=False)


@app.command()
def push(
    release: Release = "",
    store: Elsewhere = "",
    no_masters: NoMasters = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Bring a release of the workspace to a store, with its Masters. What is there already is not sent again.

    Example: voicekit release push --store main
    """
    from voicekit import workspace
    from voicekit.jobs import copy_release as job

    found = workspace.find(directory)
    outcomes = job.push(found, found.elsewhere(store), release, masters=not no_masters)
    console.show(outcomes, as_json=as_json, quiet={"copied"})


@app.command()
def pull(
    release: Release = "",
    store: Elsewhere = "",
    no_masters: NoMasters = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Bring a release from a store into the workspace, with its Masters. Nothing in prompts/ or build/ changes.

    Example: voicekit release pull production --store main
    """
    from voicekit import workspace
    from voicekit.jobs import copy_release as job
    from voicekit.release import shelf

    found = workspace.find(directory)
    with found.exclusive():
        masters = not no_masters
        outcomes = job.apply(found.elsewhere(store), shelf.of(found), release, masters=masters, only=found.name)
        console.show(outcomes, as_json=as_json, quiet={"copied"})


@app.command()
def verify(
    release: Release = "",
    store: Here = "",
    no_masters: NoMasters = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Read every byte of a release, and compare it with what the manifest says.

    Example: voicekit release verify production --store main
    """
    from voicekit.jobs import copy_release as job

    console.show(job.verify(_here(directory, store), release, masters=not no_masters), as_json=as_json)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="First digits of an id, or a channel.")],
    new: Release = "",
    store: Here = "",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Say what is other in a release than in an older one.

    Example: voicekit release diff production staging --store main
    """
    from voicekit.jobs import diff_releases as job

    console.show(job.apply(_here(directory, store), old, new), as_json=as_json)


@app.command()
def pack(
    release: Release = "",
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="A .tar.gz to write.")] = Path(
        "sounds.tar.gz"
    ),
    store: Here = "",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Write a release as one archive with apply.sh and rollback.sh, for a PBX that only somebody else can reach.

    Example: voicekit release pack production --store main -o acme.tar.gz
    """
    from voicekit.jobs import pack_release as job

    console.show(job.apply(_here(directory, store), release, output), as_json=as_json)


@app.command()
def promote(
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="First digits of its id, a channel, or last.")],
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="Such as staging or production.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who says so.")],
    store: Elsewhere = "",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Let a channel stand at a release that is in the store. The way back: promote the one before.

    Example: voicekit release promote staging production --by "Anna Petrova" --store main
    """
    from voicekit import workspace
    from voicekit.jobs import promote_release as job

    found = workspace.find(directory)
    reached = found.elsewhere(store)
    console.show(job.apply(reached, release, channel, by, datetime.now(UTC), found.name), as_json=as_json)


@app.command("channels")
def channels_(store: Elsewhere = "", directory: Directory = Path(), as_json: Json = False) -> None:
    """Say where each channel of a store stands, and who moved it there.

    Example: voicekit release channels --store main
    """
    from voicekit import workspace
    from voicekit.jobs import promote_release as job

    console.lines(job.standing(workspace.find(directory).elsewhere(store)), as_json=as_json)


def _here(directory: Path, store: str) -> "Store":
    """The store that is named, else the workspace's own shelf."""
    from voicekit import workspace
    from voicekit.release import shelf

    found: Workspace = workspace.find(directory)
    return found.reach(store) if store else shelf.of(found)
