"""The fenced blocks of the documents."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "README.ru.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its tag, its text, and the line of the document where the text begins."""

    tag: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Command:
    """One line after `$ ` and the output that the document shows for it."""

    line: int
    text: str
    shown: tuple[str, ...]


def blocks(document: Path, *tags: str) -> list[Block]:
    text = document.read_text("utf-8")
    found = (Block(match[1], match[2], text.count("\n", 0, match.start(2)) + 1) for match in _BLOCK.finditer(text))
    return [block for block in found if not tags or block.tag in tags]


def commands(document: Path) -> Iterator[Command]:
    """All commands of a document's `console` blocks, in their order."""
    for block in blocks(document, "console"):
        lines = block.text.splitlines()
        starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
        assert starts[:1] == [0], f"{document.name}:{block.line}: a console block begins with a command"
        for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
            yield Command(block.line + start, lines[start][2:], tuple(lines[start + 1 : stop]))


def fits(shown: tuple[str, ...], printed: str) -> bool:
    """Whether output is as shown; `...` stands for a part of a line, alone on its line for any number of lines."""
    pattern = "".join(
        r"(?:[^\n]*\n)*" if line == "..." else ".*".join(map(re.escape, line.rstrip().split("..."))) + r" *\n"
        for line in shown
    )
    return re.fullmatch(pattern, printed) is not None
