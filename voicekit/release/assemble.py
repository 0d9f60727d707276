"""A release of a workspace as it is now: which prompts are fit for it, and what the manifest says of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voicekit import build, manifest, threads
from voicekit.approvals import Answer
from voicekit.catalogue import Prompt
from voicekit.errors import InputError
from voicekit.manifest import Built, File
from voicekit.outcome import Outcome, Verdict
from voicekit.release import textlist
from voicekit.release.manifest import Consent, Line, Manifest, Speech, written
from voicekit.state import ADOPTED, Kind, Situation, State
from voicekit.stores import Body
from voicekit.workspace import Workspace

if TYPE_CHECKING:
    from voicekit.lock import Key

_UNSPOKEN = (Kind.MISSING, Kind.STALE)
_REVOICE = "run voicekit revoice"


@dataclass(frozen=True, slots=True)
class Plan:
    """A release that can be put anywhere: `bodies` are the bytes of each blob; None where there is nothing to release.

    `left_out` says which prompts are not in it, and why.
    """

    manifest: Manifest | None
    bodies: Mapping[str, Body]
    left_out: Sequence[Outcome]


def plan(situation: Situation) -> Plan:
    """Hash every built file: one whose bytes are not those that were built is in no release."""
    states = [state for state in situation.states() if state.prompt]
    built = manifest.load(situation.workspace.manifest)
    fit: list[tuple[State, Built]] = []
    left_out = []
    for state in states:
        line = built.get(state.key)
        reason = _unfit(situation, state, line)
        if reason:
            left_out.append(reason)
        elif line:
            fit.append((state, line))
    bodies = _read(situation.workspace.sounds, [line for _, line in fit])
    whole = []
    for state, line in fit:
        reason = _altered(state, line, bodies)
        if reason:
            left_out.append(reason)
        else:
            whole.append((state, line))
    if not whole:
        return Plan(None, {}, left_out)
    return _planned(situation, whole, bodies, left_out)


def changed(workspace: Workspace, made: Manifest) -> tuple[str, ...]:
    """The names of prompts that a release made now would have otherwise, or would have once they are spoken.

    Nothing is read but what the workspace says of its sounds: a file that somebody altered is not noticed. Nor is
    anything, where the workspace is not in order: what is released can be deployed all the same.
    """
    try:
        situation = Situation.read(workspace)
    except InputError:
        return ()
    built = manifest.load(workspace.manifest)
    before = {line.key: line for line in made.prompts}
    now: dict[Key, Line] = {}
    unspoken: set[Key] = set()
    for state in situation.states():
        line = built.get(state.key)
        if state.prompt and line and not _unfit(situation, state, line):
            now[state.key] = _line(situation, state, line)
        elif state.kind in _UNSPOKEN and state.parts:
            unspoken.add(state.key)
    differing = {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
    return tuple(sorted("/".join(key) for key in differing | unspoken))


def _planned(
    situation: Situation, whole: list[tuple[State, Built]], bodies: Mapping[str, Body], left_out: list[Outcome]
) -> Plan:
    texts = _lists([state for state, _ in whole])
    lists = {language: File(textlist.path_of(language), body.size, body.sha256) for language, body in texts.items()}
    made = written(situation.workspace.name, lists, [_line(situation, *one) for one in whole])
    by_hash = {body.sha256: body for body in [*bodies.values(), *texts.values()]}
    return Plan(made, {sha256: by_hash[sha256] for sha256 in made.blobs}, left_out)


def _unfit(situation: Situation, state: State, built: Built | None) -> Outcome | None:
    """Why a prompt can't be released as it is."""
    if state.kind is Kind.NO_WORDS:
        return Outcome(state.name, Verdict.SKIPPED, state.kind.value, "there is nothing to hear")
    if state.kind is not Kind.CURRENT:
        return _refused(state, state.kind.value, ", ".join(state.why), "voicekit status says what to do")
    if state.answer and state.answer.answer is Answer.REJECTED:
        return _refused(state, "rejected", f"by {state.answer.by}: {state.answer.note}", "change it, or approve it")
    present = {file.path: file.bytes for file in built.files.values()} if built else {}
    if build.lacking(state, situation.workspace.formats, built, present):
        return _refused(state, "not-built", "a file of it is not built as it is now", _REVOICE)
    return None


def _refused(state: State, code: str, detail: str, remedy: str) -> Outcome:
    return Outcome(state.name, Verdict.REFUSED, code, detail, remedy)


def _read(sounds: Path, lines: Sequence[Built]) -> dict[str, Body]:
    """The built files as they are on disk now, by path; those that can't be read are not in it."""
    paths = [file.path for line in lines for file in line.files.values()]
    read = threads.each(lambda path: _body(sounds / path), paths, threads=4)
    return {path: body for path, body in read if isinstance(body, Body)}


def _body(path: Path) -> Body:
    if path.is_symlink() or not path.is_file():
        raise InputError(f"{path}: not a regular file")
    return Body.of_file(path)


def _altered(state: State, built: Built, bodies: Mapping[str, Body]) -> Outcome | None:
    for file in built.files.values():
        body = bodies.get(file.path)
        if body is None:
            return _refused(state, "not-built", f"build/sounds/{file.path} is missing", _REVOICE)
        if (body.sha256, body.size) != (file.sha256, file.bytes):
            remedy = f"delete build/sounds/{file.path}, then {_REVOICE}"
            return _refused(state, "altered", f"build/sounds/{file.path} is not what was built", remedy)
    return None


def _lists(states: Sequence[State]) -> dict[str, Body]:
    """A text list for each language of which words are known."""
    lists = {}
    for language in sorted({state.key[0] for state in states}):
        words = [(s.key, s.prompt.words or "") for s in states if s.prompt and s.key[0] == language]
        data = textlist.data(words)
        if data:
            lists[language] = Body.of(data)
    return lists


def _line(situation: Situation, state: State, built: Built) -> Line:
    assert state.entry is not None
    assert state.prompt is not None
    wanted = {row.name for row in situation.workspace.formats}
    return Line(
        language=state.key[0],
        id=state.key[1],
        text=state.prompt.words,
        speech=_speech(situation, state.prompt),
        seconds=float(state.entry.seconds),
        level=None if state.entry.level is None else float(state.entry.level),
        origin=state.entry.origin,
        approval=_consent(state),
        master=state.entry.master,
        files={name: file for name, file in built.files.items() if name in wanted},
    )


def _consent(state: State) -> Consent | None:
    answer = state.answer
    if answer is None or not answer.answer.good:
        return None
    return Consent(answer.by, answer.at, answer.answer is Answer.ACCEPTED, answer.note)


def _speech(situation: Situation, prompt: Prompt) -> Speech:
    """Of a composed prompt that of its pieces, if it is the same in all."""
    kinds = set(_kinds(situation, prompt))
    return kinds.pop() if len(kinds) == 1 else Speech.MIXED if kinds else Speech.UNKNOWN


def _kinds(situation: Situation, prompt: Prompt) -> Iterator[Speech]:
    pieces = [piece for piece in prompt.pieces if isinstance(piece, Prompt)] if prompt.parts else [prompt]
    for piece in pieces:
        entry = situation.lock.entries.get(piece.key)
        kind = entry.origin.get("kind", "engine") if entry else ADOPTED
        yield {"engine": Speech.SYNTHETIC, "take": Speech.HUMAN}.get(kind, Speech.UNKNOWN)
