"""Why a whole run had to stop. What happens to one item is an Outcome, never an exception of these."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the command line (docs/reliability.md)."""

    DONE = 0
    BUG = 1
    USAGE = 2
    ITEMS_FAILED = 3
    INPUT = 4
    ENGINE = 5
    STORE = 6
    VERIFICATION = 7
    LOCKED = 8
    INTERRUPTED = 130


def plain(text: str) -> str:
    """Text whose control characters can't act on a terminal: names, words and servers' messages come from anywhere."""
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


def system(error: OSError) -> str:
    """What the system says, and, where it is about rights, what helps."""
    told = error.strerror or str(error)
    return f"{told}; run this as the user to whom it belongs" if isinstance(error, PermissionError) else told


class VoicekitError(Exception):
    """One clear sentence for the user: what, where, what to do. Its class sets the exit code."""

    exit = Exit.BUG


class InputError(VoicekitError):
    """The workspace, a file or an argument is not what it should be."""

    exit = Exit.INPUT


class EngineError(VoicekitError):
    """An engine is missing, refuses or fails."""

    exit = Exit.ENGINE


class StoreError(VoicekitError):
    """A store, a host or a disk does not take or give what is asked of it."""

    exit = Exit.STORE


class VerificationError(VoicekitError):
    """Bytes are not the bytes that their hash names."""

    exit = Exit.VERIFICATION


class LockedError(VoicekitError):
    """Another run holds this workspace."""

    exit = Exit.LOCKED
