"""What is odd about the words of the catalogue, before anybody hears them."""

import math
from collections.abc import Iterator, Mapping, Sequence

from voicekit import toml, voices
from voicekit.catalogue import Prompt
from voicekit.lock import Lock, digest
from voicekit.outcome import Outcome, Verdict
from voicekit.pieces import Pause
from voicekit.text.lexicon import Lexicon
from voicekit.wording import Finding, Found, alone, beside, spelling
from voicekit.workspace import Workspace


def apply(workspace: Workspace, patterns: Sequence[str]) -> Iterator[Outcome]:
    """One outcome a finding, file by file, and one for each prompt in which nothing was found.

    The chosen prompts are compared with all. Nothing is written.
    """
    catalogue = workspace.catalogue()
    chosen = catalogue.find(patterns)
    lexicon = voices.load(workspace.voice).lexicon
    lacks = {language: spelling.missing(language) for language in sorted({prompt.language for prompt in chosen})}
    wanted = {prompt.key for prompt in chosen}
    found = [*_each(chosen, lexicon, Lock.load(workspace.lock)), *_spelling(chosen, lexicon, lacks)]
    found += [(prompt, finding) for prompt, finding in beside.findings(catalogue) if prompt.key in wanted]
    yield from _outcomes(workspace, chosen, found)
    for language in filter(lacks.get, lacks):
        remedy = f"apt-get install {lacks[language]}"
        yield Outcome(language, Verdict.SKIPPED, "spelling-not-checked", "no hunspell or no dictionary", remedy)


def _each(prompts: Sequence[Prompt], lexicon: Lexicon, lock: Lock) -> Found:
    for prompt in prompts:
        yield from ((prompt, finding) for finding in alone.findings(prompt, lexicon))
        spoken = _seconds(prompt, lock)
        if spoken > alone.LONGEST:
            yield prompt, Finding("too-long", f"about {math.ceil(spoken)} s")


def _seconds(prompt: Prompt, lock: Lock) -> float:
    """As long as its sound is, if that says these words; else about as long as it takes to say them."""
    if prompt.parts:
        return sum(piece.seconds if isinstance(piece, Pause) else _seconds(piece, lock) for piece in prompt.pieces)
    entry = lock.entries.get(prompt.key)
    if entry and entry.seconds and (prompt.adopted or entry.parts.words == digest(prompt.speech)):
        return entry.seconds  # 0 until an adopted one is finished
    return alone.seconds(prompt.speech, prompt.language)


def _spelling(prompts: Sequence[Prompt], lexicon: Lexicon, lacks: Mapping[str, str]) -> Found:
    """Of the languages that lack nothing for it."""
    for language in (language for language in lacks if not lacks[language]):
        theirs = [prompt for prompt in prompts if prompt.language == language]
        yield from spelling.findings(theirs, language, lexicon)


def _outcomes(
    workspace: Workspace, prompts: Sequence[Prompt], found: Sequence[tuple[Prompt, Finding]]
) -> Iterator[Outcome]:
    """The findings as they stand in the files, so that each file is read once; then the good prompts."""
    documents = {path: toml.read(path) for path in {prompt.path for prompt, _ in found}}
    placed = [(prompt.path, _line(documents[prompt.path], prompt), prompt, finding) for prompt, finding in found]
    for path, line, prompt, finding in sorted(placed, key=lambda place: place[:2]):
        place = f"{path.relative_to(workspace.root)}:{line}"
        rule = finding.rule
        yield Outcome(_name(prompt), rule.verdict, finding.code, f"{place}: {finding.detail}", finding.remedy)
    odd = {prompt.key for prompt, _ in found}
    yield from (Outcome(_name(prompt), Verdict.KEPT, "good") for prompt in prompts if prompt.key not in odd)


def _line(document: toml.Document, prompt: Prompt) -> int:
    key = "parts" if prompt.parts else "text"
    return int(document.at(prompt.id, key).removeprefix(f"{document.path}:"))


def _name(prompt: Prompt) -> str:
    return f"{prompt.language}/{prompt.id}"
