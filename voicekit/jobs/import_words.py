"""Words from a list into the catalogue. Nothing that is there is changed, nothing odd is a reason to stop."""

from collections.abc import Iterator
from pathlib import Path

from voicekit import catalogue
from voicekit.catalogue import Prompt
from voicekit.errors import InputError
from voicekit.outcome import Outcome, Verdict
from voicekit.wordlists import Entry, WordList, kind_of
from voicekit.wordlists.ids import check_id
from voicekit.workspace import Workspace


def apply(workspace: Workspace, path: Path, language: str, into: str, *, dry_run: bool) -> Iterator[Outcome]:
    """Add the entries of a word list to the set `into` (default: the file's name).

    `language` is for entries that name none; default: a language of the workspace that stands in the file's name, as
    in core-sounds-ru.txt. Raises `InputError` for a file that can't be read, or when a language can't be found out.
    """
    words = kind_of(path).read(path)
    language = language or _guessed(workspace, path, words)
    for oddity in words.oddities:
        yield Outcome(f"{path.name}:{oddity.line}", Verdict.SKIPPED, oddity.code, oddity.detail)
    known = workspace.catalogue()
    taken = {(key[0], key[1].lower()): prompt for key, prompt in known.items()}
    fresh: dict[tuple[str, str], Entry] = {}
    for entry in words.entries:
        key = (entry.language or language, entry.id.lower())
        refusal = _refusal(workspace, path, entry, key[0], taken.get(key), fresh.get(key))
        if refusal:
            yield refusal
        else:
            fresh[key] = entry
    yield from _add(workspace, path, list(fresh.values()), language, into, dry_run=dry_run)


def _add(
    workspace: Workspace, path: Path, entries: list[Entry], language: str, into: str, *, dry_run: bool
) -> Iterator[Outcome]:
    stem = path.name.partition(".")[0]
    name = into or ("imported" if check_id(stem) else stem)
    prompts = catalogue.from_entries(entries, workspace.root, name, language)
    for set_file in sorted({prompt.path for prompt in prompts}):
        added = [prompt for prompt in prompts if prompt.path == set_file]
        if not dry_run:
            catalogue.append(set_file, added)
        code, verdict = ("would-import", Verdict.SKIPPED) if dry_run else ("imported", Verdict.DONE)
        where = str(set_file.relative_to(workspace.root))
        yield from (Outcome(f"{p.language}/{p.id}", verdict, code, where) for p in added)


def _refusal(
    workspace: Workspace, path: Path, entry: Entry, language: str, there: Prompt | None, twin: Entry | None
) -> Outcome | None:
    """Why an entry is not taken over; None when it is."""
    subject = f"{path.name}:{entry.line}"
    if reason := check_id(entry.id):
        return Outcome(subject, Verdict.REFUSED, "unsafe-id", f'id "{entry.id}" {reason}', "rename the sound")
    if language not in workspace.languages:
        detail = f'"{entry.id}" is in "{language}", which this workspace does not have'
        return Outcome(subject, Verdict.REFUSED, "unknown-language", detail, "add it to languages in voicekit.toml")
    if there is not None:
        if (there.id, there.text, there.adopted) == (
            entry.id,
            entry.text,
            entry.adopted or entry.text is None,
        ):
            return Outcome(f"{language}/{there.id}", Verdict.KEPT, "kept", "the same in the catalogue")
        detail = f'"{there.id}" has other words in {there.path.relative_to(workspace.root)}'
        return Outcome(subject, Verdict.SKIPPED, "exists", detail, "change it there by hand, if this is better")
    if twin is not None:
        same = twin.text == entry.text
        detail = f'"{entry.id}" stands in line {twin.line} already, with {"the same" if same else "other"} words'
        return Outcome(subject, Verdict.SKIPPED if same else Verdict.REFUSED, "duplicate-entry", detail)
    return None


def _guessed(workspace: Workspace, path: Path, words: WordList) -> str:
    parts = path.name.split(".")[0].replace("-", " ").split()
    found = [language for language in workspace.languages if language in parts]
    if found:
        return found[0]
    if all(entry.language for entry in words.entries):
        return ""
    raise InputError(f"{path}: does not say which language it is; add --language, like --language ru")
