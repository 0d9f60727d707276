"""Programs that run on this machine. The only door to subprocesses below the engines."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from voicekit.errors import InputError

# Messages in English. A workspace from a stranger may come with a .git whose configuration names programs that git
# would run to fetch what is missing: it fetches nothing.
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_OPTIONAL_LOCKS": "0"}


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended and what it wrote."""

    code: int
    out: bytes
    err: str


def find(*names: str) -> str | None:
    """The full path of the first of these programs that is installed."""
    return next((path for name in names if (path := shutil.which(name))), None)


def environment() -> dict[str, str]:
    """Of every program that we run: ours, messages in English."""
    return os.environ | _ENVIRONMENT


def give_way() -> None:
    """Let whoever else wants processor or disk have it, from now on: ours is work that can wait."""
    with suppress(OSError):
        os.nice(10)
    if ionice := find("ionice"):
        with suppress(InputError):
            run([ionice, "-c", "3", "-p", str(os.getpid())])


def run(argv: Sequence[str], *, cwd: Path | None = None, limit: float = 60, stdin: bytes = b"") -> Finished:
    """Run a program without a shell, for at most `limit` seconds, messages in English.

    Raises `InputError` when it is not installed or does not end in time.
    """
    try:
        done = subprocess.run(  # noqa: S603  argv is ours, never a shell line
            argv, cwd=cwd, input=stdin, capture_output=True, timeout=limit, check=False,
            env=environment(),
        )  # fmt: skip
    except FileNotFoundError as error:
        raise InputError(f"{argv[0]}: not installed") from error
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{argv[0]}: no answer in {limit:g} s") from error
    return Finished(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())
