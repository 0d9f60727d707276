"""What a composed prompt is made of: the sounds of other prompts, pauses, and music under them.

["custom/welcome"]
parts = ["custom/greeting", { pause = 0.4 }, "custom/main-menu"]
music = "samples/bed.flac"       # from the workspace's folder
music_level = -18                # dB, relative to the speech that it lies under
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from voicekit import toml
from voicekit.errors import InputError

KEYS = {"parts", "music", "music_level"}
MOST = 100  # pieces of one prompt, those of its parts included

MUSIC_LEVEL = -18.0  # dB: words stay clear, and music is still heard on a telephone

_LONGEST = 10.0  # s of a pause
_LARGEST = 64 << 20  # bytes of music, an hour of MP3: whether it has changed is seen by reading it
_MUSIC_LEVELS = (-40.0, 0.0)  # dB


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence, or music alone, from the end of a piece's speech to the beginning of the next one's."""

    seconds: float  # 0 to 10


Piece = str | Pause  # an id of the same language, or a pause


@dataclass(frozen=True, slots=True)
class Music:
    """A sound file of the workspace that lies under the speech."""

    path: str  # from the workspace's folder
    level: float = MUSIC_LEVEL  # dB relative to the speech, -40 to 0; in pauses it comes up (audio.compose)


def read(document: toml.Document, table: Mapping[str, Any], name: str) -> tuple[tuple[Piece, ...], Music | None]:
    """Parts and music of the prompt `name`, () and None when it has none; errors name file and line."""
    parts, music = _parts(document, table, name), _music(document, table, name)
    if parts and ("text" in table or table.get("adopted")):
        raise document.wrong(f'"{name}" has parts: its words are theirs; remove text and adopted', name)
    if music and not parts:
        raise document.wrong(f'"{name}" has music, and no parts to lie under; give the words an id of their own', name)
    return parts, music


def _parts(document: toml.Document, table: Mapping[str, Any], name: str) -> tuple[Piece, ...]:
    listed = document.take(table, "parts", list, name)
    if listed is None:
        return ()
    found = tuple(_piece(document, part, name) for part in listed)
    if not any(isinstance(piece, str) for piece in found):
        raise document.wrong("parts must name a prompt", name, "parts")
    return found


def _piece(document: toml.Document, part: Any, name: str) -> Piece:
    if isinstance(part, str):
        return part
    seconds = part.get("pause") if isinstance(part, dict) and part.keys() == {"pause"} else None
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise document.wrong(f"a part is an id in quotes or {{ pause = 0.4 }}, not {part!r}", name, "parts")
    if not 0 <= seconds <= _LONGEST:
        raise document.wrong(f"a pause is from 0 to {_LONGEST:g} s, not {seconds}", name, "parts")
    return Pause(float(seconds))


def _music(document: toml.Document, table: Mapping[str, Any], name: str) -> Music | None:
    path = document.take(table, "music", str, name)
    level = document.take(table, "music_level", (int, float), name)
    if path is None:
        if level is not None:
            raise document.wrong("music_level needs music", name, "music_level")
        return None
    if reason := _unsafe(path, document.path.parents[2]):
        raise document.wrong(f'music "{path}" {reason}', name, "music")
    if level is None:
        return Music(path)
    lowest, highest = _MUSIC_LEVELS
    if not lowest <= level <= highest:
        raise document.wrong(f"music_level must be from {lowest:g} to {highest:g} dB, not {level}", name, "music_level")
    return Music(path, float(level))


def _unsafe(path: str, root: Path) -> str:
    """Why `path` is no file below the workspace's `root`, to be read after «music "x" »; "" when it is one."""
    if not path or "\0" in path or Path(path).is_absolute() or ".." in Path(path).parts:
        return "must be a path from the workspace's folder, like samples/bed.flac"
    try:
        if not Path(os.path.realpath(root / path)).is_relative_to(os.path.realpath(root)):
            return "leads out of the workspace; copy the file into it"
        if not (root / path).is_file():
            return "is no file of the workspace; put it there, or name another"
        size = (root / path).stat().st_size
    except OSError as error:  # a name of 1,000 characters
        return f"can't be opened: {error.strerror}; name another file"
    return f"is larger than {_LARGEST >> 20} MiB; cut it to what is heard" if size > _LARGEST else ""


def lines(parts: Sequence[Piece], music: Music | None) -> list[str]:
    """Both as lines of TOML."""
    found = []
    if parts:
        found.append(f"parts = [{', '.join(map(_written, parts))}]")
    if music:
        found.append(f"music = {toml.quote(music.path)}")
        found += [f"music_level = {music.level!r}"] if music.level != MUSIC_LEVEL else []
    return found


def _written(piece: Piece) -> str:
    return toml.quote(piece) if isinstance(piece, str) else f"{{ pause = {piece.seconds!r} }}"


class _Prompt(Protocol):
    @property
    def parts(self) -> Sequence[Piece]: ...

    @property
    def music(self) -> Music | None: ...


P = TypeVar("P", bound=_Prompt)


def flat(name: str, prompts: Mapping[str, P]) -> tuple[P | Pause, ...]:
    """What the parts of `name` come to, with the parts of those that are composed in their place.

    `prompts` are those of the language, by id. Raises InputError, without a place, for a part that is none of them or
    has music of its own, for a circle, and for more than MOST.
    """
    found = tuple(islice(_leaves(name, prompts, ()), MOST + 1))
    if len(found) > MOST:
        raise InputError(f'"{name}" comes to more than {MOST} pieces; make it of fewer')
    return found


def _leaves(name: str, prompts: Mapping[str, P], above: tuple[str, ...]) -> Iterator[P | Pause]:
    if name in above:
        circle = (*above[above.index(name) :], name)
        raise InputError(f"parts lead in a circle: {' -> '.join(circle)}; take one of them out")
    if len(above) > MOST:
        raise InputError(f'"{above[0]}" has parts of parts more than {MOST} deep; name the innermost')
    for part in prompts[name].parts:
        if isinstance(part, Pause):
            yield part
            continue
        if part not in prompts:
            hint = nearest(part, prompts) or "write its words first"
            raise InputError(f'"{part}", a part of "{name}", is no prompt of this language; {hint}')
        if prompts[part].music:
            raise InputError(f'"{part}", a part of "{name}", has music of its own; name its parts instead')
        yield from _leaves(part, prompts, (*above, name)) if prompts[part].parts else (prompts[part],)


def nearest(name: str, names: Iterable[str]) -> str:
    """«did you mean "y"?» for the nearest of `names`, whatever its capitals; "" when none is near."""
    folded = {one.lower(): one for one in sorted(names)}
    near = get_close_matches(name.lower(), folded, n=1)
    return f'did you mean "{folded[near[0]]}"?' if near else ""
