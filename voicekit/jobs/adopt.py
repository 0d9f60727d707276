"""A folder of sounds that exist into the catalogue: *adopted* prompts, deployable, never spoken over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicekit import catalogue, fs, parallel, recordings, state
from voicekit.audio.read import open_sound
from voicekit.catalogue import Prompt
from voicekit.errors import VoicekitError
from voicekit.lock import Entry, Lock
from voicekit.outcome import Outcome, Verdict
from voicekit.recordings import Recording
from voicekit.wordlists import kind_of
from voicekit.wordlists.ids import check_id
from voicekit.workspace import Workspace

LIMIT = 300.0  # seconds a file


@dataclass(frozen=True, slots=True)
class _Kept:
    master: str
    sha256: str


def apply(
    workspace: Workspace, folder: Path, language: str, into: str, *, dry_run: bool, spoken: bool = False
) -> Iterator[Outcome]:
    """Adopt every sound below `folder`; of several files of one prompt the best: lossless first, then the widest.

    Words come from the word lists (*.txt) in `folder`, as Asterisk itself reads them. `language` defaults to the name
    of `folder`, or of the nearest folder above it that is one: then ids are paths from there (`ru/custom/x.wav`).
    Prompts that the catalogue has are left alone, but adopted ones without a sound get it; with `spoken`, those whose
    words an engine speaks become adopted ones, and adopted ones get this sound. Raises `InputError` for an unknown
    language.
    """
    language, prefix = recordings.place(workspace, folder, language)
    known = {key[1].lower(): prompt for key, prompt in workspace.catalogue().items() if key[0] == language}
    entries = Lock.load(workspace.lock).entries
    sounding = {key for key, entry in entries.items() if entry.origin.get("kind") == state.ADOPTED}
    words = _words(folder)
    fresh: list[tuple[Recording, Prompt]] = []
    for found in recordings.find(folder, prefix):
        there = known.get(found.id.lower())
        outcome = _refusal(found, there, language, sounding=there is not None and there.key in sounding, spoken=spoken)
        if outcome:
            yield outcome
        elif dry_run:
            yield Outcome(f"{language}/{found.id}", Verdict.SKIPPED, "would-adopt", str(found.path))
        else:
            text = words.get(found.id.removeprefix(prefix)) or words.get(found.id)
            name = into or "adopted"
            path = catalogue.set_path(workspace.root, language, name)
            fresh.append((found, there or Prompt(found.id, language, text, True, "", name, path)))
    yield from _adopt(workspace, fresh)


def _adopt(workspace: Workspace, fresh: Sequence[tuple[Recording, Prompt]]) -> Iterator[Outcome]:
    """Masters first, then the lock, then the catalogue: killed in between, the next run does the rest."""
    lock, known = Lock.load(workspace.lock), workspace.catalogue()
    added: dict[str, Prompt] = {}
    done: list[Outcome] = []
    over: list[tuple[Recording, Prompt]] = []
    for (found, prompt), kept in _keep_all(workspace, fresh):
        if isinstance(kept, Outcome):
            yield kept
            continue
        if prompt.key not in known:
            added[prompt.id] = prompt
        elif not prompt.adopted:
            over.append((found, prompt))
        origin = {"kind": state.ADOPTED, "file": found.path.name, "sha256": kept.sha256}
        parts = state.adopted_parts(kept.master, "")
        lock.entries[prompt.key] = Entry(*prompt.key, kept.master, parts, "", origin, 0.0, None)
        left = f"; not {', '.join(path.name for path in found.others)}" if found.others else ""
        detail = f"{found.path}{left}, words {'known' if prompt.text else 'unknown'}"
        data = {"master": kept.master}
        done.append(Outcome(f"{prompt.language}/{prompt.id}", Verdict.DONE, "adopted", detail, data=data))
    if done:
        lock.save(workspace.lock, staging=workspace.staging)
    for path in {prompt.path for _, prompt in over}:
        catalogue.mark_adopted(path, [prompt.id for _, prompt in over if prompt.path == path])
    if added:
        catalogue.append(next(iter(added.values())).path, [added[id_] for id_ in sorted(added)])
    yield from done


def _keep_all(
    workspace: Workspace, fresh: Sequence[tuple[Recording, Prompt]]
) -> Iterator[tuple[tuple[Recording, Prompt], _Kept | Outcome]]:
    def keep(pair: tuple[Recording, Prompt]) -> _Kept | str:
        found = pair[0]
        try:
            return _Kept(workspace.masters.keep(open_sound(found.path)), fs.sha256(found.path))
        except VoicekitError as error:
            return str(error).removeprefix(f"{found.path}: ")

    for pair, kept in parallel.each(keep, fresh, workers=parallel.processors(), limit=LIMIT):
        if isinstance(kept, _Kept):
            yield pair, kept
        else:
            detail = kept if isinstance(kept, str) else kept.detail
            yield pair, Outcome(str(pair[0].path), Verdict.FAILED, "not-adopted", detail)


def _words(folder: Path) -> dict[str, str]:
    lists = sorted([*folder.glob("*.txt"), *folder.glob("*.txt.gz")])
    entries = [entry for path in lists for entry in kind_of(path).read(path).entries]
    return {entry.id: entry.text for entry in reversed(entries) if entry.text}


def _refusal(found: Recording, there: Prompt | None, language: str, *, sounding: bool, spoken: bool) -> Outcome | None:
    if reason := check_id(found.id):
        return Outcome(str(found.path), Verdict.REFUSED, "unsafe-id", f'id "{found.id}" {reason}', "rename the file")
    if there is None or (spoken and not there.parts):
        return None
    if there.adopted:
        return Outcome(f"{language}/{there.id}", Verdict.KEPT, "kept", "adopted before") if sounding else None
    if there.parts:
        return Outcome(str(found.path), Verdict.SKIPPED, "exists", f'"{there.id}" is composed of others', "adopt those")
    detail = f'"{there.id}" is a spoken prompt of {there.path.name}'
    return Outcome(str(found.path), Verdict.SKIPPED, "exists", detail, "take it out there to adopt this sound")
