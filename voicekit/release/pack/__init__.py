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


def write(manifest: Manifest, store: Store, target: Path) -> int:
    """Write the archive, each file proved; the same release is the same bytes. Returns its size."""
    folder = name_of(manifest)
    with (
        fs.replacing(target) as file,
        gzip.GzipFile("", "wb", 6, file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, data in _own(manifest):
            _add(archive, f"{folder}/{name}", Body.of(data), 0o755 if name.endswith(".sh") else 0o644)
        for one in sorted(manifest.files, key=lambda file: file.path):
            with opened(store, Object(blob_key(one.sha256), one.sha256, one.bytes)) as body:
                _add(archive, f"{folder}/files/{one.path}", body, 0o644)
    return target.stat().st_size


def _own(manifest: Manifest) -> Iterator[tuple[str, bytes]]:
    """What is no sound. `RELEASE` first: an archive that was cut short is seen to be."""
    here = files("voicekit.release.pack")
    sums = sorted((file.path, file.sha256) for file in manifest.files)
    yield "RELEASE", f"{manifest.id}\n".encode()
    yield "WORKSPACE", f"{_one_line(manifest.workspace)}\n".encode()
    yield "SHA256SUMS", "".join(f"{sha256}  {path}\n" for path, sha256 in sums).encode()
    yield "README.txt", (here / "README.txt").read_bytes()
    for script in SCRIPTS:
        yield script, (here / script).read_bytes()
    yield "manifest.jsonl", manifest.data


def _one_line(text: str) -> str:
    """What can't be seen is written as its escape: two names that differ are two lines that differ."""
    return "".join(
        sign if sign.isprintable() and sign != "\\" else sign.encode("unicode_escape").decode() for sign in text
    )


def _add(archive: tarfile.TarFile, name: str, body: Body, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = body.size, mode
    with body.open() as source:
        archive.addfile(entry, source)
