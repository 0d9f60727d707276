"""Commands on stores: `voicekit store ...`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import Directory, Json

if TYPE_CHECKING:
    from voicekit.workspace import Workspace

app = typer.Typer(no_args_is_help=True, help="Where releases and Masters are kept: folders, S3 buckets, SFTP.")

Where = Annotated[str, typer.Argument(metavar="STORE", help="A name of [stores] in voicekit.toml, or an address.")]


def _workspace(directory: Path) -> "Workspace | None":
    """The workspace around here; None outside of any: an address is enough."""
    from voicekit import workspace
    from voicekit.errors import InputError

    try:
        return workspace.find(directory)
    except InputError:
        if directory != Path():
            raise
        return None


@app.command()
def check(store: Where, directory: Directory = Path(), as_json: Json = False) -> None:
    """Try what a store really enforces, and remember it: what it does not, voicekit sees to alone.

    Example: voicekit store check s3://acme-prompts/pbx
    """
    from voicekit.jobs import check_store as job

    outcomes = job.apply(store, _workspace(directory), datetime.now(UTC).date().isoformat())
    console.show(outcomes, as_json=as_json, brief=False)
