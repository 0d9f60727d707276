"""Making one prompt's sound, and knowing which files of `build/` are already as they should be."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicekit import fs, text
from voicekit.audio.recipe import Finish
from voicekit.engines import Speech
from voicekit.errors import EngineError, InputError
from voicekit.formats import Format
from voicekit.hosts import git
from voicekit.lock import Entry, Key
from voicekit.manifest import Built, File, path_of
from voicekit.pieces import Pause
from voicekit.state import Kind, Situation, State, composed_parts
from voicekit.workspace import Workspace

if TYPE_CHECKING:
    from voicekit.clip import Clip, Source
    from voicekit.gate import Gate


@dataclass(frozen=True, slots=True)
class Step:
    """One prompt to make: spoken first when `speech` is set, read first from the recording `take`, composed first of
    `pieces` (Masters of other prompts, and pauses) when `composing`, else from the Master that its lock entry names.
    """

    state: State
    speech: Speech | None
    formats: tuple[Format, ...]
    composing: bool = False
    pieces: tuple[str | Pause, ...] = ()
    take: Path | None = None

    @property
    def heard_first(self) -> bool:
        """Whether its speech is new, so that the gate has to hear it."""
        return self.speech is not None or self.take is not None


@dataclass(frozen=True, slots=True)
class Made:
    """What a step gave: the prompt's new line of the lock and of the manifest (None: the gate doubts it)."""

    entry: Entry
    built: Built | None


@dataclass(frozen=True, slots=True)
class Maker:
    """Carries out steps; a worker process has a copy. `speak` is None where no step has anything to say.

    `origin` names the engine and its version, for the record.
    """

    workspace: Workspace
    finish: Finish
    speak: Callable[[Speech], "Clip"] | None = None
    gate: "Gate | None" = None
    origin: Mapping[str, str] = field(default_factory=dict)
    longest: int = 0  # characters that `speak` takes at once

    def make(self, step: Step) -> Made:
        """Speak if need be, keep the Master, finish, write the files. Raises `VoicekitError`."""
        from voicekit.audio.finish import held
        from voicekit.audio.render import render

        state = step.state
        assert state.parts is not None
        master, spoken, origin = self._master(step)
        source = held(self.workspace.masters.open(master))  # measured and applied: decoded once
        checks = self._checks(step, source, spoken)
        targets = {self.workspace.sounds / path_of(state.key, row): row for row in step.formats}
        doubtful = "doubts" in checks and step.heard_first
        recipe = None if state.composed else self.finish  # what is composed is finished
        rendered = render(source, recipe, {} if doubtful else targets, staging=self.workspace.staging)
        entry = Entry(
            language=state.key[0],
            id=state.key[1],
            master=master,
            parts=state.parts,
            spoken=spoken,
            origin=origin,
            seconds=round(rendered.seconds, 3),
            level=None if rendered.silent else round(rendered.level, 2),
            checks=checks,
        )
        return Made(entry, None if doubtful else self._built(state, master, self.workspace.formats))

    def _checks(self, step: Step, source: "Source", spoken: str) -> Mapping[str, Any]:
        """What the gate says of new speech; of a Master that was here before, what it said then."""
        if step.heard_first and self.gate:
            return self.gate.checks(source, spoken, step.state.key[0])
        return step.state.entry.checks if step.state.entry else {}

    def _master(self, step: Step) -> tuple[str, str, Mapping[str, str]]:
        """Hash of the Master, what the engine got, and the origin."""
        if step.speech and self.speak:
            speaker = step.speech.speaker
            origin = {**self.origin, "voice": speaker.voice, "speaker": speaker.name}
            return self.workspace.masters.keep(self._spoken(step.speech)), step.speech.text, origin
        if step.take:
            return self._taken(step, step.take)
        if step.pieces:
            return self.workspace.masters.keep(self._composed(step)), "", {"kind": "composed"}
        entry = step.state.entry
        assert entry is not None
        if step.state.kind is Kind.NO_MASTER:
            self._restore(entry.master)
        return entry.master, entry.spoken, entry.origin

    def _taken(self, step: Step, take: Path) -> tuple[str, str, Mapping[str, str]]:
        from voicekit.audio.read import open_sound

        assert step.state.said is not None
        master = self.workspace.masters.keep(open_sound(take))  # first: it says what is wrong with a file
        return master, step.state.said.text, {"kind": "take", "file": take.name, "sha256": fs.sha256(take)}

    def _spoken(self, speech: Speech) -> "Clip":
        """What the engine says; a text that is too long for it is cut at sentences, and these are joined."""
        clips = [self._said(replace(speech, text=part)) for part in text.pieces(speech.text, self.longest)]
        if len(clips) == 1:
            return clips[0]
        from voicekit.audio.compose import joined

        return joined(clips)

    def _said(self, speech: Speech) -> "Clip":
        assert self.speak is not None
        try:
            return self.speak(speech)
        except OSError as error:  # not of a file of ours, which is what an OSError says further up
            raise EngineError(f"{error.filename or 'the engine'}: {error.strerror or error}") from error

    def _composed(self, step: Step) -> "Clip":
        from voicekit.audio.compose import compose
        from voicekit.audio.read import open_sound

        masters = self.workspace.masters
        pieces = [piece if isinstance(piece, Pause) else masters.open(piece) for piece in step.pieces]
        rate = max(piece.rate for piece in pieces if not isinstance(piece, Pause))
        assert step.state.prompt is not None
        music = step.state.prompt.music
        if music is None:
            return compose(pieces, rate, self.finish)
        return compose(pieces, rate, self.finish, open_sound(self.workspace.root / music.path), music.level)

    def _restore(self, master: str) -> None:
        """Bring a Master back from the last commit, if that holds the very bytes."""
        path = self.workspace.masters.path(master)
        content = git.content(path)
        if content is None or not self.workspace.masters.restore(master, content):
            raise InputError(f"{path}: missing, and the last commit does not hold it either; restore it from a backup")

    def _built(self, state: State, master: str, rows: tuple[Format, ...]) -> Built:
        assert state.parts is not None
        files = {}
        for row in rows:
            path = path_of(state.key, row)
            file = self.workspace.sounds / path
            files[row.name] = File(path, file.stat().st_size, fs.sha256(file))
        return Built(*state.key, state.parts.sound, master, files)


