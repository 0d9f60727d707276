"""Commands on stores: `voicekit store ...`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import Directory, DryRun, Json
from voicekit.outcome import counted

if TYPE_CHECKING:
    from voicekit.stores import Store
    from voicekit.workspace import Storage

app = typer.Typer(no_args_is_help=True, help="Where releases and Masters are kept: folders, S3 buckets, SFTP.")

Where = Annotated[str, typer.Argument(metavar="STORE", help="A name of [stores] in voicekit.toml, or an address.")]


def _storage(directory: Path) -> "Storage | None":
    """What names stores around here; None outside of any: an address is enough."""
    from voicekit import toml, workspace
    from voicekit.errors import InputError

    try:
        toml.folder(directory, workspace.FILE)
    except InputError:
        if directory != Path():
            raise
        return None
    return workspace.storage(directory)


def _reach(name: str, storage: "Storage | None") -> "Store":
    from voicekit import stores

    return storage.reach(name) if storage else stores.reach(name)


@app.command()
def check(store: Where, directory: Directory = Path(), as_json: Json = False) -> None:
    """Try what a store really enforces, and remember it: what it does not, voicekit sees to alone.

    Example: voicekit store check s3://acme-prompts/pbx
    """
    from voicekit.jobs import check_store as job
    from voicekit.stores import address

    found = _storage(directory)
    where = found.address(store) if found else address.parse(store).text
    base, memory = (found.root, found.verdicts) if found else (Path(), None)
    outcomes = job.apply(where, base, memory, datetime.now(UTC).date().isoformat())
    console.show(outcomes, as_json=as_json, brief=False)


@app.command()
def copy(
    source: Where,
    target: Where,
    prefix: Annotated[str, typer.Option("--prefix", help="Only keys that begin so.")] = "",
    dry_run: DryRun = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Copy what one store has into another, each object proved on both sides; run it again to go on.

    Nothing is overwritten: what lies there with other bytes is named, and stays.

    Example: voicekit store copy main file:/mnt/nas/voicekit
    """
    from voicekit.jobs import copy_store as job

    found = _storage(directory)
    plan = job.plan(_reach(source, found), _reach(target, found), prefix)
    outcomes = job.foretell(plan) if dry_run else job.apply(plan)
    console.show(outcomes, as_json=as_json, total=0 if dry_run else plan.total)


@app.command()
def gc(
    store: Where,
    min_age: Annotated[
        int, typer.Option("--min-age", metavar="DAYS", min=1, help="Spare what was put within these days.")
    ] = 7,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Delete blobs and Masters that no release there names, nor the lock and approvals of this workspace.

    Example: voicekit store gc main --dry-run
    """
    from voicekit.jobs import gc_store as job
    from voicekit.workspace import Workspace

    found = _storage(directory)
    spared = found if isinstance(found, Workspace) else None
    plan = job.plan(_reach(store, found), spared, datetime.now(UTC) - timedelta(days=min_age))
    if dry_run:
        console.show(job.foretell(plan), as_json=as_json)
        return
    if plan.stats and not yes:
        question = f"Delete {counted(len(plan.stats), 'object')}, {plan.bytes / 1e6:.1f} MB, from {plan.store.name}?"
        typer.confirm(question, abort=True, err=True)
    console.show(job.apply(plan), as_json=as_json, total=len(plan.stats))
