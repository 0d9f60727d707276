"""What is to be done for one prompt: speak it, compose it, finish it again, or say why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicekit import engines, text, voices
from voicekit.build import Step
from voicekit.catalogue import Prompt
from voicekit.engines import Engine
from voicekit.errors import InputError
from voicekit.lock import Entry
from voicekit.outcome import Outcome, Verdict
from voicekit.state import ADOPTED, Kind, Situation, State
from voicekit.voices import Voice

TAKE = "record these words, then voicekit take"
LONGEST = 5000  # characters, six minutes of speech: engines take memory by the text

_WAITING = {  # detail and remedy of what no engine can help
    Kind.NO_WORDS: ("nothing to speak", "import a sound for it"),
    Kind.NEEDS_TAKE: ("the reference voice is human", TAKE),
}


@dataclass(frozen=True, slots=True)
class Narrator:
    """Who speaks now: the reference voice, or the stand-in of a human one; and its engine."""

    voice: Voice
    engine: Engine


def narrator(situation: Situation, *, stand_in: bool) -> Narrator | None:
    """None where nobody speaks: a human voice waits for takes. Raises `InputError` for a profile that is not right,
    and where there is no stand-in, or no need of one.
    """
    voice = situation.voice
    if stand_in:
        if not voice.human:
            raise InputError(f'an engine speaks for "{voice.name}", which needs no stand-in; leave out --stand-in')
        if not voice.stand_in:
            raise InputError(f'{voice.document.path}: no stand-in is named; add stand_in = "VOICE", one of voices/')
        if Path(voice.stand_in).name != voice.stand_in:
            raise voice.document.wrong(f'"{voice.stand_in}" is no name of a folder in voices/', "stand_in")
        voice = voices.load(voice.folder.parent / voice.stand_in)
    engine = engines.of(voice)
    if stand_in and engine is None:
        raise situation.voice.document.wrong(f'"{voice.name}" is human itself and can\'t stand in', "stand_in")
    return Narrator(voice, engine) if engine else None


def decide(
    situation: Situation, narrator: Narrator | None, state: State, before: Sequence[Step], *, again: bool
) -> Step | Outcome:
    """A Step where a sound can be made, with all formats; else the Outcome that says why not.

    `before` are the steps that come first: a composed prompt is made anew when one of its pieces is.
    """
    if state.composed:
        return Step(state, None, situation.workspace.formats, composing=_composes(state, before, again=again))
    adopted = state.prompt is not None and state.prompt.adopted
    if state.kind is Kind.MISSING and adopted:
        return outcome(state, Verdict.FAILED, "no-sound", "adopted, but no sound of it was imported", "import it")
    if state.kind in _WAITING and not (narrator and state.kind is Kind.NEEDS_TAKE):
        return outcome(state, Verdict.SKIPPED, state.kind.value, *_WAITING[state.kind])
    if state.kind is Kind.DOUBTFUL and not again:
        return doubtful(state)
    if narrator and not adopted and _to_speak(situation, state, again=again):
        return _speak(narrator, situation, state)
    return _from_master(situation, state)


def _composes(state: State, before: Sequence[Step], *, again: bool) -> bool:
    """Whether its Master is to be made, not only files from it."""
    assert state.prompt is not None
    pieces = {piece.key for piece in state.prompt.pieces if isinstance(piece, Prompt)}
    changes = any(step.speech and step.state.key in pieces for step in before)
    return again or changes or bool(state.why) or state.kind in (Kind.MISSING, Kind.NO_MASTER)


def _to_speak(situation: Situation, state: State, *, again: bool) -> bool:
    if situation.voice.human and not (state.kind is Kind.NEEDS_TAKE or state.stand_in):
        return False  # nothing is spoken over a take
    return again or _wants_words(situation, state)


def _wants_words(situation: Situation, state: State) -> bool:
    """Whether nothing but speaking gives this prompt its sound: changed, or lost and approved by nobody."""
    if state.kind is Kind.NO_MASTER:
        return not (_approved(situation, state) or situation.committed(state))
    return state.kind in (Kind.MISSING, Kind.NEEDS_TAKE) or bool(set(state.why) - {"finish"})


def _from_master(situation: Situation, state: State) -> Step | Outcome:
    """Finish from the Master; one that is missing comes back from git, or is an error: never spoken anew unasked."""
    if state.kind is Kind.NO_MASTER and not situation.committed(state):
        assert state.entry is not None
        detail = f"masters/{state.entry.master}.flac is neither here nor in the last commit"
        remedy = "restore the file" + (
            ""
            if state.parts and state.entry.origin.get("kind") == ADOPTED
            else f", or have it spoken anew: voicekit revoice --all {state.entry.id}"
        )
        return outcome(state, Verdict.FAILED, "master-missing", detail, remedy)
    return Step(state, None, situation.workspace.formats)


def _speak(narrator: Narrator, situation: Situation, state: State) -> Step | Outcome:
    language, voice, engine = state.key[0], narrator.voice, narrator.engine
    assert state.prompt is not None
    said = text.spoken(state.prompt.speech, language, voice.lexicon)
    speech = engines.speech(engine, voice, said.text, language, said.touched)
    if speech is None:
        detail = f'the voice "{voice.name}" speaks {", ".join(voice.speakers)}, not {language}'
        remedy = f"add [languages.{language}] to {voice.document.path}"
        return outcome(state, Verdict.REFUSED, "no-speaker", detail, remedy)
    refusal = engine.refusal(speech)
    if len(speech.text) > LONGEST:
        refusal = f"{len(speech.text)} characters are too many for one prompt; {LONGEST} is the most"
    if refusal:
        return outcome(state, Verdict.REFUSED, "cannot-speak", refusal, "change the words or the voice")
    return Step(state, speech, situation.workspace.formats)


def _approved(situation: Situation, state: State) -> bool:
    """Whether somebody approved the Master that this prompt has, be it with another finish."""
    approval = situation.approvals.last_approved(state.key)
    return approval is not None and state.entry is not None and approval.master == state.entry.master


def doubtful(state: State, entry: Entry | None = None) -> Outcome:
    entry = entry or state.entry
    assert entry is not None
    remedy = (
        f"listen: voicekit play --master {state.name}; then voicekit approve {state.name} --accept --by NAME "
        f"--note WHY, or change it and voicekit revoice --all {state.name}"
    )
    return outcome(
        state, Verdict.REFUSED, "doubtful", "; ".join(entry.doubts.values()), remedy, data=dict(entry.checks)
    )


def why(state: State) -> str:
    return ", ".join(state.why) or ("new" if state.kind is Kind.MISSING else state.kind.value)


def outcome(
    state: State,
    verdict: Verdict,
    code: str,
    detail: str,
    remedy: str = "",
    *,
    data: Mapping[str, object] | None = None,
) -> Outcome:
    return Outcome(state.name, verdict, code, detail, remedy, data or {})
