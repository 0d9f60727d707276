"""The files below a folder, as Asterisk could reach them."""

import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from voicekit.formats import by_extension


@dataclass(frozen=True, slots=True)
class Tree:
    """Regular files in order, and what stands where a file should, with the reason why it can't be played."""

    files: list[Path] = field(default_factory=list)
    faults: list[tuple[Path, str]] = field(default_factory=list)


def walk(root: Path) -> Tree:
    """Everything below `root` but what is hidden. Links are followed, and each folder is read once.

    A folder is named by its own path where it lies below `root` and by its link where it does not. Links that lead
    in a circle end where they began.
    """
    tree = Tree()
    seen: set[tuple[int, int]] = set()
    folders, links = deque([root]), deque[Path]()
    while folders or links:
        folder = folders.popleft() if folders else links.popleft()
        try:
            found = folder.stat()
            if (found.st_dev, found.st_ino) in seen:
                continue
            seen.add((found.st_dev, found.st_ino))
            for path in sorted(_visible(folder)):
                _sort(path, tree, links if path.is_symlink() else folders)
        except OSError as error:
            tree.faults.append((folder, f"can't be read: {error.strerror or error}"))
    tree.files.sort()
    tree.faults.sort()
    return tree


def _visible(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if not path.name.startswith("."))


def _sort(path: Path, tree: Tree, folders: deque[Path]) -> None:
    sound = by_extension(path.suffix[1:]) is not None
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if sound:
            tree.faults.append((path, f"leads to no file: {error.strerror or error}"))
        return
    if stat.S_ISREG(mode):
        tree.files.append(path)
    elif sound:
        tree.faults.append((path, "no file, though Asterisk takes it for one"))
    if stat.S_ISDIR(mode):
        folders.append(path)
