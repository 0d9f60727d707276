"""A file system as stores ask it: this machine's, or one behind SFTP."""

from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file as a listing shows it; `modified` in seconds since 1970, by the clock of its machine."""

    path: str
    size: int
    modified: float


class File(Protocol):
    """A file that is open for reading, whatever becomes of its name meanwhile."""

    entry: Entry

    def blocks(self, start: int, end: int) -> Generator[bytes]: ...

    def close(self) -> None: ...


class Files(Protocol):
    """What is asked of a file system. Paths go from the root of the tree, with `/`. What fails is an `OSError`."""

    def there(self) -> bool:
        """Whether the root is; it is never made: it may be a disk that is away."""
        ...

    def open(self, path: str) -> File | None:
        """None for what is no regular file."""
        ...

    def walk(self, folder: str) -> Iterable[Entry]:
        """All regular files below, without what is hidden, in any order; nothing where there is no such folder."""
        ...

    def staged(self, path: str, blocks: Iterable[bytes]) -> AbstractContextManager[str]:
        """The bytes in a file of their own that can be placed at `path`; gone when the block ends."""
        ...

    def place(self, staged: str, path: str, *, new: bool) -> None:
        """Give it its name in one step, durably; with `new`, `FileExistsError` where the system can tell at once."""
        ...

    def remove(self, path: str) -> None:
        """For good; what is not there is no error."""
        ...

    def alone(self, key: str) -> AbstractContextManager[None]:
        """No other voicekit changes this object meanwhile, also when one is killed here."""
        ...

    def sweep(self, age: float) -> None:
        """Remove what is staged for longer than `age` seconds; at any age where it is known that nobody stages."""
        ...

    def close(self) -> None: ...
