"""Call recordings: off the PBX's disk, with proof, and back. A file for each group of commands."""

import typer

from voicekit.cli.calls import access, adopt, archive, erase, find, free, hold, key, reconcile, report, timer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Archive call recordings off the PBX, with proof.")
for room in (archive, adopt, access, find, hold, erase, free, reconcile, report, timer):
    room.add(app)
app.add_typer(key.app, name="key")
