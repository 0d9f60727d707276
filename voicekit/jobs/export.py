"""The catalogue's words as a list for others: Asterisk's own kind, CSV or XLSX."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from voicekit import catalogue
from voicekit.errors import InputError
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.wordlists import kind_of
from voicekit.workspace import Workspace


def apply(workspace: Workspace, target: Path, patterns: Sequence[str], language: str) -> Iterator[Outcome]:
    """Write the chosen prompts to `target`; its ending says the kind.

    Raises `InputError` where the kind can't carry them: Asterisk's list holds one language.
    """
    kind = kind_of(target)
    if language and language not in workspace.languages:
        raise InputError(f'"{language}" is no language of this workspace ({", ".join(workspace.languages)})')
    prompts = workspace.catalogue().find(patterns, language or None)
    languages = {prompt.language for prompt in prompts}
    if ".txt" in target.suffixes and len(languages) > 1:
        raise InputError(
            f"{target}: Asterisk's list holds one language; add --language ({', '.join(sorted(languages))})"
        )
    kind.write(target, catalogue.to_entries(prompts))
    yield Outcome(str(target), Verdict.DONE, "exported", counted(len(prompts), "prompt"))
