"""The catalogue, to look at."""

from collections.abc import Iterator, Sequence

from voicekit.outcome import Outcome, Verdict
from voicekit.workspace import Workspace


def apply(workspace: Workspace, patterns: Sequence[str]) -> Iterator[Outcome]:
    """One outcome a prompt: its words, or that they are unknown."""
    for prompt in workspace.catalogue().find(patterns):
        code = "adopted" if prompt.adopted else "not-speech" if not prompt.speech else "words"
        text = "(words unknown)" if prompt.text is None else " ".join(prompt.text.split())
        data = {"text": prompt.text, "note": prompt.note, "set": prompt.set}
        yield Outcome(f"{prompt.language}/{prompt.id}", Verdict.KEPT, code, text, data=data)
