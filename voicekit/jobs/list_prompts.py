"""The catalogue, to look at."""

from collections.abc import Iterator, Sequence

from voicekit.outcome import Outcome, Verdict
from voicekit.workspace import Workspace


def apply(workspace: Workspace, patterns: Sequence[str]) -> Iterator[Outcome]:
    """One outcome a prompt: its words, or that they are unknown."""
    for prompt in workspace.catalogue().find(patterns):
        code = (
            "composed" if prompt.parts else "adopted" if prompt.adopted else "words" if prompt.speech else "not-speech"
        )
        text = "(words unknown)" if prompt.words is None else " ".join(prompt.words.split())
        data = {"text": prompt.words, "note": prompt.note, "set": prompt.set}
        yield Outcome(f"{prompt.language}/{prompt.id}", Verdict.KEPT, code, text, data=data)
