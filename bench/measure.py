"""What all benches need: what a program costs, on which machine, and a table of it."""

import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

VOICEKIT = str(Path(sys.executable).parent / "voicekit")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock, and of all processors together (user and system, children included)."""

    wall: float
    cpu: float
    out: str


def run(*argv: str, fine: Sequence[int] = (0,)) -> Cost:
    """Run a program to its end, which must be one of the exit codes that are `fine`."""
    # As installed: where Python is told to keep no bytecode, each start would compile all of voicekit.
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    program = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=surroundings)
    assert program.stdout
    out = program.stdout.read()
    _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if program.returncode not in fine:
        raise SystemExit(f"{' '.join(argv)}: ended with {program.returncode}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, out)


def heading(title: str, *packages: str) -> None:
    """Print what was measured, with what, and on which machine."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    cores = len(os.sched_getaffinity(0))
    print(f"\n## {title}\n")
    print(f"{model.group(1) if model else platform.machine()}, {cores} cores; {platform.system()} {platform.release()}")
    versions = ", ".join(f"{name} {version(name)}" for name in ("voicekit", *packages))
    print(f"Python {platform.python_version()}; {versions}\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table, the numbers to the right."""
    for cells in (columns, ["---", *["---:"] * (len(columns) - 1)], *rows):
        print(f"| {' | '.join(cells)} |", flush=True)
