"""Nothing of what was deleted left in a file of SQLite: secure_delete forgets cells that had moved between pages."""

import sqlite3

PATIENCE = 5000  # milliseconds that a process which reads the file is waited for

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def wipe(base: sqlite3.Connection) -> bool:
    """Write the file anew. False where another process goes on reading it: what was deleted is in the file then, or in
    its log.
    """
    base.execute(f"pragma busy_timeout = {PATIENCE}")
    try:
        if not _emptied(base):  # before the work, which would all go to the log
            return False
        base.execute("vacuum")
        return _emptied(base)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in _BUSY:
            raise
        return False


def _emptied(base: sqlite3.Connection) -> bool:
    """Whether all of the log is in the file, and nothing in the log."""
    busy, _, _ = base.execute("pragma wal_checkpoint(truncate)").fetchone()
    return not busy
