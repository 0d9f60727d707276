"""`voicekit.lock`: which Master each prompt has, what it was made from, and where it came from."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from voicekit import jsonl

KIND = "voicekit.lock"
VERSION = 1

Key = tuple[str, str]  # (language, id)


def digest(*parts: str) -> str:
    """16 hex digits that stand for these texts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Parts(NamedTuple):
    """Digests of all that a prompt's sound depends on: the reasons why it can be stale."""

    words: str
    lexicon: str
    voice: str
    settings: str
    finish: str

    @property
    def speech(self) -> str:
        """The speech hash: another one means speak again."""
        return digest(self.words, self.lexicon, self.voice, self.settings)

    @property
    def sound(self) -> str:
        """The sound hash: another one means finish again."""
        return digest(self.speech, self.finish)

    def differing(self, other: "Parts") -> tuple[str, ...]:
        """Names of the parts that are not the same."""
        if self == other:  # 10,000 prompts of which none changed
            return ()
        return tuple(name for name, mine, its in zip(self._fields, self, other, strict=True) if mine != its)


@dataclass(frozen=True, slots=True)
class Entry:
    """One prompt's line.

    `spoken` is what the engine got. `origin` is provenance and enters no hash: engine, its version and speaker,
    or the adopted file. `seconds` and `level` (ITU-T P.56, dBov; None where there is no speech) are of the
    finished sound. `checks` is what the gate found (`gate.Gate.checks`).
    """

    language: str
    id: str
    master: str
    parts: Parts
    spoken: str
    origin: Mapping[str, str]
    seconds: float
    level: float | None
    checks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return self.language, self.id

    @property
    def doubts(self) -> Mapping[str, str]:
        """Why somebody has to listen before anybody else does, by kind: `voice`, `words`."""
        doubts: Mapping[str, str] = self.checks.get("doubts", {})
        return doubts


class Lock:
    """All entries of a workspace. Written whole, sorted, without a clock: the same state is the same bytes."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: dict[Key, Entry] = {entry.key: entry for entry in entries}

    @classmethod
    def load(cls, path: Path) -> "Lock":
        """Read a lock file; an absent one is empty."""
        return cls(jsonl.read(path, KIND, VERSION, _entry))

    def save(self, path: Path, *, staging: Path) -> None:
        records = (_record(self.entries[key]) for key in sorted(self.entries))
        jsonl.write(path, KIND, VERSION, records, staging=staging)


def _record(entry: Entry) -> dict[str, Any]:
    """`speech` and `sound` are for whoever reads the file; only the parts are read back."""
    return {
        "language": entry.language,
        "id": entry.id,
        "master": entry.master,
        "speech": entry.parts.speech,
        "sound": entry.parts.sound,
        "parts": entry.parts._asdict(),
        "spoken": entry.spoken,
        "origin": dict(entry.origin),
        "seconds": entry.seconds,
        "level": entry.level,
        "checks": dict(entry.checks),
    }


def _entry(record: Mapping[str, Any]) -> Entry:
    return Entry(
        language=record["language"],
        id=record["id"],
        master=record["master"],
        parts=Parts(**record["parts"]),
        spoken=record["spoken"],
        origin=record["origin"],
        seconds=record["seconds"],
        level=record["level"],
        checks=record.get("checks", {}),
    )
