"""What each prompt's sound is worth now: current, stale and why, missing, orphaned, waiting for somebody."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from voicekit import fs, lock, text, voices
from voicekit.approvals import Approval, Approvals
from voicekit.audio.recipe import Finish
from voicekit.catalogue import Catalogue, Prompt
from voicekit.errors import InputError
from voicekit.hosts import git
from voicekit.lock import Entry, Key, Lock, Parts, digest
from voicekit.text import Spoken
from voicekit.text.stress import Stress, stressed
from voicekit.voices import Voice
from voicekit.workspace import Workspace

ADOPTED = "adopted"


class Kind(StrEnum):
    """One word for each state; `docs/revoice.md` explains them."""

    CURRENT = "current"
    STALE = "stale"
    MISSING = "missing"
    NEEDS_TAKE = "needs-take"
    NO_WORDS = "no-words"
    NO_MASTER = "no-master"
    DOUBTFUL = "doubtful"
    ORPHANED = "orphaned"


@dataclass(frozen=True, slots=True)
class State:
    """One prompt, or one orphaned line of the lock (`prompt` is None).

    `why` names the parts that changed. `parts` and `said` are what the sound is to be made from now.
    `answer` is what was said of the sound that is wanted now, if it is the one that is here.
    """

    key: Key
    kind: Kind
    prompt: Prompt | None = None
    entry: Entry | None = None
    parts: Parts | None = None
    said: Spoken | None = None
    why: tuple[str, ...] = ()
    answer: Approval | None = None

    @property
    def name(self) -> str:
        return f"{self.key[0]}/{self.key[1]}"

    @property
    def approved(self) -> bool:
        return self.answer is not None and self.answer.answer.good

    @property
    def stand_in(self) -> str:
        """The voice that speaks here in place of the human one; "" where none does."""
        return self.entry.origin.get("stand_in", "") if self.entry else ""

    @property
    def composed(self) -> bool:
        return self.prompt is not None and bool(self.prompt.parts)

    @property
    def otherwise(self) -> bool:
        """Current, but this voicekit's text steps would have the engine say it in other words."""
        return (
            self.kind is Kind.CURRENT
            and self.entry is not None
            and self.said is not None
            and _unstressed(self.entry.spoken) != _unstressed(self.said.text)
        )


