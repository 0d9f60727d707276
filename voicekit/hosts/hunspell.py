"""Spelling, by the hunspell program and the dictionaries that this machine has."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from voicekit.errors import InputError
from voicekit.hosts import local

LIMIT = 300  # seconds; a word that is right takes 10 us, the suggestions for one that is not up to 50 ms

_FOLDERS = ("/usr/share/hunspell", "/usr/share/myspell/dicts")
_USUAL = {"en": "en_US", "pt": "pt_PT", "zh": "zh_CN"}  # of the languages that are spoken in several countries


def dictionary(language: str) -> Path | None:
    """The dictionary of a language, without ending: `ru` finds `ru_RU.dic`, `en_GB` its own, else that of `en`."""
    base = language.partition("_")[0]
    folders = [Path(folder) for folder in (*os.environ.get("DICPATH", "").split(":"), *_FOLDERS) if folder]
    for pattern in (language, base, _USUAL.get(base, f"{base}_{base.upper()}"), f"{base}_*"):
        found = sorted(path for folder in folders for path in folder.glob(f"{pattern}.dic"))
        if found:
            return found[0].with_suffix("")
    return None


def misspelt(words: Iterable[str], against: Path) -> Mapping[str, tuple[str, ...]]:
    """Those of `words` that are not in the dictionary, each with what may be meant, the likeliest first.

    Raises InputError when hunspell does not run; `dictionary` does not say whether it does.
    """
    asked = list(words)
    if not asked:
        return {}
    lines = "".join(f"^{word}\n" for word in asked)  # ^: no word is a command
    done = local.run(["hunspell", "-a", "-i", "utf-8", "-d", str(against)], limit=LIMIT, stdin=lines.encode())
    answers = list(_answers(done.out.decode("utf-8", "replace").splitlines()[1:]))  # the first is the version's
    if done.code or len(answers) != len(asked):
        raise InputError(f"hunspell: {done.err or 'no answer'}; check the dictionary {against}.dic")
    return {word: _meant(answer, word) for word, answer in zip(asked, answers, strict=True) if _wrong(answer)}


def installed() -> bool:
    return local.find("hunspell") is not None


def _answers(lines: Iterable[str]) -> Iterator[list[str]]:
    """The lines to each word, which an empty one ends. There are none to what has no letter of the dictionary's."""
    answer: list[str] = []
    for line in lines:
        if line:
            answer.append(line)
        else:
            yield answer
            answer = []


def _wrong(answer: Sequence[str]) -> bool:
    """`& word count offset: meant, ...` and `# word offset` are wrong; one word may be taken for several."""
    return any(line.startswith(("&", "#")) for line in answer)


def _meant(answer: Sequence[str], word: str) -> tuple[str, ...]:
    """For the whole of it: what is meant by a part alone is no help."""
    head, _, meant = answer[0].partition(": ")
    return tuple(meant.split(", ")) if head.startswith(f"& {word} ") else ()
