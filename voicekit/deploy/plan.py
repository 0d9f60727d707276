"""What would change on a target, and what stands against it. Pure: of a release and a look."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from voicekit import formats
from voicekit.deploy.look import Seen
from voicekit.manifest import File
from voicekit.release.manifest import Manifest

ROOM = 16 << 20  # bytes that stay free on a target


class Change(StrEnum):
    """What becomes of one file. Those of `AGAINST` are in the way."""

    ADD = "add"
    CHANGE = "change"
    ADOPTED = "adopted"  # somebody put there what our sound was made from since: nothing of it is lost
    REMOVE = "remove"
    UNCHANGED = "unchanged"
    LEFT = "left"  # the release has it no more, but somebody changed it: it stays
    HELD = "held"  # an announcement lies there until its time is over
    DRIFT = "drift"  # ours, but somebody put other bytes there
    FOREIGN = "foreign"  # not ours, and lies where a file of ours would
    SIBLING = "sibling"  # the same prompt in another format, which Asterisk may play instead
    BLOCKED = "blocked"  # a link or a folder lies there
    UNAPPROVED = "unapproved"


TAKEN = frozenset({Change.DRIFT, Change.FOREIGN, Change.SIBLING})  # --take-over moves them out of the way
_IDLE = frozenset({Change.UNCHANGED, Change.HELD, Change.LEFT})
AGAINST = TAKEN | {Change.BLOCKED, Change.UNAPPROVED}


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes` by path; `wanted` is what has to be brought; `siblings` are to be moved away, where that is agreed."""

    changes: Mapping[str, Change]
    wanted: tuple[File, ...]
    siblings: tuple[str, ...]

    def against(self, *, take_over: bool) -> dict[str, Change]:
        """What must not be done."""
        stops = AGAINST - TAKEN if take_over else AGAINST
        return {path: change for path, change in self.changes.items() if change in stops}

    @property
    def idle(self) -> bool:
        return all(change in _IDLE for change in self.changes.values())


def plan(manifest: Manifest, seen: Seen, *, approved_only: bool) -> Plan:
    """Compare every file of a release with what lies there."""
    new = {file.path: file for file in manifest.files}
    sources = {file.path: line.origin.get("sha256") for line in manifest.prompts for file in line.files.values()}
    changes = {path: _change(file, seen, sources.get(path)) for path, file in new.items()}
    changes |= dict.fromkeys(_gone(set(new), seen), Change.REMOVE)
    siblings = sorted(_siblings(manifest, changes, seen))
    changes |= dict.fromkeys(siblings, Change.SIBLING)
    changes |= {path: Change.LEFT for path in seen.ours if path not in changes and _drifted(path, seen)}
    if approved_only:
        changes |= dict.fromkeys(_unapproved(manifest), Change.UNAPPROVED)
    brought = {Change.ADD, Change.CHANGE, Change.ADOPTED, *TAKEN}
    if seen.state == "rolling-back":  # apply.sh ends that first: what is as it should be now may not be then
        brought.add(Change.UNCHANGED)
    wanted = tuple(new[path] for path in sorted(new) if changes[path] in brought)
    return Plan(dict(sorted(changes.items())), wanted, tuple(siblings))


def _change(file: File, seen: Seen, source: str | None) -> Change:
    """`source` is the hash of the file that its Master was made from, where it came as one."""
    if file.path in seen.on:
        return Change.HELD
    if file.path in seen.others:
        return Change.BLOCKED
    ours = seen.ours.get(file.path, frozenset())
    known: dict[str | None, Change] = {source: Change.ADOPTED}
    for sha256 in ours:
        known[sha256] = Change.CHANGE
    known |= {file.sha256: Change.UNCHANGED, None: Change.ADD}
    return known.get(seen.hashes.get(file.path)) or (Change.DRIFT if ours else Change.FOREIGN)


def _gone(new: set[str], seen: Seen) -> Iterator[str]:
    """What the release before had brought, and nobody changed since."""
    for path, hashes in seen.ours.items():
        if path not in new and path not in seen.on and seen.hashes.get(path) in hashes:
            yield path


def _drifted(path: str, seen: Seen) -> bool:
    there = seen.hashes.get(path)
    return there is not None and there not in seen.ours[path] and path not in seen.on


def _siblings(manifest: Manifest, changes: Mapping[str, Change], seen: Seen) -> Iterator[str]:
    """Files that stay beside those of a prompt."""
    stems = {_stem(file.path) for line in manifest.prompts for file in line.files.values()}
    return (path for path in _beside(stems, seen) if path not in changes)


def _beside(stems: Container[str], seen: Seen) -> Iterator[str]:
    """All that has one of these names, in a format that Asterisk knows: which one it plays, depends on more than
    anybody can see (facts, "which file it picks").
    """
    for path in seen.files | seen.others:
        if _stem(path) in stems and _heard(path) and path not in seen.on:
            yield path


def _heard(path: str) -> bool:
    return formats.by_extension(path.rpartition(".")[2]) is not None


def _stem(path: str) -> str:
    return path.rpartition(".")[0]


def _unapproved(manifest: Manifest) -> Iterator[str]:
    for line in manifest.prompts:
        if line.approval is None:
            yield from (file.path for file in line.files.values())


def drift(seen: Seen) -> dict[str, str]:
    """What is other than we left it, by path: `changed`, `missing`, or a `sibling` that others put beside a file."""
    stems = {_stem(path) for path in seen.ours if _heard(path)}
    found = {path: "sibling" for path in _beside(stems, seen) if path not in seen.ours}
    for path, hashes in seen.ours.items():
        there = seen.hashes.get(path)
        if path not in seen.on and there not in hashes:
            found[path] = "missing" if there is None else "changed"
    return dict(sorted(found.items()))
