"""The only thing that jobs yield."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What became of one subject."""

    DONE = "done"
    KEPT = "kept"  # already as it should be
    SKIPPED = "skipped"  # deliberately not done
    FAILED = "failed"  # tried, and it did not work
    REFUSED = "refused"  # not tried: it would be wrong


def counted(number: int, what: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one subject.

    `code` is stable: scripts may depend on it. `detail` says what and where, `remedy` what to do next;
    both are for people. `data` holds plain JSON values.
    """

    subject: str
    verdict: Verdict
    code: str
    detail: str = ""
    remedy: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bad(self) -> bool:
        return self.verdict in (Verdict.FAILED, Verdict.REFUSED)

    def as_json(self) -> str:
        """One line of JSON; empty fields are left out."""
        record = {
            "subject": self.subject,
            "verdict": self.verdict.value,
            "code": self.code,
            "detail": self.detail,
            "remedy": self.remedy,
            "data": dict(self.data),
        }
        return json.dumps({k: v for k, v in record.items() if v not in ("", {})}, ensure_ascii=False)
