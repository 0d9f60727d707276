"""Who speaks in sounds that lie anywhere: is it the reference voice, how many voices are there, are two the same?"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicekit import formats, fs, parallel, voiceprint
from voicekit.errors import InputError, VoicekitError
from voicekit.outcome import Outcome, Verdict, counted

if TYPE_CHECKING:
    from voicekit.clip import Source
    from voicekit.voiceprint import Voiceprint
    from voicekit.voiceprint.profile import Profile

LIMIT = 60.0  # s a file
_SAME, _DIFFERENT = 0.95, 0.88  # cosine of two profiles of half a minute: one voice was .95 and more, two people .87
_EXAMPLES = 3


def check(places: Sequence[Path], profiles: "Mapping[str, Profile]") -> Iterator[Outcome]:
    """Score every sound in files and folders against the profile of its language; an unknown language takes any.

    The language is the folder's name that has a profile. Without profiles the sounds of all places are taken as one
    menu, and what does not fit the rest is named.
    """
    from voicekit.voiceprint.cluster import outliers

    heard: dict[Path, Voiceprint] = {}
    for path, found in _heard(places):
        if isinstance(found, Outcome):
            yield found
        elif profiles:
            yield _judged(path, found, profiles)
        else:
            heard[path] = found
    if not profiles:
        foreign = {list(heard)[index] for index in outliers(list(heard.values()))}
        for path in heard:
            detail = "another voice than the rest" if path in foreign else "as the rest"
            verdict, code = (Verdict.FAILED, "different") if path in foreign else (Verdict.KEPT, "same")
            yield Outcome(str(path), verdict, code, detail)


def _judged(path: Path, found: "Voiceprint", profiles: "Mapping[str, Profile]") -> Outcome:
    language = next((part for part in reversed(path.parts) if part in profiles), "")
    wanted = [profiles[language]] if language else list(profiles.values())
    best = max((profile.judge(found) for profile in wanted), key=lambda judged: judged.margin or -1.0)
    verdicts = {"same": Verdict.KEPT, "different": Verdict.FAILED}
    detail = best.detail or f"margin {best.margin:+.2f}"
    data = {"margin": best.margin, "seconds": round(found.seconds, 1)}
    return Outcome(str(path), verdicts.get(best.verdict, Verdict.SKIPPED), best.verdict.value, detail, data=data)


def compare(one: Path, other: Path) -> Iterator[Outcome]:
    """Whether two folders, or two files, are of one voice."""
    from voicekit.voiceprint.profile import Profile

    encoder = voiceprint.encoder()
    profiles = []
    for place in (one, other):
        prints = [found for _, found in _heard([place], pieces=True) if not isinstance(found, Outcome)]
        try:
            profiles.append(Profile.of(encoder.identity, prints))
        except InputError as error:
            raise InputError(f"{place}: {error}") from error
    likeness = profiles[0].likeness(profiles[1])
    code = "same" if likeness >= _SAME else "different" if likeness < _DIFFERENT else "unsure"
    words = {
        "same": "one voice",
        "different": "two voices",
        "unsure": "can't tell: one person in two languages or rooms, or two alike",
    }
    seconds = f"{profiles[0].seconds:.0f} and {profiles[1].seconds:.0f} s of speech"
    detail = f"likeness {likeness:.2f}, {seconds}: {words[code]}"
    verdict = {"same": Verdict.KEPT, "different": Verdict.FAILED}.get(code, Verdict.SKIPPED)
    yield Outcome(f"{one} and {other}", verdict, code, detail, data={"likeness": round(likeness, 3)})


def cluster(folder: Path) -> Iterator[Outcome]:
    """How many voices speak in a folder: one outcome a voice, the one with most sounds first."""
    from voicekit.voiceprint.cluster import LONG, clusters

    heard: dict[Path, Voiceprint] = {}
    for path, found in _heard([folder]):
        if isinstance(found, Outcome):
            yield found
        else:
            heard[path] = found
    paths, prints = list(heard), list(heard.values())
    for number, group in enumerate(clusters(prints), 1):
        seconds = sum(prints[index].seconds for index in group)
        short = sum(prints[index].seconds < LONG for index in group)
        examples = [str(paths[i]) for i in sorted(group, key=lambda i: -prints[i].seconds)[:_EXAMPLES]]
        detail = f"{counted(len(group), 'sound')}, {seconds:.0f} s, as in {', '.join(examples)}"
        if short:
            detail += f"; {short} shorter than {LONG:g} s are less sure"
        name = "the main voice" if number == 1 else f"voice {number}"
        data = {"sounds": [str(paths[index]) for index in group], "seconds": round(seconds, 1)}
        yield Outcome(name, Verdict.KEPT, "voice", detail, data=data)
    rest = [str(path) for path, found in heard.items() if found.vector is None]
    if rest:
        yield Outcome(
            counted(len(rest), "sound"), Verdict.SKIPPED, "not-speech", "silence or tones", data={"sounds": rest}
        )


def _heard(places: Sequence[Path], *, pieces: bool = False) -> "Iterator[tuple[Path, Voiceprint | Outcome]]":
    """The voiceprint of every sound in files and folders, in their order; `pieces` cuts long ones."""
    voiceprint.encoder()  # once, before the workers are forked
    tasks = [(path, pieces) for place in places for path in _files(place)]
    found: dict[Path, Any] = {}
    for (path, _), result in parallel.each(_print, tasks, workers=parallel.processors(), limit=LIMIT):
        found[path] = [_lost(path, result.detail)] if isinstance(result, parallel.Crash) else result
    for path, _ in tasks:
        yield from ((path, one) for one in found[path])


def _files(place: Path) -> Iterator[Path]:
    if not place.exists():
        raise InputError(f"{place}: no such file or folder")
    if place.is_dir():
        yield from (path for path in fs.walk(place) if path.is_file() and path.suffix.lower() != ".txt")
    else:
        yield place


def _print(task: tuple[Path, bool]) -> "list[Voiceprint | Outcome]":
    path, pieces = task
    try:
        sound = _opened(path)
        sounds = _cut(sound) if pieces else [sound]
        return list(voiceprint.encoder().prints(sounds))
    except VoicekitError as error:
        return [_lost(path, str(error))]


def _opened(path: Path) -> "Source":
    """By content, and where there is no header, as Asterisk takes the extension."""
    from voicekit.audio.read import as_asterisk, open_sound

    row = formats.by_extension(path.suffix[1:])
    return as_asterisk(path, row) if row and row.headerless and row.readable else open_sound(path)


def _cut(sound: "Source") -> "list[Source]":
    from voicekit.clip import Clip, gather

    whole = gather(sound)
    size = 5 * whole.rate
    return [Clip(whole.samples[start : start + size], whole.rate) for start in range(0, len(whole.samples), size)]


def _lost(path: Path, detail: str) -> Outcome:
    return Outcome(str(path), Verdict.FAILED, "unreadable", detail, "mend or remove it: voicekit lint")
