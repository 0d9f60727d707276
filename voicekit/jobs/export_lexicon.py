"""The lexicon of a voice as a W3C Pronunciation Lexicon (PLS 1.0), for services that keep lexicons of their own."""

from collections.abc import Iterator
from pathlib import Path

from voicekit import fs, voices
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.text import lexicon


def apply(folder: Path, target: Path, language: str) -> Iterator[Outcome]:
    """Write what the lexicon of the voice in `folder` has for `language` to `target`, which it replaces."""
    entries = [entry for entry in voices.load(folder).lexicon.entries if entry.language in ("", language)]
    fs.write(target, lexicon.pls(entries, language).encode(), staging=target.parent)
    yield Outcome(str(target), Verdict.DONE, "exported", counted(len(entries), "word"))
