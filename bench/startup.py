"""What a command costs before it does anything."""

import sys
from statistics import median

from bench.measure import VOICEKIT, heading, run, table

ROUNDS = 15
PROGRAMS = {
    "python -c pass": (sys.executable, "-c", "pass"),
    'python -c "import typer"': (sys.executable, "-c", "import typer"),
    "voicekit --version": (VOICEKIT, "--version"),
    "voicekit --help": (VOICEKIT, "--help"),
}
BASE = 'python -c "import typer"'


def main() -> None:
    heading(f"Start-up: medians of {ROUNDS} interleaved runs", "typer")
    costs = [{name: run(*argv) for name, argv in PROGRAMS.items()} for _ in range(ROUNDS)]
    base = median(cost[BASE].cpu for cost in costs)
    rows = []
    for name in PROGRAMS:
        wall, cpu = (median(getattr(cost[name], unit) for cost in costs) for unit in ("wall", "cpu"))
        rows.append([name, f"{1000 * wall:.0f}", f"{1000 * cpu:.0f}", f"{cpu / base:.2f}"])
    table(["program", "wall, ms", "CPU, ms", "CPU to import typer"], rows)


if __name__ == "__main__":
    main()
