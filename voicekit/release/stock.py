"""Which releases a store has, and which one is meant."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from voicekit.errors import InputError, VerificationError
from voicekit.release import PREFIX, SHORT, built, channels, manifest, manifest_key, release_of
from voicekit.release.manifest import Manifest
from voicekit.stores import Stat, Store, read
from voicekit.stores.faults import AbsentError

if TYPE_CHECKING:
    from datetime import datetime

LEAST = 4  # digits that name a release
LAST = "last"

_NONE = "voicekit release build makes one in the workspace, voicekit release push brings it to a store"
_NAMES = "voicekit release list, with --store for one away from here, shows what there is"


def releases(store: Store) -> dict[str, Stat]:
    """What is known of each release's manifest, by id; the one that was made last is last.

    `modified` is when it was made, where the store says so (`built_key`); else when it came to the store.
    """
    found: dict[str, Stat] = {}
    made: dict[str, datetime] = {}
    for stat in store.list(PREFIX):
        if release := release_of(stat.key):
            found[release] = stat
        elif known := built(stat.key):
            made[known[0]] = max(known[1], made.get(*known))
    dated = {release: replace(stat, modified=made.get(release, stat.modified)) for release, stat in found.items()}
    return dict(sorted(dated.items(), key=lambda item: item[1].modified))


def load(store: Store, release: str) -> Manifest:
    """A release's manifest, proved by its name. `AbsentError` when the store has no such release."""
    try:
        data = read(store, manifest_key(release), manifest.LIMIT)
    except AbsentError:
        raise AbsentError(f"{store.name}: there is no release {release[:SHORT]} here; voicekit release list") from None
    if hashlib.sha256(data).hexdigest() != release:
        raise VerificationError(f"{store.name}: {manifest_key(release)} is not the manifest that its name says")
    return manifest.parse(data, f"{store.name}/{manifest_key(release)}")


def check_owner(store: Store, workspace: str) -> None:
    """Refuse a store whose last release is of another workspace: channels and «last» are of one in each."""
    for release in reversed(releases(store)):
        other = load(store, release).workspace
        if other != workspace:
            raise InputError(
                f'{store.name}: has the releases of "{other}", not of "{workspace}"; give each workspace a prefix or a '
                f"bucket of its own"
            )
        return


def find(store: Store, named: str) -> str:
    """The id of the one release that `named` means: the first digits of an id, a channel, or `last` ("" as well)."""
    dated = releases(store)
    found = list(dated)
    if named in ("", LAST):
        if not found:
            raise InputError(f"{store.name}: there is no release here; {_NONE}")
        newest = [release for release in found if dated[release].modified == dated[found[-1]].modified]
        if len(newest) > 1:
            names = " or ".join(release[:SHORT] for release in newest)
            raise InputError(f"{store.name}: the last release may be {names}, which came at one time; name one")
        return found[-1]
    fitting = list(_fitting(store, found, named))
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise InputError(f'"{named}" may be {" or ".join(one[:SHORT] for one in fitting)}; give more digits')
    raise InputError(f'{store.name}: there is no release or channel "{named[:80]}" here; {_NAMES}')


def _fitting(store: Store, found: list[str], named: str) -> Iterator[str]:
    if len(named) >= LEAST:
        yield from (release for release in found if release.startswith(named))
    if channels.good(named) and (channel := channels.read(store, named)):
        yield channel.release
