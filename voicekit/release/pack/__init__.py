"""A release as one archive for a PBX that only somebody else can reach: files, and a script that needs no Python."""

import gzip
import tarfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from voicekit import fs
from voicekit.release import SHORT, blob_key
from voicekit.release.manifest import Manifest
from voicekit.release.transfer import Object, opened
from voicekit.stores import Body, Store

SCRIPTS = ("apply.sh", "rollback.sh", "lib.sh")


def name_of(manifest: Manifest) -> str:
    """The folder that the archive unpacks to."""
    return f"sounds-{manifest.id[:SHORT]}"


def own(manifest: Manifest) -> Iterator[tuple[str, bytes]]:
    """What every package begins with, by name; `RELEASE` first: one that was cut short is seen to be."""
    sums = sorted((file.path, file.sha256) for file in manifest.files)
    yield "RELEASE", f"{manifest.id}\n".encode()
    yield "WORKSPACE", workspace(manifest.workspace)
    yield "SHA256SUMS", "".join(f"{sha256}  {path}\n" for path, sha256 in sums).encode()
    yield from scripts()


def scripts() -> Iterator[tuple[str, bytes]]:
    for name in SCRIPTS:
        yield name, (files("voicekit.release.pack") / name).read_bytes()


def workspace(name: str) -> bytes:
    """The line by which a target knows its workspace."""
    return f"{_one_line(name)}\n".encode()


def add(archive: tarfile.TarFile, name: str, body: Body) -> None:
    """Put one file into a package; scripts can be run."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = body.size, 0o755 if name.endswith(".sh") else 0o644
    with body.open() as source:
        archive.addfile(entry, source)


def write(manifest: Manifest, store: Store, target: Path) -> int:
    """Write the archive, each file proved; the same release is the same bytes. Returns its size."""
    folder = name_of(manifest)
    with (
        fs.replacing(target) as file,
        gzip.GzipFile("", "wb", 6, file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, data in own(manifest):
            add(archive, f"{folder}/{name}", Body.of(data))
        add(archive, f"{folder}/README.txt", Body.of((files("voicekit.release.pack") / "README.txt").read_bytes()))
        add(archive, f"{folder}/manifest.jsonl", Body.of(manifest.data))
        for one in sorted(manifest.files, key=lambda file: file.path):
            with opened(store, Object(blob_key(one.sha256), one.sha256, one.bytes)) as body:
                add(archive, f"{folder}/files/{one.path}", body)
    return target.stat().st_size


def _one_line(text: str) -> str:
    """What can't be seen is written as its escape: two names that differ are two lines that differ."""
    return "".join(
        sign if sign.isprintable() and sign != "\\" else sign.encode("unicode_escape").decode() for sign in text
    )
