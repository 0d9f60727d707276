"""A recording as it is told to people, and to programs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from voicekit.calls.index.moments import local
from voicekit.calls.index.read import SHORT, Index, Known, stamp
from voicekit.outcome import Outcome, Verdict

NO_MORE = "no-more"  # the code of what was erased, or deleted by a rule


def line(known: Known, zone: ZoneInfo) -> str:
    """`2026-11-30 14:05:30  in        89161234567 → 600  queue 700, agent 201  1:05`."""
    if known.began is None:
        return f"archived {local(known.archived, zone)}  nothing more is known: {known.lacking}"
    parties = f"{known.source or '?'} → {known.destination or '?'}"
    taken = ", ".join(f"{kind} {text}" for kind in ("queue", "agent") if (text := getattr(known, kind)))
    parts = (local(known.began, zone), f"{known.direction:<8}", parties, taken, _length(known))
    return "  ".join(part for part in parts if part)


def data(known: Known, zone: ZoneInfo) -> dict[str, Any]:
    """All of it, as plain JSON values; times in UTC, and by the PBX's clock."""
    told = asdict(known) | {"receipt": known.receipt.body, "call": known.call, "archived": stamp(known.archived)}
    if known.began is not None:
        told |= {"began": known.began, "local": local(known.began, zone)}
    return {name: _printable(value) for name, value in told.items() if value not in ("", None, {})}


def _printable(value: Any) -> Any:
    """As it can be written in UTF-8: names of files may be anything."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_printable(name): _printable(one) for name, one in value.items()}
    return [_printable(one) for one in value] if isinstance(value, list | tuple) else value


def _length(known: Known) -> str:
    if known.duration is None:
        return ""
    hours, rest = divmod(known.duration, 3600)
    minutes, seconds = divmod(rest, 60)
    length = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"about {length}" if known.estimated else length


def chosen(index: Index, recordings: Sequence[str]) -> tuple[list[Known], list[Outcome]]:
    """Those that are meant, by their names or the beginnings of them, each once; and an outcome for what is none."""
    found, odd = dict[str, Known](), list[Outcome]()
    for recording in recordings:
        names = index.beginning(recording)
        known = index.known(names[0]) if len(names) == 1 and len(recording) >= SHORT else None
        if known:
            found[known.receipt.recording] = known
        else:
            odd.append(not_one(index, recording, names))
    return list(found.values()), odd


def not_one(index: Index, recording: str, found: Sequence[str]) -> Outcome:
    """Of a name, or a part of one, that is not one recording's."""
    gone = index.beginning(recording, gone=True) if not found and len(recording) >= SHORT else []
    if len(gone) == 1:
        detail = "it was erased, or deleted by a rule"
        return Outcome(recording, Verdict.FAILED, NO_MORE, detail, data={"recording": gone[0]})
    if found or gone:
        return Outcome(recording, Verdict.FAILED, "several", "more than one recording begins so; give more of its name")
    return Outcome(recording, Verdict.FAILED, "unknown", "no ledger has a receipt of this recording")
