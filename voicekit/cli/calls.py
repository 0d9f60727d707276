"""Call recordings: off the PBX's disk, with proof, and back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import Directory, Json

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring
    from voicekit.calls.settings import Settings

_PAPER = 10_000  # characters of a recovery copy, at the most

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Archive call recordings off the PBX, with proof.")
key = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The master key that recordings are sealed with.")
app.add_typer(key, name="key")


@app.command()
def archive(
    spools: Annotated[
        list[str] | None, typer.Argument(metavar="SPOOL", help="Names of [calls.spools] in voicekit.toml; else all.")
    ] = None,
    read_back: Annotated[
        bool, typer.Option("--read-back", help="Read each object again, also where the store refuses other bytes.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Remove nothing from the spool this time.")] = False,
    take_over: Annotated[
        list[str] | None,
        typer.Option("--take-over", metavar="WRITER", help="Also archive what this writer, gone for good, had put."),
    ] = None,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Bring each recording whose call is over to the store, prove it, and remove what is old enough from the spool.

    A recording that another archiver has put is left to it, and reported as taken. Is that archiver gone for good,
    ledger and all, --take-over with its name archives what it left. Never name one that may still archive.

    Example: voicekit calls archive pbx1
    """
    from contextlib import closing

    from voicekit.jobs import archive_calls as job

    found = _settings(directory)
    ring = _confirmed(found)
    _check(found)
    with closing(found.reach()) as store:
        outcomes = job.apply(
            found,
            ring,
            store,
            found.chosen(spools or ()),
            read_back=read_back,
            free=not keep,
            take_over=take_over or (),
        )
        console.show(outcomes, as_json=as_json, quiet=("archived", "known"))


@app.command()
def verify(directory: Directory = Path(), as_json: Json = False) -> None:
    """Read every archived recording back and compare it with its receipt; check the chains of all ledgers.

    Example: voicekit calls verify
    """
    from contextlib import closing

    from voicekit.jobs import verify_calls as job

    found = _settings(directory)
    with closing(found.reach()) as store:
        console.show(job.apply(found, _ring(found), store), as_json=as_json)


@app.command()
def restore(
    recordings: Annotated[list[str], typer.Argument(metavar="RECORDING", help="As receipts name them.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write to.")],
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Write recordings back, byte for byte as they were found, under their names in the spool.

    Example: voicekit calls restore 5f0c2a9e-6f0b-8c1d-9a51-0d6a4a0f7a11 -o case
    """
    from contextlib import closing

    from voicekit.jobs import restore_calls as job

    found = _settings(directory)
    with closing(found.reach()) as store:
        console.show(job.apply(found, _ring(found), store, recordings, output), as_json=as_json)


@key.command()
def init(directory: Directory = Path(), as_json: Json = False) -> None:
    """Make the master key, and print its recovery copy. Without one of both, nobody ever hears a recording again.

    Example: voicekit calls key init
    """
    from voicekit.calls import keys

    path = _path(directory)
    path.parent.mkdir(parents=True, exist_ok=True)
    _print(path, "made", keys.init(path), as_json=as_json)


@key.command()
def backup(directory: Directory = Path(), as_json: Json = False) -> None:
    """Print the recovery copy of the master key once more: on paper, not into a file that lies beside it.

    Example: voicekit calls key backup
    """
    from voicekit.calls import keys

    path = _path(directory)
    _print(path, "printed", keys.load(path), as_json=as_json)


@key.command()
def check(
    copy: Annotated[
        typer.FileText, typer.Argument(metavar="FILE", help="A recovery copy as it was typed in; else standard input.")
    ] = "-",  # type: ignore[assignment]  # typer opens it
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Read a recovery copy as it is typed in, and say whether it is right. Archiving waits for this once.

    Example: voicekit calls key check < copy.txt
    """
    from voicekit.calls import keys
    from voicekit.outcome import Outcome, Verdict

    path = _path(directory)
    if copy.isatty():
        print("Type the recovery copy, then press Ctrl-D:")
    ring = keys.confirm(path, copy.read(_PAPER))
    detail = f"this is the recovery copy of key {ring.id}"
    console.lines([Outcome(str(path), Verdict.DONE, "right", detail)], as_json=as_json)


@key.command()
def rotate(directory: Directory = Path(), as_json: Json = False) -> None:
    """Make a new master key for what is archived from now on; the old ones stay for what they have sealed.

    Example: voicekit calls key rotate
    """
    from voicekit.calls import keys

    path = _path(directory)
    _print(path, "made", keys.rotate(path), as_json=as_json)


def _check(found: "Settings") -> None:
    """Try once what the store enforces: what it does not, is looked at before and after each recording."""
    from voicekit.jobs import check_store as job
    from voicekit.stores import verdicts

    if not verdicts.checked(found.verdicts, found.store):
        outcomes = job.apply(found.store, found.root, found.verdicts, datetime.now(UTC).date().isoformat())
        console.lines(outcome for outcome in outcomes if outcome.bad)


def _print(path: Path, code: str, ring: "Keyring", *, as_json: bool) -> None:
    from voicekit.calls import keys
    from voicekit.outcome import Outcome, Verdict

    paper = keys.backup(ring).rstrip()
    if not as_json:
        print(f"{paper}\n")
    detail = "print this recovery copy, lock it away, and show with voicekit calls key check that it can be read"
    outcome = Outcome(str(path), Verdict.DONE, code, detail, data={"id": ring.id, "copy": paper.splitlines()})
    console.lines([outcome], as_json=as_json)


def _settings(directory: Path) -> "Settings":
    from voicekit.calls import settings

    return settings.find(directory)


def _path(directory: Path) -> Path:
    from voicekit.errors import InputError

    found = _settings(directory)
    if found.key is None:
        raise InputError(f'{found.root}/voicekit.toml says encryption = "off": there is no master key')
    return found.key


def _ring(found: "Settings") -> "Keyring | None":
    from voicekit.calls import keys

    return None if found.key is None else keys.load(found.key)


def _confirmed(found: "Settings") -> "Keyring | None":
    from voicekit.errors import InputError

    ring = _ring(found)
    if ring and not ring.confirmed:
        raise InputError(
            f"{found.key}: no recovery copy of this key was typed in yet; voicekit calls key check does it. "
            "Without one, all recordings are lost with this disk"
        )
    return ring
