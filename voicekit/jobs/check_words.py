"""Do sounds that lie anywhere say what the catalogue has for them?"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from voicekit import calibration, listening, parallel, reading, recordings
from voicekit.errors import InputError, VoicekitError
from voicekit.outcome import Outcome, Verdict
from voicekit.recognisers import Ear
from voicekit.state import Situation
from voicekit.workspace import Workspace

LIMIT = 300.0  # s a file

Task = tuple[Path, str, str, str]  # a sound, its language, id, and words; "" where no prompt has this id


def check(situation: Situation, places: Sequence[Path], language: str = "") -> Iterator[Outcome]:
    """Compare every sound in files and folders with the words of the prompt that it is named by; of several files of
    one prompt, the best.

    A sound without a prompt, or with one whose words are not known, is heard all the same, where something listens.
    Raises `InputError` where no path names a language, and for a recogniser that is named and can't be.
    """
    said = {state.key: state.said for state in situation.states() if state.said}
    tasks = [
        (path, tongue, name, said[tongue, name].text if (tongue, name) in said else "")
        for place in places
        for path, tongue, name in _sounds(situation.workspace, place, language)
    ]
    ears = listening.ears({task[1] for task in tasks}, situation.states())
    known = calibration.load(situation.voice.folder)
    paces = {name: measured.pace for name, measured in known.items()}
    workers = parallel.processors()
    found = dict(parallel.each(lambda task: _checked(task, ears, paces), tasks, workers=workers, limit=LIMIT))
    for task in tasks:
        result = found[task]
        yield _unreadable(task[0], result.detail) if isinstance(result, parallel.Crash) else result


def _sounds(workspace: Workspace, place: Path, language: str) -> Iterator[tuple[Path, str, str]]:
    """Path, language and id of each; a folder of languages stands for these."""
    if not place.exists():
        raise InputError(f"{place}: no such file or folder")
    inner = [place / name for name in workspace.languages if (place / name).is_dir()]
    if inner and not language:
        for folder in inner:
            yield from _sounds(workspace, folder, "")
    elif place.is_dir():
        tongue, prefix = recordings.place(workspace, place, language)
        yield from ((one.path, tongue, one.id) for one in recordings.find(place, prefix))
    else:
        tongue, prefix = recordings.place(workspace, place.parent, language)
        yield place, tongue, prefix + place.stem


def _checked(task: Task, ears: Mapping[str, Ear], paces: Mapping[str, float | None]) -> Outcome:
    from voicekit.audio.read import open_sound

    path, language, name, written = task
    try:
        sound = open_sound(path)
        ear = ears.get(language)
        if not written:
            return _unknown(path, name, ear.words(sound) if ear else "")
        doubts = [reading.doubt(reading.spoken(sound), written, language, paces.get(language))]
        heard = listening.heard(ear, sound, written) if ear else None
    except VoicekitError as error:
        return _unreadable(path, str(error))
    doubts += [heard.doubt] if heard else []
    return _judged(path, "; ".join(filter(None, doubts)), heard)


def _judged(path: Path, doubt: str, heard: listening.Heard | None) -> Outcome:
    data: dict[str, Any] = {"heard": heard.words, "wrong": heard.wrong} if heard else {}
    if doubt:
        return Outcome(str(path), Verdict.FAILED, "other-words", doubt, data=data)
    detail = (
        f"{1 - min(heard.wrong, 1):.0%} of the words heard" if heard else "as long as its words take; nobody heard them"
    )
    return Outcome(str(path), Verdict.KEPT, "its-words", detail, data=data)


def _unknown(path: Path, name: str, heard: str) -> Outcome:
    detail = f'no words of "{name}" are known' + (f'; heard "{heard}"' if heard else "")
    return Outcome(str(path), Verdict.SKIPPED, "words-unknown", detail, data={"heard": heard} if heard else {})


def _unreadable(path: Path, detail: str) -> Outcome:
    return Outcome(str(path), Verdict.FAILED, "unreadable", detail, "mend or remove it: voicekit lint")
