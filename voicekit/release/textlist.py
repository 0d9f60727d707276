"""Text lists as Asterisk reads them beside its sounds (main/media_index.c), so that `core show sound` shows the words.

Asterisk takes any `*.txt` of a language's folder: `name: words`, the first colon splits, `;` begins a comment, a line
without a colon goes on with the words, and one of 2,048 bytes or more is skipped.
"""

from collections.abc import Iterable, Iterator

from voicekit.lock import Key

NAME = "voicekit.txt"  # Asterisk's own are called core-sounds-xx.txt and extra-sounds-xx.txt
_LONGEST = 1_000  # bytes of a line, far from what Asterisk skips
_TWINS = str.maketrans({":": "\u2236", ";": "\uff1b"})  # in a line that goes on, they look alike and split nothing


def path_of(language: str) -> str:
    """Where a language's list lies, below the folder of sounds."""
    return f"{language}/{NAME}"


def data(words: Iterable[tuple[Key, str]]) -> bytes:
    """A list of prompts of one language and their words; those without words are left out."""
    lines = (line for key, text in words for line in _lines(key[1], text))
    return "".join(f"{line}\n" for line in lines).encode()


def _lines(name: str, text: str) -> Iterator[str]:
    """One line, or as many as a long text needs; the later ones can't be taken for a name or a comment."""
    first = True
    line = f"{name}:"
    for word in _words(text):
        if len(f"{line} {word}".encode()) > _LONGEST:
            yield line
            line, first = "", False
        line = f"{line} {word if first else word.translate(_TWINS)}"
    if line.strip() != f"{name}:":
        yield line


def _words(text: str) -> Iterator[str]:
    """The words without what no terminal should see, none longer than a line."""
    clean = "".join(sign if sign.isprintable() else " " for sign in text)
    for word in clean.split():
        for start in range(0, len(word), _LONGEST // 8):
            yield word[start : start + _LONGEST // 8]
