"""`voicekit calls key`: the master key that recordings are sealed with."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicekit.cli import console
from voicekit.cli.calls import opening
from voicekit.cli.options import Directory, Json

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring

_PAPER = 10_000  # characters of a recovery copy, at the most

Copy = Annotated[
    typer.FileText, typer.Argument(metavar="FILE", help="A recovery copy as it was typed in; else standard input.")
]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The master key that recordings are sealed with.")


@app.command()
def init(directory: Directory = Path(), as_json: Json = False) -> None:
    """Make the master key, and print its recovery copy. Without one of both, nobody ever hears a recording again.

    Example: voicekit calls key init
    """
    from voicekit.calls import keys, ledgers
    from voicekit.errors import InputError

    path, ledger = _path(directory), opening.settings(directory).ledger
    if not path.exists() and (master := ledgers.sealed_with(ledger)):
        raise InputError(
            f"{ledger}: recordings of this archive are sealed with key {master}, which a new one does not open; "
            "voicekit calls key restore makes the key file from its recovery copy. Is that lost too, nobody ever hears "
            "them: move calls/ away, and this begins a new archive"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    _made(path, keys.init(path), as_json=as_json)


@app.command()
def backup(
    every: Annotated[bool, typer.Option("--all", help="Also those of older keys, the newest last.")] = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Print the recovery copy of the master key once more: on paper, not into a file that lies beside it.

    After rotate it is that of the newest key. What older ones have sealed needs theirs.

    Example: voicekit calls key backup
    """
    from voicekit.calls import keys

    path = _there(directory)
    ring = keys.load(path)
    for master in ring.ids if every else [ring.id]:
        _print(path, "printed", ring, master, as_json=as_json)


@app.command()
def check(
    copy: Copy = "-",  # type: ignore[assignment]  # typer opens it
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Read a recovery copy as it is typed in, and say whether it is right. Archiving waits for this once.

    Example: voicekit calls key check < copy.txt
    """
    from voicekit.calls import keys
    from voicekit.outcome import Outcome, Verdict

    path = _there(directory)
    ring, master = keys.confirm(path, _typed(copy))
    detail = f"this is the recovery copy of key {master}"
    detail += " (an older key of this file)" if master != ring.id else ""
    console.lines([Outcome(str(path), Verdict.DONE, "right", detail)], as_json=as_json)


@app.command()
def restore(
    copy: Copy = "-",  # type: ignore[assignment]  # typer opens it
    newest: Annotated[
        bool, typer.Option("--newest", help="It is the newest key: seal with it what is archived from now on.")
    ] = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Make the key file that was lost from a recovery copy, or add the copy's key to a key file that lacks it.

    Keys that the file has stay in it. A recovery copy holds one key: of each that there was, type in its own.

    Example: voicekit calls key restore < copy.txt
    """
    from voicekit.calls import keys
    from voicekit.outcome import Outcome, Verdict

    path, index = _path(directory), opening.settings(directory).index
    before = list(keys.load(path).ids) if path.exists() else []
    path.parent.mkdir(parents=True, exist_ok=True)
    ring = keys.restore(path, _typed(copy), newest=newest)
    after = list(ring.ids)
    told = (Verdict.KEPT, "known") if after == before else (Verdict.DONE, "added" if before else "made")
    detail = f"it has {len(after)} key{'s'[: len(after) > 1]}; what is archived from now on is sealed with {ring.id}"
    remedy = (
        "voicekit calls reindex: what was looked up without this key is lacking in the index" if index.exists() else ""
    )
    console.lines([Outcome(str(path), *told, detail, remedy, {"id": ring.id, "ids": after})], as_json=as_json)


@app.command()
def rotate(directory: Directory = Path(), as_json: Json = False) -> None:
    """Make a new master key for what is archived from now on; the old ones stay for what they have sealed.

    Example: voicekit calls key rotate
    """
    from voicekit.calls import keys

    path = _there(directory)
    _made(path, keys.rotate(path), as_json=as_json)


def _made(path: Path, ring: "Keyring", *, as_json: bool) -> None:
    _print(path, "made", ring, ring.id, as_json=as_json)


def _print(path: Path, code: str, ring: "Keyring", master: str, *, as_json: bool) -> None:
    from voicekit.calls import keys
    from voicekit.outcome import Outcome, Verdict

    paper = keys.backup(ring, master).rstrip()
    if not as_json:
        print(f"{paper}\n")
    detail = f"print this recovery copy of key {master}, lock it away, and show with voicekit calls key check that it"
    detail += " can be read"
    outcome = Outcome(str(path), Verdict.DONE, code, detail, data={"id": master, "copy": paper.splitlines()})
    console.lines([outcome], as_json=as_json)


def _typed(copy: typer.FileText) -> str:
    if copy.isatty():
        print("Type the recovery copy, then press Ctrl-D:")
    return copy.read(_PAPER)


def _there(directory: Path) -> Path:
    """The key file of who should have one already."""
    opening.key_file(opening.settings(directory))
    return _path(directory)


def _path(directory: Path) -> Path:
    from voicekit.errors import InputError

    found = opening.settings(directory)
    if found.key is None:
        raise InputError(f'{found.root}/voicekit.toml says encryption = "off": there is no master key')
    return found.key
