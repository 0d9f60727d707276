"""`approvals.jsonl`: who said yes or no to which sound. Append-only in meaning; written only by approve and reject."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from voicekit import jsonl
from voicekit.lock import Key

KIND = "approvals"
VERSION = 1


class Answer(StrEnum):
    """What was said of a sound."""

    APPROVED = "approved"
    ACCEPTED = "accepted"  # in spite of the gate's doubts; `note` says why
    REJECTED = "rejected"

    @property
    def good(self) -> bool:
        return self is not Answer.REJECTED


@dataclass(frozen=True, slots=True)
class Approval:
    """One answer, bound to a sound hash: when the sound changes, it no longer counts.

    `master` is the Master behind that sound (so that a proof can play what was approved before), `at` UTC, ISO 8601.
    """

    language: str
    id: str
    sound: str
    master: str
    answer: Answer
    by: str
    at: str
    note: str = ""

    @property
    def key(self) -> Key:
        return self.language, self.id


class Approvals:
    """All answers in the order in which they were given; the last one for a sound counts."""

    def __init__(self, answers: Iterable[Approval] = ()) -> None:
        self.answers: list[Approval] = []
        self._latest: dict[tuple[Key, str], Approval] = {}
        for answer in answers:
            self.add(answer)

    @classmethod
    def load(cls, path: Path) -> "Approvals":
        return cls(jsonl.read(path, KIND, VERSION, _approval))

    def save(self, path: Path, *, staging: Path) -> None:
        jsonl.write(path, KIND, VERSION, map(asdict, self.answers), staging=staging)

    def add(self, answer: Approval) -> None:
        self.answers.append(answer)
        self._latest[answer.key, answer.sound] = answer

    def of(self, key: Key, sound: str) -> Approval | None:
        """What was last said of this very sound."""
        return self._latest.get((key, sound))

    def last_approved(self, key: Key) -> Approval | None:
        """The newest sound of this prompt that was approved, whatever came later."""
        return next((a for a in reversed(self.answers) if a.key == key and a.answer.good), None)

    def accepts(self, key: Key, master: str) -> bool:
        """Whether the last word on this Master is that it may be heard in spite of the gate's doubts."""
        said = (a.answer for a in reversed(self.answers) if a.key == key and a.master == master)
        return next(said, None) is Answer.ACCEPTED


def _approval(record: Mapping[str, Any]) -> Approval:
    return Approval(**{**record, "answer": Answer(record["answer"])})
