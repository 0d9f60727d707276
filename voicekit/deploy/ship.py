"""What brings a target from one state to the next: a package in one stream, and its script run there."""

import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import IO

from voicekit import deploy
from voicekit.deploy.look import Seen, told
from voicekit.deploy.plan import Plan
from voicekit.errors import StoreError
from voicekit.hosts.machine import Machine
from voicekit.manifest import File
from voicekit.release import blob_key, pack
from voicekit.release.manifest import Manifest
from voicekit.release.transfer import Object, opened
from voicekit.stores import Body, Store

WHOLE = "WHOLE"  # the last file of a package: without it the rest is a part


class NotDoneError(StoreError):
    """The script on the target refused, and says why."""


def apply(machine: Machine, manifest: Manifest, store: Store, seen: Seen, plan: Plan, *, take_over: bool) -> str:
    """Bring what is wanted and apply it; returns what the script says. Holds only for the state that was seen.

    Raises `NotDoneError` when it refuses, and what `Machine.sh` raises: then run it again, it is all new or all old.
    """
    files = dict(pack.own(manifest)) | {"EXPECTED": _state(seen), "ONCE": b""}
    if take_over:
        files["TAKEN"] = "".join(f"{path}\n" for path in plan.siblings).encode()
    return send(machine, seen.sounds, "apply.sh", (), files, _opened(plan.wanted, store))


def roll_back(machine: Machine, workspace: str, seen: Seen) -> str:
    """Bring back what was there before the release that was applied last."""
    own = dict(pack.scripts())
    own |= {"RELEASE": f"{seen.release}\n".encode(), "WORKSPACE": pack.workspace(workspace), "SHA256SUMS": b""}
    return send(machine, seen.sounds, "apply.sh", ("--rollback",), own | {"EXPECTED": _state(seen)})


def send(
    machine: Machine,
    sounds: str,
    script: str,
    arguments: Iterable[str],
    own: Mapping[str, bytes],
    sound_files: Iterable[tuple[str, AbstractContextManager[Body]]] = (),
) -> str:
    """Run `script` of a package that has the files `own`, and in `files/` these sounds by their paths."""

    def feed(pipe: IO[bytes]) -> None:
        # A small buffer: tarfile copies all of it for each piece of a file.
        with tarfile.open(fileobj=pipe, mode="w|", format=tarfile.USTAR_FORMAT, bufsize=1 << 16) as archive:
            for name, data in own.items():
                pack.add(archive, name, Body.of(data))
            for path, opening in sound_files:
                with opening as body:
                    pack.add(archive, f"files/{path}", body)
            pack.add(archive, WHOLE, Body.of(b""))

    done = machine.sh(deploy.script("ship.sh"), sounds, script, *arguments, feed=feed)
    if done.code:
        raise NotDoneError(f"{machine.name}: {told(done.err)}")
    return done.out.decode("utf-8", "replace").strip()


def _opened(wanted: Iterable[File], store: Store) -> Iterator[tuple[str, AbstractContextManager[Body]]]:
    for one in wanted:
        yield one.path, opened(store, Object(blob_key(one.sha256), one.sha256, one.bytes))


def _state(seen: Seen) -> bytes:
    return f"{seen.state} {seen.generation}\n".encode()
