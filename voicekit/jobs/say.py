"""What the engine gets of the words of a prompt, step by step."""

from collections.abc import Iterator, Sequence

from voicekit import engines, text, voices
from voicekit.engines import Engine
from voicekit.outcome import Outcome, Verdict
from voicekit.text import Stress
from voicekit.voices import Voice
from voicekit.workspace import Workspace


def apply(workspace: Workspace, ids: Sequence[str]) -> Iterator[Outcome]:
    """Of each prompt: its words, each text step that changed them, and what the engine gets."""
    voice = voices.load(workspace.voice)
    engine = engines.of(voice)
    for prompt in workspace.catalogue().find(ids):
        if prompt.speech:
            yield from _traced(f"{prompt.language}/{prompt.id}", prompt.speech, prompt.language, voice, engine)
        else:
            yield Outcome(f"{prompt.language}/{prompt.id}", Verdict.SKIPPED, "not-spoken", "no words for an engine")


def words(workspace: Workspace, written: str, language: str) -> Iterator[Outcome]:
    """The same for words that are in no catalogue yet."""
    voice = voices.load(workspace.voice)
    return _traced(language, " ".join(written.split()), language, voice, engines.of(voice))


def _traced(subject: str, written: str, language: str, voice: Voice, engine: Engine | None) -> Iterator[Outcome]:
    said = written
    for step, said in text.trace(written, language, voice.lexicon):
        if step == "words":
            yield Outcome(subject, Verdict.KEPT, "words", said)
        else:
            yield Outcome(subject, Verdict.DONE, "step", f"{step}: {said}", data={"step": step, "text": said})
    final = text.stressed(said, engine.stress if engine else Stress.ACUTE)
    for piece in text.pieces(final, engine.longest if engine else len(final)):
        yield Outcome(subject, Verdict.KEPT, "spoken", piece)
