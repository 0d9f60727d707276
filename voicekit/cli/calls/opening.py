"""What the commands of `voicekit calls` open: the settings of an archive, and its keys."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring
    from voicekit.calls.settings import Settings
    from voicekit.stores import Store

Spools = Annotated[
    list[str] | None,
    typer.Argument(metavar="SPOOL", help="Names of [calls.spools] in voicekit.toml, or USER@HOST:/FOLDER; else all."),
]


def settings(directory: Path) -> "Settings":
    from voicekit.calls import settings as calls

    return calls.find(directory)


@contextmanager
def on_a_full_disk(found: "Settings") -> Iterator[None]:
    """Say what helps where this archive's own folder can't be written to any more."""
    from voicekit.stores.faults import FullError

    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise FullError(
            f"{error.filename or found.root}: the disk is full; voicekit calls free makes room on a PBX's. An archive "
            "that has not run yet needs some KB itself: free them by hand, or make its folder on another disk"
        ) from None


def ring(found: "Settings") -> "Keyring | None":
    from voicekit.calls import keys

    path = key_file(found)
    return None if path is None else keys.load(path)


def key_file(found: "Settings") -> Path | None:
    """Where the key file is; who has not made one yet is told how. Of an archive that is there it can only be lost."""
    from voicekit.errors import InputError

    if found.key and not found.key.exists() and not found.ledger.exists():
        raise InputError(
            f"{found.key}: no key file; voicekit calls key init makes one for a new archive, and voicekit calls key "
            "restore that of an older one, from its recovery copy"
        )
    return found.key


def output(path: Path) -> None:
    """Refuse a file that could not be written in the end, before anything is done, or said in a ledger, for it."""
    from voicekit.errors import InputError, StoreError

    if not path.parent.is_dir():
        raise InputError(f"{path.parent}: no such folder; make it, or name another file with -o")
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: not a regular file; name another with -o")
    if not os.access(path.parent, os.W_OK):
        raise StoreError(f"{path.parent}: you may not write there; name another file with -o")


def confirmed(found: "Settings") -> "Keyring | None":
    from voicekit.errors import InputError

    keyring = ring(found)
    if keyring and not keyring.confirmed:
        raise InputError(
            f"{found.key}: no recovery copy of this key was typed in yet; voicekit calls key check does it. "
            "Without one, all recordings are lost with this disk"
        )
    return keyring


def checked(found: "Settings") -> "Store":
    """The store. It is tried once what it enforces: what it does not, is looked at before and after each recording."""
    from datetime import UTC, datetime

    from voicekit.cli import console
    from voicekit.jobs import check_store as job
    from voicekit.stores import verdicts

    if not verdicts.checked(found.verdicts, found.store):
        outcomes = job.apply(found.store, found.root, found.verdicts, datetime.now(UTC).date().isoformat())
        console.lines(outcome for outcome in outcomes if outcome.bad)
    return found.reach()
