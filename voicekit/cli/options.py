"""Options that many commands share, and what they open."""

from pathlib import Path
from typing import Annotated

import typer

Directory = Annotated[
    Path,
    typer.Option("-C", "--directory", metavar="DIR", help="The workspace; else the one around this folder."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one outcome a line as JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


def complete_ids(incomplete: str) -> list[str]:
    """Ids of the workspace around the current folder, for shell completion; none when there is no good one."""
    from voicekit import workspace
    from voicekit.errors import VoicekitError

    try:
        prompts = workspace.find(Path()).catalogue()
    except VoicekitError:
        return []
    return sorted({prompt.id for prompt in prompts.values() if prompt.id.startswith(incomplete)})


Ids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ID",
        help='Prompts as the dialplan names them; ru/custom/menu is the Russian one; "custom/*" is a pattern.',
        autocompletion=complete_ids,
    ),
]
