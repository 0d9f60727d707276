"""How recordings are chosen on the command line: by what is known of their calls, or by their names."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from voicekit.calls.index.query import Query
    from voicekit.calls.index.selection import Selection
    from voicekit.calls.settings import Settings


def _seconds(text: str) -> int:
    """Of 90, 90s, 2m or 1h."""
    from voicekit.calls import settings
    from voicekit.errors import InputError

    try:
        seconds = text.removesuffix("s")
        return int(seconds) if seconds.isascii() and seconds.isdigit() else settings.age(text)
    except InputError:
        raise typer.BadParameter("it is seconds, as 90, or as 2m or 1h") from None


Number = Annotated[
    str,
    typer.Argument(metavar="[NUMBER]", help="A number of the call, the last digits of one (7 or more), or a uniqueid."),
]
Recordings = Annotated[
    list[str] | None,
    typer.Option("--recording", metavar="NAME", help="A recording as find names it; may be repeated."),
]
Ends = Annotated[str, typer.Option("--ends", metavar="DIGITS", help="A number ends with these, however few.")]
Since = Annotated[str, typer.Option("--since", metavar="TIME", help="Calls from this day or moment on.")]
Until = Annotated[str, typer.Option("--until", metavar="TIME", help="Calls up to this day or moment.")]
Day = Annotated[str, typer.Option("--day", metavar="DATE", help="Calls of one day of the PBX, or today, or yesterday.")]
Direction = Annotated[str, typer.Option("--direction", help="in, out or internal.")]
Queue = Annotated[str, typer.Option("--queue", metavar="QUEUE", help="Calls that came to this queue.")]
Agent = Annotated[str, typer.Option("--agent", metavar="AGENT", help="Calls that this agent took.")]
Shortest = Annotated[
    int | None,
    typer.Option("--min-duration", metavar="SECONDS", parser=_seconds, help="At least so long; also as 2m or 1h."),
]
Longest = Annotated[
    int | None,
    typer.Option("--max-duration", metavar="SECONDS", parser=_seconds, help="At most so long; also as 2m or 1h."),
]
Uniqueid = Annotated[str, typer.Option("--uniqueid", metavar="ID", help="The uniqueid or linkedid of the call.")]
Fields = Annotated[
    list[str] | None,
    typer.Option("--field", metavar="NAME=VALUE", help="A field of a call detail record; may be repeated."),
]


def query(
    found: "Settings",
    number: str,
    ends: str,
    span: tuple[str, str, str],
    call: tuple[str, str, str],
    duration: tuple[int | None, int | None],
    uniqueid: str,
    fields: Sequence[str] | None,
) -> "Query":
    """`span` is since, until and day; `call` is direction, queue and agent. Raises as a wrong option does."""
    from voicekit.calls import numbers
    from voicekit.calls.cdr import clock
    from voicekit.calls.index.query import Query

    if number and not uniqueid and clock.anonymous(number) == number:
        number, uniqueid = "", number
    if number and ends:
        raise typer.BadParameter("a number, or what it --ends with: not both")
    _readable((*call, uniqueid, *(fields or ())))
    direction, queue, agent = call
    if direction not in ("", "in", "out", "internal"):
        raise typer.BadParameter("--direction is in, out or internal")
    sought = numbers.sought(number, found.country) if number else numbers.ending(ends) if ends else None
    first, last = _span(found, *span)
    return Query(sought, first, last, direction, queue, agent, *duration, uniqueid, _pairs(fields or ()))


def selection(asked: "Query", recordings: Sequence[str] | None, *, none: str = "") -> "Selection":
    """`none` says what to do where nothing was chosen; "" where that is well."""
    from voicekit.calls.index.selection import Selection
    from voicekit.errors import InputError

    chosen = Selection(asked, tuple(recordings or ()))
    if none and not chosen:
        raise InputError(none)
    return chosen


def _readable(asked: Sequence[str]) -> None:
    """Whoever's terminal writes another encoding than it says."""
    if wrong := next((text for text in asked if not _utf8(text)), None):
        told = wrong.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        raise typer.BadParameter(f'"{told}" is no UTF-8: no recording is known by it')


def _utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _span(found: "Settings", since: str, until: str, day: str) -> tuple[int | None, int | None]:
    from voicekit.calls.index import moments

    now = datetime.now(UTC)
    if day and (since or until):
        raise typer.BadParameter("a --day, or what lies between --since and --until: not both")
    if day:
        since = until = moments.day(day, found.zone, now)
    first = moments.since(since, found.zone, now) if since else None
    last = moments.until(until, found.zone, now) if until else None
    moments.ordered(first, last)
    return first, last


def _pairs(fields: Sequence[str]) -> tuple[tuple[str, str], ...]:
    pairs = [field.partition("=") for field in fields]
    if not all(name and sign for name, sign, _ in pairs):
        raise typer.BadParameter("--field is NAME=VALUE, as --field disposition=ANSWERED")
    return tuple((name, value) for name, _, value in pairs)
