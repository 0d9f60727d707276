"""What `voicekit store check` saw stores enforce, kept in a workspace's cache: by address, with the day."""

import json
from pathlib import Path
from typing import Any

from voicekit import fs
from voicekit.stores import Cap, Caps

_LIMIT = 1 << 20


def caps(path: Path, address: str) -> Caps:
    """What this store enforces; nothing where it was never checked, or the file is damaged."""
    seen = _load(path).get(address, {})
    return frozenset(cap for cap in Cap if cap.value in seen.get("enforces", ()))


def checked(path: Path, address: str) -> str:
    """The day (ISO 8601) on which it was checked; "" if never."""
    return str(_load(path).get(address, {}).get("checked", ""))


def save(path: Path, address: str, enforced: Caps, day: str) -> None:
    """Remember what was seen."""
    known = _load(path) | {address: {"checked": day, "enforces": sorted(enforced)}}
    fs.write(path, json.dumps(known, indent=1, sort_keys=True).encode(), durable=False)


def _load(path: Path) -> dict[str, dict[str, Any]]:
    try:
        known = json.loads(fs.read_bounded(path, _LIMIT)) if path.exists() else {}
    except ValueError:
        return {}
    good = isinstance(known, dict) and all(isinstance(one, dict) for one in known.values())
    return known if good else {}
