"""Let prompts be heard, through whatever player this machine has."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from voicekit.audio.read import open_sound
from voicekit.clip import Source, gather
from voicekit.hosts import player
from voicekit.manifest import path_of
from voicekit.outcome import Outcome, Verdict
from voicekit.state import Situation, State


def apply(situation: Situation, patterns: Sequence[str], *, master: bool = False) -> Iterator[Outcome]:
    """Play the chosen prompts one after the other: as callers hear them (widest format), or their Masters."""
    player.command()  # none here: say so once, not for each prompt
    chosen = {prompt.key for prompt in situation.catalogue.find(patterns)}
    for state in situation.states():
        if state.key in chosen:
            sound = _sound(situation, state, master=master)
            yield sound if isinstance(sound, Outcome) else _play(state, sound)


def _sound(situation: Situation, state: State, *, master: bool) -> Source | Outcome:
    workspace = situation.workspace
    if state.entry is None:
        return Outcome(state.name, Verdict.FAILED, "no-sound", "it has no sound yet", "run voicekit revoice")
    if master:
        return workspace.masters.open(state.entry.master)
    built = workspace.sounds / path_of(state.key, max(workspace.formats, key=lambda row: row.rate))
    if built.is_file():
        return open_sound(built)
    return Outcome(state.name, Verdict.FAILED, "not-built", f"{built} is missing", "run voicekit revoice")


def _play(state: State, sound: Source) -> Outcome:
    import soundfile

    clip = gather(sound)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        soundfile.write(path, clip.samples, clip.rate, subtype="PCM_16")
        complaint = player.play(path, clip.seconds)
    if complaint:
        return Outcome(state.name, Verdict.FAILED, "player-failed", complaint)
    stale = f" (stale: {', '.join(state.why)})" if state.why else ""
    return Outcome(state.name, Verdict.DONE, "played", f"{clip.seconds:.1f} s{stale}")
