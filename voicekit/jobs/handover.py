"""The whole workspace as one archive, for the next person."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from voicekit import fs
from voicekit.errors import InputError
from voicekit.handover import File, Index, archive, page, selection
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.release import shelf
from voicekit.state import Situation


def apply(situation: Situation, output: Path, now: datetime) -> Iterator[Outcome]:
    """Write the archive; an outcome for each thing that stays here, the last one of the archive.

    Call it while holding the workspace.
    """
    workspace = situation.workspace
    if output.suffix != ".zip":
        raise InputError(f"{output}: a handover is a .zip; name it so")
    voices = page.every_voice(situation)
    secrets = selection.environment(page.variables(voices))
    chosen = selection.select(workspace, output.resolve(), secrets)
    yield from chosen.left_out
    files = tuple(_file(workspace.root, name) for name in chosen.paths)
    facts = page.Facts(situation, shelf.of(workspace), voices, files, chosen.left_out, f"{now:%Y-%m-%d}")
    archive.write(output, workspace.root, Index(workspace.name, files), page.written(facts))
    size = output.stat().st_size
    detail = f"{counted(len(files), 'file')}, {size / 1e6:.1f} MB"
    data = {"files": len(files), "bytes": size, "sha256": fs.sha256(output)}
    yield Outcome(str(output), Verdict.DONE, "handed-over", detail, "voicekit init --from it restores all", data)


def _file(root: Path, name: str) -> File:
    path = root / name
    return File(name, path.stat().st_size, fs.sha256(path))