@dataclass(frozen=True)
class Situation:
    """All that is read from a workspace to judge it, read once."""

    workspace: Workspace
    catalogue: Catalogue
    voice: Voice
    finish: Finish
    lock: Lock
    approvals: Approvals

    @classmethod
    def read(cls, workspace: Workspace) -> "Situation":
        voice = voices.load(workspace.voice)
        return cls(
            workspace=workspace,
            catalogue=workspace.catalogue(),
            voice=voice,
            finish=recipe(workspace, voice),
            lock=Lock.load(workspace.lock),
            approvals=Approvals.load(workspace.approvals),
        )

    @cached_property
    def _committed(self) -> set[str]:
        return git.committed(self.workspace.masters.folder) or set()

    @cached_property
    def _identities(self) -> dict[str, str]:
        return {language: self.voice.identity(language) for language in self.workspace.languages}

    def committed(self, state: State) -> bool:
        """Whether the last git commit holds the Master of this prompt."""
        return state.entry is not None and f"{state.entry.master}.flac" in self._committed

    def states(self) -> Iterator[State]:
        """Every prompt by language and id, then what is orphaned."""
        masters = self.workspace.masters.names()
        settings, finish = self.voice.settings_digest(), self.finish.digest()
        for prompt in self.catalogue.values():
            yield self._judge(prompt, masters, settings, finish)
        for key in sorted(self.lock.entries.keys() - self.catalogue.keys()):
            yield State(key, Kind.ORPHANED, entry=self.lock.entries[key])

    def _judge(self, prompt: Prompt, masters: set[str], settings: str, finish: str) -> State:
        key = prompt.key
        entry = self.lock.entries.get(key)
        parts, said = self._wanted(prompt, entry, settings, finish)
        if parts is None:
            waiting = prompt.adopted or prompt.parts
            return State(key, Kind.MISSING if waiting else Kind.NO_WORDS, prompt, entry)
        why = entry.parts.differing(parts) if entry else ()
        if prompt.parts:
            why = tuple("pieces" if name == "voice" else name for name in why)
        kind = self._kind(prompt, entry, why, masters)
        return State(key, kind, prompt, entry, parts, said, why, self._answer(parts, entry))

    def _answer(self, parts: Parts, entry: Entry | None) -> Approval | None:
        """What was said of the very sound that is here: of this sound hash, and made from this Master.

        An engine that never says the same twice (gtts) gives another Master for the same hash.
        """
        if entry is None or not self.approvals.answers:
            return None
        answer = self.approvals.of(entry.key, parts.sound)
        return answer if answer and answer.master == entry.master else None

    def _kind(self, prompt: Prompt, entry: Entry | None, why: tuple[str, ...], masters: set[str]) -> Kind:
        if entry is None or set(why) - {"finish"}:
            if self.voice.human and not (prompt.adopted or prompt.parts):
                return Kind.NEEDS_TAKE
            return Kind.STALE if entry else Kind.MISSING
        if entry.master not in masters:
            return Kind.NO_MASTER
        if entry.doubts and not self.approvals.accepts(entry.key, entry.master):
            return Kind.DOUBTFUL
        return Kind.STALE if why else Kind.CURRENT

    def _wanted(
        self, prompt: Prompt, entry: Entry | None, settings: str, finish: str
    ) -> tuple[Parts | None, Spoken | None]:
        """What the sound is to be made from, and what the engine would get; None where there is nothing to make."""
        if prompt.adopted:
            if entry is None or entry.origin.get("kind") != ADOPTED:
                return None, None
            return adopted_parts(entry.master, finish), None
        if prompt.parts:
            return composed_parts(self.workspace, prompt, self.lock, finish), None
        words = prompt.speech
        if not words:
            return None, None
        said = text.spoken(words, prompt.language, self.voice.lexicon)
        touched = () if self.voice.human else said.touched  # a person needs no lexicon
        entries = [piece for entry in touched for piece in entry.identity]
        voice = self._identities[prompt.language]
        return Parts(digest(words), digest(*entries), voice, settings, finish), said


def _unstressed(said: str) -> str:
    """Without stress marks, of which each engine takes its own form."""
    return stressed(said, Stress.DROP)


def adopted_parts(master: str, finish: str) -> Parts:
    """The parts of a sound that came as it is: only its Master and the finish matter."""
    return Parts(words="", lexicon="", voice=lock.digest(ADOPTED, master), settings="", finish=finish)


def composed_parts(workspace: Workspace, prompt: Prompt, lock_: Lock, finish: str) -> Parts | None:
    """The parts of a composed prompt: how it is made (words) and of which Masters (voice).

    None while one of its pieces has no Master yet.
    """
    masters = [lock_.entries.get(piece.key) for piece in prompt.pieces if isinstance(piece, Prompt)]
    if None in masters:
        return None
    music = [fs.sha256(workspace.root / prompt.music.path), repr(prompt.music.level)] if prompt.music else []
    order = [piece.id if isinstance(piece, Prompt) else repr(piece.seconds) for piece in prompt.pieces]
    heard = digest(*(entry.master for entry in masters if entry))
    return Parts(words=digest(*order, *music), lexicon="", voice=heard, settings="", finish=finish)


def recipe(workspace: Workspace, voice: Voice) -> Finish:
    """The finish of the reference voice, with `match:DIR` measured (remembered until a file in DIR changes)."""
    if voice.match is None:
        return voice.finish
    if not voice.match.is_dir():
        raise voice.document.wrong(f"{voice.match}: no such folder to match the level of", "finish", "level")
    cache = workspace.cache / "match.json"
    fingerprint = digest(*_listing(voice.match))
    try:
        known = json.loads(cache.read_bytes())
        level = float(known[fingerprint])
    except (OSError, ValueError, KeyError, TypeError):
        from voicekit.audio.match import median_level

        level = median_level(voice.match)
        fs.write(cache, json.dumps({fingerprint: level}).encode(), durable=False)
    try:
        return replace(voice.finish, level=level)
    except ValueError as error:
        raise InputError(f"{voice.match}: {error}; give a number instead of match:") from error


def _listing(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            status = path.stat()
            yield f"{path}:{status.st_size}:{status.st_mtime_ns}"
