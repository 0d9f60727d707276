"""The command line: parse, run one or more jobs in a row, print. `main` is the way in, for tests too."""

import gc
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import NoReturn

from voicekit import __version__, extras
from voicekit.errors import Exit, VoicekitError, plain, system


def main(argv: Sequence[str]) -> int:
    """Run `voicekit` with these arguments and return its exit code; nothing is raised but a bug's own exception."""
    # 10,000 prompts are a million objects and no garbage: searching them at Python's pace takes a third of the time
    # in which `revoice` finds that there is nothing to do.
    gc.set_threshold(100_000, 50, 100)
    # Workers are forked from a process with one thread; numpy's pool would add threads that we have no use for.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):  # a file name may be in any encoding; in JSON this is a valid escape
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _command(argv)
        sys.stdout.flush()  # here, for at exit Python itself would complain of a closed pipe
    except VoicekitError as error:
        lines = "\n".join(map(plain, str(error).split("\n")))  # one for each thing that is wrong
        print(f"voicekit: {lines}", file=sys.stderr)
        return error.exit
    except ModuleNotFoundError as error:
        if not (told := extras.lacking(error)):
            raise
        print(f"voicekit: {told}", file=sys.stderr)
        return Exit.INPUT
    except BrokenPipeError:  # nobody reads on: `voicekit ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.INTERRUPTED
    except OSError as error:
        print(f"voicekit: {error.filename or 'a file'}: {system(error)}", file=sys.stderr)
        return Exit.STORE
    return code


def _command(argv: Sequence[str]) -> int:
    """typer leaves by SystemExit: 2 for wrong usage, 130 for Ctrl-C, 1 for an answer of no and for a closed pipe."""
    if list(argv) == ["--version"]:  # without the cost of typer
        print(f"voicekit {__version__}")
        return Exit.DONE
    from voicekit.cli.app import app

    try:
        app(list(argv), prog_name="voicekit")
    except SystemExit as stop:
        if stop.code == Exit.INTERRUPTED:
            print("voicekit: interrupted; what is done is kept, the same command does the rest", file=sys.stderr)
        return Exit.INTERRUPTED if stop.code == Exit.BUG else int(stop.code or Exit.DONE)
    return Exit.DONE


def run() -> NoReturn:
    """The console script. A stream that is closed (cron, a daemon) must not become the next file that is opened."""
    for stream in range(3):
        try:
            os.fstat(stream)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")
    sys.exit(main(sys.argv[1:]))
