"""Long prompts in pieces that an engine takes: at the ends of sentences, else at commas, else between words."""

import re
from collections.abc import Iterator

_SENTENCE = re.compile(r"(?<=[.!?…])[»”\")]*\s+")
_PAUSE = re.compile(r"(?<=[,;:—–])\s+")
_SPACE = re.compile(r"\s+")


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of text that went through the steps: no abbreviation is left in it to mistake for an end."""
    return tuple(_split(text, _SENTENCE))


def pieces(text: str, longest: int) -> tuple[str, ...]:
    """`text` in pieces of at most `longest` characters (at least 1), each as long as can be.

    Joined with spaces they give the text back, but for white space; a word longer than `longest` is cut.
    """
    return tuple(_pieces(text, longest, (_SENTENCE, _PAUSE, _SPACE)))


def _pieces(text: str, longest: int, marks: tuple[re.Pattern[str], ...]) -> Iterator[str]:
    if not marks:
        yield from (text[start : start + longest] for start in range(0, len(text), longest))
        return
    held = ""
    for part in _split(text, marks[0]):
        together = f"{held} {part}" if held else part
        if len(together) <= longest:
            held = together
            continue
        if held:
            yield held
        *full, held = _pieces(part, longest, marks[1:])
        yield from full
    if held:
        yield held


def _split(text: str, mark: re.Pattern[str]) -> Iterator[str]:
    start = 0
    for gap in mark.finditer(text):
        end = gap.start() + len(gap.group().rstrip())
        if text[start:end].strip():
            yield text[start:end].strip()
        start = gap.end()
    if text[start:].strip():
        yield text[start:].strip()
