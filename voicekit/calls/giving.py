"""An archived recording back in its spool for a while: FreePBX, or a CRM, looks for the file where it was."""

import os
import secrets
import shutil
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from voicekit.calls import spool as spools
from voicekit.calls.seen import Known
from voicekit.errors import StoreError
from voicekit.hosts.machine import Machine


def below(path: str) -> Path:
    """A path that leads nowhere else, whatever the sidecar says."""
    parts = [part for part in PurePosixPath(path).parts if part not in ("/", "..", ".")]
    return Path(*parts) if parts else Path("recording")


def give(machine: Machine, spool: str, path: str, modified: int, content: BinaryIO, sha256: str) -> Known | None:
    """Put the file there, its owner that of the spool; what it is then. None where something has its name already.

    Raises `StoreError` where it can't be written there.
    """
    where = below(path)
    folder = "" if where.parent == Path() else str(where.parent)
    told = "".join(f"\\0{byte:03o}" for byte in os.fsencode(f"{folder}/{where.name}"))
    script = spools.script("written.sh") + (files("voicekit.release.pack") / "lib.sh").read_text()
    script += spools.script("owner.sh", "give.sh")
    word = secrets.token_hex(4)

    def feed(pipe: IO[bytes]) -> None:
        pipe.write(f"{told}\n".encode())
        shutil.copyfileobj(content, pipe, 1 << 20)

    done = machine.sh(script, spool, str(modified), word, feed=feed)
    said = done.out.decode("ascii", "replace").split()
    if done.code or not said:
        raise StoreError(f"{machine.name}: it can't be written to the spool; is its disk full, or is it read-only?")
    if said[0] == "link":
        raise StoreError(f"{machine.name}: a link stands on the way to its place in the spool")
    if said[0] == "there":
        return None
    return Known(str(where), int(said[1]), int(said[2]), sha256)
