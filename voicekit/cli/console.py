"""How outcomes are shown: one line an item, the summary last; colour and progress on a terminal only."""

import sys
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from voicekit.errors import Exit, plain
from voicekit.outcome import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

_COLOURS = {Verdict.DONE: "green", Verdict.SKIPPED: "yellow", Verdict.FAILED: "red", Verdict.REFUSED: "red"}
_WIDTH = 12


def show(
    outcomes: Iterable[Outcome], *, as_json: bool, total: int = 0, brief: bool = True, quiet: Container[str] = ()
) -> None:
    """Print outcomes as they come, then a summary; leaves with exit code 3 when an item failed.

    `total` (items of work) draws a progress bar on a terminal. `brief` prints no line for what was kept as it is;
    outcomes whose code is `quiet` are only counted.
    """
    counts: Counter[str] = Counter()
    bad = 0
    with _progress(total) as advance:
        for outcome in outcomes:
            counts[outcome.code] += 1
            bad += outcome.bad
            if as_json:
                print(outcome.as_json(), flush=True)
            elif outcome.code not in quiet and (outcome.verdict is not Verdict.KEPT or not brief):
                advance(_line(outcome))
                continue
            advance("")
    if not as_json:
        print(_summary(counts))
    if bad:
        raise typer.Exit(Exit.ITEMS_FAILED)


def lines(outcomes: Iterable[Outcome], *, as_json: bool = False) -> None:
    """Print outcomes that are no items of work: no summary, no exit code."""
    for outcome in outcomes:
        print(outcome.as_json() if as_json else _line(outcome))


def _line(outcome: Outcome) -> str:
    word = outcome.code if not outcome.bad else outcome.verdict.value.upper()
    label = (
        typer.style(f"{word:<{_WIDTH}}", fg=_COLOURS.get(outcome.verdict))
        if sys.stdout.isatty()
        else f"{word:<{_WIDTH}}"
    )
    detail = f"  {outcome.detail}" if outcome.detail else ""
    remedy = f"; {outcome.remedy}" if outcome.remedy else ""
    return f"{label} {plain(outcome.subject + detail + remedy)}"


def _summary(counts: Counter[str]) -> str:
    parts = ", ".join(f"{count} {code}" for code, count in counts.most_common())
    return f"{sum(counts.values())} in all: {parts}" if counts else "nothing to do"


@contextmanager
def _progress(total: int) -> Iterator["Callable[[str], None]"]:
    """A function that prints a line (if any) and advances the bar; there is no bar in a pipe.

    The bar is drawn when an item ends and by no thread of its own: workers are forked from this process.
    """
    if not total or not sys.stderr.isatty():
        yield lambda line: print(line) if line else None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(TextColumn):
        """Items a second."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.1f}/s" if task.speed else "")

    columns = (BarColumn(), MofNCompleteColumn(), Rate(""), TimeRemainingColumn())
    with Progress(
        *columns,
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,  # what is printed is for whoever reads stdout, be it a file
        redirect_stderr=False,
    ) as bar:
        task = bar.add_task("", total=total)

        def advance(line: str) -> None:
            if line:
                bar.console.file.write("\r\x1b[2K")
                print(line, flush=True)
            bar.update(task, advance=1, refresh=True)

        yield advance
