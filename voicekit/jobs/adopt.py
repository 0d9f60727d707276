"""A folder of sounds that exist into the catalogue: *adopted* prompts, deployable, never spoken over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from voicekit import catalogue, fs, parallel, state
from voicekit.audio.read import open_sound
from voicekit.catalogue import Prompt
from voicekit.errors import InputError, VoicekitError
from voicekit.formats import by_extension
from voicekit.lock import Entry, Lock
from voicekit.outcome import Outcome, Verdict
from voicekit.wordlists import kind_of
from voicekit.wordlists.ids import check_id
from voicekit.workspace import Workspace

LIMIT = 300.0  # seconds a file
_OTHERS = {"flac": 48000, "m4a": 44100}  # what people have beside Asterisk's own kinds, and how wide that is
_PACKED = {"ogg", "mp3", "opus"}  # that Asterisk decodes to linear


@dataclass(frozen=True, slots=True)
class _Found:
    """The best file of one prompt, its words if a list beside it has them, and the prompt if the catalogue has it."""

    id: str
    path: Path
    text: str | None
    prompt: Prompt | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    master: str
    sha256: str


def apply(workspace: Workspace, folder: Path, language: str, into: str, *, dry_run: bool) -> Iterator[Outcome]:
    """Adopt every sound below `folder`; of several files of one prompt the best: lossless first, then the widest.

    Words come from the word lists (*.txt) in `folder`, as Asterisk itself reads them. `language` defaults to the name
    of `folder`, or of the nearest folder above it that is one: then ids are paths from there (`ru/custom/x.wav`).
    Prompts that the catalogue has are left alone, but adopted ones without a sound get it. Raises `InputError` for an
    unknown language.
    """
    language, prefix = (language, "") if language else _place(workspace, folder)
    if language not in workspace.languages:
        raise InputError(f'"{language}" is no language of this workspace ({", ".join(workspace.languages)})')
    known = {key[1].lower(): prompt for key, prompt in workspace.catalogue().items() if key[0] == language}
    entries = Lock.load(workspace.lock).entries
    sounding = {key for key, entry in entries.items() if entry.origin.get("kind") == state.ADOPTED}
    fresh: list[_Found] = []
    for found in _sounds(folder, prefix):
        there = known.get(found.id.lower())
        outcome = _refusal(found, there, language, sounding=there is not None and there.key in sounding)
        if outcome:
            yield outcome
        elif dry_run:
            yield Outcome(f"{language}/{found.id}", Verdict.SKIPPED, "would-adopt", str(found.path))
        else:
            fresh.append(replace(found, prompt=there))
    yield from _adopt(workspace, fresh, language, into or "adopted")


def _adopt(workspace: Workspace, fresh: Sequence[_Found], language: str, name: str) -> Iterator[Outcome]:
    """Masters first, then the lock, then the catalogue: killed in between, the next run does the rest."""
    path = catalogue.set_path(workspace.root, language, name)
    lock = Lock.load(workspace.lock)
    added: dict[str, Prompt] = {}
    done: list[Outcome] = []
    for found, kept in _keep_all(workspace, fresh):
        if isinstance(kept, Outcome):
            yield kept
            continue
        prompt = found.prompt
        if prompt is None:
            prompt = added[found.id] = Prompt(found.id, language, found.text, True, "", name, path)
        origin = {"kind": state.ADOPTED, "file": found.path.name, "sha256": kept.sha256}
        parts = state.adopted_parts(kept.master, "")
        lock.entries[prompt.key] = Entry(*prompt.key, kept.master, parts, "", origin, 0.0, None)
        detail = f"{found.path}, words {'known' if prompt.text else 'unknown'}"
        data = {"master": kept.master}
        done.append(Outcome(f"{language}/{prompt.id}", Verdict.DONE, "adopted", detail, data=data))
    if done:
        lock.save(workspace.lock, staging=workspace.staging)
    if added:
        catalogue.append(path, [added[id_] for id_ in sorted(added)])
    yield from done


def _keep_all(workspace: Workspace, fresh: Sequence[_Found]) -> Iterator[tuple[_Found, _Kept | Outcome]]:
    def keep(found: _Found) -> _Kept | str:
        try:
            return _Kept(workspace.masters.keep(open_sound(found.path)), fs.sha256(found.path))
        except VoicekitError as error:
            return str(error).removeprefix(f"{found.path}: ")

    for found, kept in parallel.each(keep, fresh, workers=parallel.processors(), limit=LIMIT):
        if isinstance(kept, _Kept):
            yield found, kept
        else:
            detail = kept if isinstance(kept, str) else kept.detail
            yield found, Outcome(str(found.path), Verdict.FAILED, "not-adopted", detail)


def _place(workspace: Workspace, folder: Path) -> tuple[str, str]:
    """The language that a folder's path names, and the ids' beginning: ("ru", "custom/") for sounds/ru/custom."""
    inner: list[str] = []
    for above in (folder.absolute(), *folder.absolute().parents):
        if above.name in workspace.languages:
            return above.name, "".join(f"{name}/" for name in reversed(inner))
        inner.append(above.name)
    raise InputError(f"{folder}: its path names no language of this workspace; add --language, like --language ru")


def _sounds(folder: Path, prefix: str) -> Iterator[_Found]:
    """One find an id, sorted by id."""
    words = _words(folder)
    best: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        extension = path.suffix[1:]
        if path.is_file() and (by_extension(extension) or extension in _OTHERS):
            name = prefix + path.relative_to(folder).with_suffix("").as_posix()
            if name not in best or _worth(path) > _worth(best[name]):
                best[name] = path
    for name, path in sorted(best.items()):
        yield _Found(name, path, words.get(name.removeprefix(prefix)) or words.get(name))


def _words(folder: Path) -> dict[str, str]:
    lists = sorted([*folder.glob("*.txt"), *folder.glob("*.txt.gz")])
    entries = [entry for path in lists for entry in kind_of(path).read(path).entries]
    return {entry.id: entry.text for entry in reversed(entries) if entry.text}


def _worth(path: Path) -> tuple[bool, bool, int]:
    """How good a source a file is by its name: one that can be read, lossless, wide; of equals the first one stays."""
    row = by_extension(path.suffix[1:])
    if row is None:
        return True, path.suffix == ".flac", _OTHERS[path.suffix[1:]]
    return row.readable, row.codec.startswith("slin") and row.name not in _PACKED, row.rate


def _refusal(found: _Found, there: Prompt | None, language: str, *, sounding: bool) -> Outcome | None:
    if reason := check_id(found.id):
        return Outcome(str(found.path), Verdict.REFUSED, "unsafe-id", f'id "{found.id}" {reason}', "rename the file")
    if there is None:
        return None
    if there.adopted:
        return Outcome(f"{language}/{there.id}", Verdict.KEPT, "kept", "adopted before") if sounding else None
    detail = f'"{there.id}" is a spoken prompt of {there.path.name}'
    return Outcome(str(found.path), Verdict.SKIPPED, "exists", detail, "take it out there to adopt this sound")
