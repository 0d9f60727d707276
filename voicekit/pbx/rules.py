"""What lint finds: a table of codes. docs/lint.md says the same at length, and a test compares the two."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    """What a finding means for callers."""

    ERROR = "error"  # they hear nothing, or noise
    WARNING = "warning"  # they hear less, or something else, than there is
    NOTE = "note"  # they hear it; it could be better


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding: `remedy` is what to do where --fix does nothing; {convert} is the command for it."""

    severity: Severity
    remedy: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one file. `code` is a key of RULES; `mends` says that --fix mends it, with nothing lost."""

    code: str
    detail: str
    mends: bool = False

    @property
    def rule(self) -> Rule:
        return RULES[self.code]


_CONVERT = "{convert}"
_RENAME = "rename it after what it holds, then {convert}"
_AGAIN = "record or export it again"

RULES: Mapping[str, Rule] = MappingProxyType(
    {code: Rule(severity, remedy) for severity, code, remedy in (
        (Severity.ERROR, "unreadable", "give the user that Asterisk runs as a file that it may read"),
        (Severity.ERROR, "empty", _AGAIN),
        (Severity.ERROR, "damaged", _AGAIN),
        (Severity.ERROR, "upper-case-extension", "rename it, if no other file of its name and codec is in use"),
        (Severity.ERROR, "wrong-container", _CONVERT),
        (Severity.ERROR, "riff-in-raw", _RENAME),
        (Severity.ERROR, "header-in-raw", _RENAME),
        (Severity.ERROR, "not-gsm", _RENAME),
        (Severity.ERROR, "wrong-encoding", _CONVERT),
        (Severity.ERROR, "extensible", _CONVERT),
        (Severity.ERROR, "stereo", _CONVERT),
        (Severity.ERROR, "wrong-rate", _CONVERT),
        (Severity.ERROR, "odd-chunk", _CONVERT),
        (Severity.ERROR, "open-header", _CONVERT),
        (Severity.ERROR, "all-cut", _CONVERT),
        (Severity.ERROR, "wav49-layout", _CONVERT),
        (Severity.ERROR, "g726-rate", "make it again from its source as ulaw or alaw"),
        (Severity.WARNING, "cut-short", "copy it again from where it came from, else {convert}"),
        (Severity.WARNING, "chunks-before-data", _CONVERT),
        (Severity.WARNING, "truncated-frame", "make it again from its source"),
        (Severity.WARNING, "wav49", _CONVERT),
        (Severity.WARNING, "sln44", "make it again from its source as sln48"),
        (Severity.WARNING, "same-codec", "keep one of them"),
        (Severity.WARNING, "unsafe-name", "rename it, and what the dialplan calls it"),
        (Severity.WARNING, "silent", "record it again, or take the file away"),
        (Severity.WARNING, "clipping", "record it again with less gain"),
        (Severity.WARNING, "clipped-start", "record it again, or take a longer cut"),
        (Severity.WARNING, "add-on", 'see that `asterisk -rx "core show file formats"` lists it, or {convert}'),
        (Severity.NOTE, "dc", _CONVERT),
        (Severity.NOTE, "level", _CONVERT),
        (Severity.NOTE, "no-fmt", "make it again: other programs can't know its rate"),
        (Severity.NOTE, "unknown-extension", "{convert}, or take it out of the folder"),
    )}
)  # fmt: skip
