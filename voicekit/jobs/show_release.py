"""What is in a release, prompt by prompt."""

from collections.abc import Iterator
from dataclasses import asdict

from voicekit import release
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.release import stock
from voicekit.release.manifest import Line
from voicekit.stores import Store


def apply(store: Store, named: str) -> Iterator[Outcome]:
    """A line for each prompt: what it says, who speaks, who approved it; then the release as a whole."""
    manifest = stock.load(store, stock.find(store, named))
    for line in manifest.prompts:
        yield Outcome(line.name, Verdict.KEPT, line.speech, _detail(line), data=asdict(line))
    detail = f"{manifest.workspace}: {counted(len(manifest.prompts), 'prompt')}, {release.total(manifest.blobs)}"
    data = {"release": manifest.id, "workspace": manifest.workspace, "lists": [f.path for f in manifest.lists.values()]}
    yield Outcome(manifest.id[: release.SHORT], Verdict.KEPT, "release", detail, data=data)


def _detail(line: Line) -> str:
    words = " ".join(line.text.split()) if line.text is not None else "words unknown"
    approved = f"; approved by {line.approval.by}" if line.approval else ""
    return f"{line.seconds:.1f} s  {words[:80]}{'...' if len(words) > 80 else ''}{approved}"
