"""Bring a release from one store to another: what is missing there, blobs and Masters first, the manifest last."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from voicekit import threads
from voicekit.errors import StoreError, VerificationError, VoicekitError
from voicekit.release import BLOBS, MASTERS, blob_key, built_key, manifest_key, master_key
from voicekit.release.manifest import Manifest
from voicekit.stores import Body, Store
from voicekit.stores.faults import AbsentError

_IN_MEMORY = 1 << 20  # bytes of an object that is not taken to a file in between; there may be 32 at once
_LARGEST = 2 << 30  # bytes of any object


@dataclass(frozen=True, slots=True)
class Object:
    """What a release needs: its key, hash and size (None: of a Master, which no manifest tells)."""

    key: str
    sha256: str
    size: int | None


def needs(manifest: Manifest, *, masters: bool) -> list[Object]:
    """All objects of a release but its manifest, the same in every store."""
    blobs = [Object(blob_key(sha256), sha256, size) for sha256, size in manifest.blobs.items()]
    originals = [Object(master_key(sha256), sha256, None) for sha256 in manifest.masters] if masters else []
    return sorted(blobs + originals, key=lambda one: one.key)


def missing(store: Store, objects: list[Object]) -> list[Object]:
    """Those that the store has not, or in another size: asked with one listing, not one by one."""
    here = _listed(store, BLOBS)
    if any(one.key.startswith(MASTERS) for one in objects):
        here |= _listed(store, MASTERS)
    return [one for one in objects if one.key not in here or one.size not in (None, here[one.key])]


def _listed(store: Store, prefix: str) -> dict[str, int]:
    return {stat.key: stat.size for stat in store.list(prefix)}


def bring(objects: list[Object], source: Store, target: Store) -> Iterator[tuple[Object, int | VoicekitError]]:
    """Copy each object; yields its size, or what is wrong with it alone. What is wrong with a store is raised."""

    def copy(one: Object) -> int:
        with opened(source, one) as body:
            target.put(one.key, body)
            return body.size

    for one, result in threads.each(copy, objects):
        if isinstance(result, StoreError) and not isinstance(result, AbsentError):
            raise result
        yield one, result


def seal(manifest: Manifest, target: Store, at: datetime) -> bool:
    """Put the manifest, once all that it speaks of is there, and when it was made; False when it was there before."""
    if sealed(manifest, target):
        return False
    date(manifest.id, target, at)
    target.put(manifest_key(manifest.id), Body.of(manifest.data))
    return True


def sealed(manifest: Manifest, target: Store) -> bool:
    """Whether its manifest is there already, as voicekit puts it: its name is its hash."""
    found = target.stat(manifest_key(manifest.id))
    return found is not None and found.sha256 == manifest.id


def date(release: str, target: Store, at: datetime) -> None:
    """Note when a release was made: of several times the last one counts."""
    target.put(built_key(release, at), Body.of(b"\n"))


def put(manifest: Manifest, bodies: Mapping[str, Body], target: Store) -> Iterator[tuple[Object, int | VoicekitError]]:
    """Put a new release's blobs where they are missing; the manifest is for `seal`."""
    lacking = missing(target, needs(manifest, masters=False))
    for one, result in threads.each(lambda one: target.put(one.key, bodies[one.sha256]), lacking, threads=8):
        if isinstance(result, VoicekitError):
            raise result
        yield one, bodies[one.sha256].size


def prove(objects: list[Object], store: Store) -> Iterator[tuple[Object, int | VoicekitError]]:
    """Read each object to its end; yields its size, or how it is not what the release says."""

    def read(one: Object) -> int:
        with opened(store, one) as body:
            return body.size

    for one, result in threads.each(read, objects):
        if isinstance(result, StoreError) and not isinstance(result, AbsentError):
            raise result
        yield one, result


@contextmanager
def opened(store: Store, one: Object) -> Iterator[Body]:
    """An object's bytes, proved to be those of its name, before anything is done with them."""
    with store.open(one.key) as reading:
        stat = reading.stat
        if one.size not in (None, stat.size) or stat.size > _LARGEST:
            raise VerificationError(f"{store.name}: {one.key} has {stat.size} bytes; that can't be it")
        if stat.size <= _IN_MEMORY:
            data = b"".join(reading)  # which proves it by the hash that the store has of it
            yield Body.proved(data, one.sha256) if stat.sha256 == one.sha256 else _proved(Body.of(data), store, one)
            return
        with tempfile.TemporaryFile() as file:  # without a name: killed, nothing is left
            file.writelines(reading)
            file.flush()
            yield _proved(Body.of_file(Path(f"/proc/self/fd/{file.fileno()}")), store, one)


def _proved(body: Body, store: Store, one: Object) -> Body:
    if body.sha256 != one.sha256:
        raise VerificationError(f"{store.name}: {one.key} is not what its name says; put it there again")
    return body
