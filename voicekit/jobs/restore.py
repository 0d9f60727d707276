"""A workspace from a handover."""

from collections.abc import Iterator
from pathlib import Path

from voicekit import fs, workspace
from voicekit.errors import InputError
from voicekit.handover import Index, archive
from voicekit.outcome import Outcome, Verdict, counted


def apply(source: Path, folder: Path) -> Iterator[Outcome]:
    """Make `folder` of the archive; it is there whole, or not at all. Every byte is proved before one is written."""
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder}: is there already; name a folder that is not")
    with archive.opened(source) as (opened, index), fs.new_folder(folder) as staged:
        for file in index.files:
            with fs.replacing(staged / file.path, durable=False) as target:
                target.writelines(archive.blocks(opened, file, source))
        workspace.load(staged)
    yield _outcome(folder, index)


def _outcome(folder: Path, index: Index) -> Outcome:
    detail = f"{index.workspace}: {counted(len(index.files), 'file')}"
    remedy = "read HANDOVER.md in the archive; then voicekit status, voicekit revoice"
    return Outcome(str(folder), Verdict.DONE, "restored", detail, remedy, {"workspace": index.workspace})