def resolved(situation: Situation, step: Step) -> Step | None:
    """A composed prompt's step with the Masters that its pieces have now; None where one has none, or is doubtful."""
    prompt, entries, approvals = step.state.prompt, situation.lock.entries, situation.approvals
    assert prompt is not None
    parts = composed_parts(situation.workspace, prompt, situation.lock, situation.finish.digest())
    found: list[str | Pause] = []
    for piece in prompt.pieces:
        if isinstance(piece, Pause):
            found.append(piece)
            continue
        entry = entries.get(piece.key)
        if entry is None or (entry.doubts and not approvals.accepts(entry.key, entry.master)):
            return None
        found.append(entry.master)
    return replace(step, state=replace(step.state, parts=parts), pieces=tuple(found)) if parts else None


def promised(key: Key, rows: tuple[Format, ...]) -> Built:
    """What the manifest says of a prompt while it is being made: these files may be there, and are worth nothing."""
    return Built(*key, "", "", {row.name: File(path_of(key, row), 0, "") for row in rows})


def present(sounds: Path) -> dict[str, int]:
    """Sizes of all files below `build/sounds`, by path. Raises InputError for a folder that is a link out of it."""
    found: dict[str, int] = {}
    waiting = [(str(sounds), "")] if sounds.is_dir() else []
    while waiting:
        folder, prefix = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, f"{prefix}{entry.name}/"))
                elif entry.is_symlink():
                    raise InputError(f"{entry.path}: a link, through which files elsewhere would be written; remove it")
                else:
                    found[prefix + entry.name] = entry.stat(follow_symlinks=False).st_size
    return found


def lacking(
    state: State, rows: tuple[Format, ...], built: Built | None, files: Mapping[str, int]
) -> tuple[Format, ...]:
    """The formats whose file is absent, of another size than the manifest says, or made for another sound or Master."""
    assert state.parts is not None
    assert state.entry is not None
    if built is None or (built.sound, built.master) != (state.parts.sound, state.entry.master):
        return rows
    return tuple(
        row
        for row in rows
        if row.name not in built.files or files.get(path_of(state.key, row)) != built.files[row.name].bytes
    )
