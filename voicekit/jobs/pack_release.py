"""A release as one archive, for a PBX that only somebody else can reach."""

from collections.abc import Iterator
from pathlib import Path

from voicekit import release
from voicekit.errors import InputError
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.release import pack, stock
from voicekit.stores import Store


def apply(store: Store, named: str, target: Path) -> Iterator[Outcome]:
    """Write `target`, a .tar.gz with the files and their scripts, or nothing where one file is not as it should be."""
    if not target.name.endswith((".tar.gz", ".tgz")):
        raise InputError(f"{target}: the archive is a .tar.gz; name it so")
    manifest = stock.load(store, stock.find(store, named))
    size = pack.write(manifest, store, target)
    detail = f"{manifest.id[: release.SHORT]}: {counted(len(manifest.prompts), 'prompt')}, {size / 1e6:.1f} MB"
    data = {"release": manifest.id, "folder": pack.name_of(manifest), "bytes": size}
    yield Outcome(str(target), Verdict.DONE, "packed", detail, "on the PBX: tar -xzf, then sh apply.sh in it", data)
