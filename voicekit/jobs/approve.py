"""Record what people say of sounds: here, or in the file that a proof page gave them."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voicekit import fs
from voicekit.approvals import Answer, Approval
from voicekit.errors import InputError
from voicekit.lock import Key
from voicekit.outcome import Outcome, Verdict
from voicekit.state import Kind, Situation, State

KIND = "voicekit-approvals"
VERSION = 1
LIMIT = 10_000_000  # bytes; 10,000 answers with a sentence each are 3 MB

_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")  # what would move a terminal's cursor, or is no text


@dataclass(frozen=True, slots=True)
class Said:
    """One person's answer on one prompt; `sound` is the hash of what they heard."""

    key: Key
    sound: str
    answer: Answer
    by: str
    note: str


def answer(
    situation: Situation, patterns: Sequence[str], given: Answer, by: str, note: str, now: datetime
) -> Iterator[Outcome]:
    """Record one answer for each chosen prompt's present sound. Call it while holding the workspace.

    Raises `InputError` for a pattern that fits nothing, and without a name.
    """
    if not (name := _folded(by)):
        raise InputError("an answer needs the name of who gives it: add --by NAME")
    chosen = {prompt.key for prompt in situation.catalogue.find(patterns)}
    states = [state for state in situation.states() if state.key in chosen]
    said = [Said(state.key, state.parts.sound if state.parts else "", given, name, _folded(note)) for state in states]
    return _record(situation, said, now)


def from_file(situation: Situation, path: Path, now: datetime | None = None) -> Iterator[Outcome]:
    """Record the answers in an `approvals.json`; of several on one prompt the last counts.

    Call it while holding the workspace. Raises `InputError`, and records nothing, for a file that is not one,
    is of another version or was made for another workspace.
    """
    return _record(situation, _read(path, situation.workspace.name), now or datetime.now(UTC))


def _record(situation: Situation, said: Iterable[Said], now: datetime) -> Iterator[Outcome]:
    """Saved once, at the end, also when that comes early."""
    states = {state.key: state for state in situation.states() if state.prompt}
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    approvals, workspace = situation.approvals, situation.workspace
    before = len(approvals.answers)
    try:
        for one in said:
            decided = _decide(states.get(one.key), one, at)
            if isinstance(decided, Approval):
                approvals.add(decided)
                decided = Outcome(_name(one), Verdict.DONE, one.answer.value, data={"by": one.by, "note": one.note})
            yield decided
    finally:
        if len(approvals.answers) > before:
            approvals.save(workspace.approvals, staging=workspace.staging)


def _decide(state: State | None, said: Said, at: str) -> Approval | Outcome:
    """The line to record, or why there is none."""
    name = _name(said)
    if state is None:
        return Outcome(name, Verdict.FAILED, "unknown-prompt", "no such prompt in the catalogue", "see prompts/")
    if state.parts and state.parts.sound != said.sound:
        detail = "the sound changed since that page was made"
        return Outcome(name, Verdict.REFUSED, "lapsed", detail, "send a new page: voicekit proof")
    if state.kind is Kind.DOUBTFUL and said.answer.good:
        if said.answer is not Answer.ACCEPTED:
            detail = "; ".join(state.entry.doubts.values()) if state.entry else ""
            return Outcome(name, Verdict.REFUSED, "doubtful", detail, "listen to it, then add --accept and --note WHY")
    elif state.kind is not Kind.CURRENT:
        why = f"{state.kind.value} ({', '.join(state.why)})" if state.why else state.kind.value
        return Outcome(name, Verdict.REFUSED, "not-current", f"its sound is {why}", "run voicekit revoice first")
    assert state.entry is not None
    if state.answer and _repeats(said, state.answer):
        return Outcome(name, Verdict.KEPT, "kept", f"{said.answer.value} already by {_folded(state.answer.by)}")
    return Approval(*said.key, said.sound, state.entry.master, said.answer, said.by, at, said.note)


def _repeats(said: Said, known: Approval) -> bool:
    """The same answer is recorded once, whoever gives it; but a new reason for it is news."""
    return known.answer is said.answer and said.note in ("", known.note)


def _read(path: Path, workspace: str) -> list[Said]:
    data = fs.read_bounded(path, LIMIT)
    try:
        file = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({error}); give the file that the proof page downloads") from error
    _check(path, file, workspace)
    said = [_said(path, number, record) for number, record in enumerate(file["answers"], 1)]
    return list({one.key: one for one in said}.values())


def _check(path: Path, file: Any, workspace: str) -> None:
    if not isinstance(file, dict) or KIND not in file:
        raise InputError(f"{path}: no {KIND} in it; give the file that the proof page downloads")
    if file[KIND] != VERSION:
        raise InputError(
            f"{path}: version {file[KIND]!r} is not known to this voicekit (it knows {VERSION}); update it"
        )
    if file.get("workspace") != workspace:
        theirs = f"{file.get('workspace')!r}, and this is {workspace!r}"
        raise InputError(f"{path}: answers for the workspace {theirs}; give the folder of theirs with -C")
    if not isinstance(file.get("answers"), list):
        raise InputError(f"{path}: answers must be a list; give the file as the proof page made it")


def _said(path: Path, number: int, record: Any) -> Said:
    def text(name: str) -> str:
        value = record.get(name) if isinstance(record, dict) else None
        if not isinstance(value, str):
            raise InputError(f"{path}: answer {number}: {name} must be a text, not {value!r}")
        return _folded(value)

    given, by = text("answer"), text("by")
    if given not in set(Answer):
        raise InputError(f"{path}: answer {number}: answer must be {' or '.join(Answer)}, not {given!r}")
    if not by:
        raise InputError(f"{path}: answer {number}: by is empty; enter the name of who gave it")
    return Said((text("language"), text("id")), text("sound"), Answer(given), by, text("note"))


def _folded(text: str) -> str:
    return _UNSEEN.sub(" ", text).strip()


def _name(said: Said) -> str:
    return "/".join(said.key)
