"""Which releases were pushed from here with their Masters: so `status` knows, without asking a store, what is safe."""

import json
from collections.abc import Iterator

from voicekit import fs
from voicekit.errors import VoicekitError
from voicekit.release import shelf, stock
from voicekit.workspace import Workspace

_LIMIT = 1 << 20
_MOST = 50  # releases that are remembered, the newest: their Masters are nearly all that there are


def note(workspace: Workspace, release: str) -> None:
    """Remember that all of a release of the shelf is in a store."""
    known = [one for one in _known(workspace) if one != release]
    fs.write(workspace.pushed, json.dumps([*known, release][-_MOST:]).encode(), durable=False)


def masters(workspace: Workspace) -> Iterator[str]:
    """Hashes of the Masters that were pushed, each as often as a release names it."""
    known = _known(workspace)
    here = stock.releases(shelf.of(workspace)) if known else {}
    for release in known:
        if release in here:
            try:
                yield from stock.load(shelf.of(workspace), release).masters
            except VoicekitError:  # damaged here: then nobody knows what it named
                continue


def _known(workspace: Workspace) -> list[str]:
    try:
        known = json.loads(fs.read_bounded(workspace.pushed, _LIMIT)) if workspace.pushed.exists() else []
    except ValueError:
        return []
    return [one for one in known if isinstance(one, str)] if isinstance(known, list) else []
