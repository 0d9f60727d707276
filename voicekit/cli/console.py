"""How outcomes are shown: one line an item, the summary last; colour and progress on a terminal only."""

import sys
from collections import Counter
from collections.abc import Container, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from voicekit.errors import Exit, plain
from voicekit.outcome import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

_COLOURS = {Verdict.DONE: "green", Verdict.SKIPPED: "yellow", Verdict.FAILED: "red", Verdict.REFUSED: "red"}
_WIDTH = 12
_QUIET = 2.0  # seconds between two lines on what is waited for


@dataclass(slots=True)
class Expected:
    """How many items of work there are, as far as that is known by now."""

    total: int = 0

    def more(self, items: int) -> None:
        """So many have been found."""
        self.total += items


def show(
    outcomes: Iterable[Outcome],
    *,
    as_json: bool,
    total: int | Expected = 0,
    brief: bool = True,
    quiet: Container[str] = (),
    apart: Container[str] = (),
    summary: bool = True,
) -> None:
    """Print outcomes as they come, then a summary; leaves with exit code 3 when an item failed.

    `total` (items of work) draws a progress bar on a terminal. `brief` prints no line for what was kept as it is;
    outcomes whose code is `quiet` are only counted, those that stand `apart` only printed.
    `summary` off: what was asked for is all that is printed.
    """
    counts: Counter[str] = Counter()
    bad = 0
    with _ended(outcomes), _waiting(), _progress(total) as advance:
        for outcome in outcomes:
            counts[outcome.code] += outcome.code not in apart
            bad += outcome.bad
            if as_json:
                print(outcome.as_json(), flush=True)
            elif outcome.code not in quiet and (outcome.verdict is not Verdict.KEPT or not brief):
                advance(_line(outcome))
                continue
            advance("")
    if summary and not as_json:
        print(_summary(counts))
    if bad:
        raise typer.Exit(Exit.ITEMS_FAILED)


def lines(outcomes: Iterable[Outcome], *, as_json: bool = False) -> None:
    """Print outcomes that are no items of work: no summary, no exit code."""
    with _ended(outcomes):
        for outcome in outcomes:
            print(outcome.as_json() if as_json else _line(outcome))


def _ended(outcomes: Iterable[Outcome]) -> AbstractContextManager[object]:
    """A run that is interrupted while a line is printed ends at once: what it holds is given up while its threads live.

    Else it would wait until Python itself ends, and then for threads that are no more.
    """
    return closing(outcomes) if isinstance(outcomes, Generator) else nullcontext()


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
    parts = ", ".join(f"{count} {code}" for code, count in counts.most_common() if count)
    return f"{counts.total()} in all: {parts}" if counts.total() else "nothing to do"


@contextmanager
def _waiting() -> Iterator[None]:
    """On a terminal, say when something is asked for again: else nobody knows why nothing goes on."""
    if not sys.stderr.isatty():
        yield
        return
    import logging

    class Line(logging.Handler):
        """Above the progress bar, which is drawn anew with the next item. Of many threads one speaks for all."""

        quiet_until = 0.0

        def emit(self, record: logging.LogRecord) -> None:
            if record.created < self.quiet_until:
                return
            self.quiet_until = record.created + _QUIET
            with suppress(OSError, ValueError):  # the terminal may be closed meanwhile; the work goes on
                print(f"\r\x1b[2K{plain(record.getMessage())}", file=sys.stderr, flush=True)

    log, handler = logging.getLogger("voicekit"), Line()
    before = log.level
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)


@contextmanager
def _progress(total: int | Expected) -> Iterator["Callable[[str], None]"]:
    """A function that prints a line (if any) and advances the bar; there is no bar in a pipe.

    The bar is drawn when an item ends and by no thread of its own: workers are forked from this process.
    """
    if not total or not sys.stderr.isatty():
        yield lambda line: print(line) if line else None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    expected = Expected(total) if isinstance(total, int) else total

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
        task = bar.add_task("", total=expected.total, visible=expected.total > 0)

        def advance(line: str) -> None:
            if line:
                bar.console.file.write("\r\x1b[2K")
                print(line, flush=True)
            bar.update(task, advance=1, total=expected.total, visible=expected.total > 0, refresh=True)

        yield advance
