"""What SQLite says of a file of ours."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def damaged(error: sqlite3.Error) -> bool:
    """Whether the file is damaged, or not as this voicekit makes one; not: busy, or without room."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF in _CODES


def whole(path: Path, connected: Callable[[Path], sqlite3.Connection]) -> sqlite3.Connection:
    """The file, as `connected` opens it; one that is damaged is begun anew."""
    try:
        return connected(path)
    except sqlite3.DatabaseError as error:
        if not damaged(error):
            raise
        path.unlink(missing_ok=True)  # SQLite plays no log into an empty file
        return connected(path)
