"""What the name of a recording tells of its call. A table: one row a kind of name.

FreePBX's as its module callrecording makes them; those of Queue, ConfBridge and Monitor as Asterisk was seen to make
them; one-touch ones as in its source (main/bridge_basic.c); others by patterns of the user. A name is a hint, never a
fact: what the CDR says counts more.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from voicekit.errors import InputError

LONGEST = 255  # characters of a name, as file systems have it; a longer one is unknown

_PATTERN_LONGEST = 500
_SLOW = 0.5  # s that a pattern may take for the worst of names: three .* take 0.1, four 9
_FIELDS = {"uniqueid", "epoch", "date", "time", "direction", "source", "destination"}


class Kind(StrEnum):
    """Who gave the name."""

    FREEPBX = "freepbx"
    CONFERENCE = "conference"  # FreePBX's, and ConfBridge's own
    ONE_TOUCH = "one-touch"
    UNIQUEID = "uniqueid"  # Queue with monitor-format, and many a dialplan
    MONITOR = "monitor"  # the default of Monitor()
    VOICEMAIL = "voicemail"
    GREETING = "greeting"  # a mailbox's own: no recording of a call
    ARI = "ari"
    PATTERN = "pattern"  # one of the user's
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Name:
    """Each field is "" or None where the name does not tell.

    `local` is the PBX's local time, without zone; `epoch` seconds since 1970, UTC. `direction` is in, out or internal.
    `leg` is in or out for one of Monitor()'s two files. Numbers stand as in the name.
    """

    kind: Kind
    uniqueid: str = ""
    local: datetime | None = None
    epoch: int | None = None
    direction: str = ""
    source: str = ""
    destination: str = ""
    leg: str = ""


_UNIQUEID = r"(?P<uniqueid>(?:.+-)?\d{9,11}\.\d+)"  # with `systemname` of asterisk.conf before it
_STAMP = r"(?P<date>\d{8})-(?P<time>\d{6})"
_EPOCH = r"(?P<epoch>\d{9,11})"

# Read from the right: a destination may hold the dash that parts the fields. The first row that fits counts; those
# with a slash are matched with the folders above.
_ROWS = tuple(
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        (Kind.VOICEMAIL, r".*/voicemail/[^/]+/(?P<destination>[^/]+)/[^/]+/msg\d+"),
        (Kind.GREETING, r".*/voicemail/[^/]+/(?P<destination>[^/]+)/(?:unavail|busy|greet|temp)"),
        (Kind.CONFERENCE, rf"CONF-(?P<destination>.*)-[^-]*-{_STAMP}-{_UNIQUEID}(?:-\d+)?"),
        (Kind.FREEPBX, rf"(?P<direction>[^-]+)-(?P<destination>.*)-(?P<source>[^-]*)-{_STAMP}-{_UNIQUEID}"),
        (Kind.CONFERENCE, rf"confbridge-(?P<destination>.*)-{_EPOCH}"),
        (Kind.ONE_TOUCH, rf"auto-{_EPOCH}-(?P<source>[^-]+)-(?P<destination>[^-]+)"),
        (Kind.ONE_TOUCH, rf"auto-{_EPOCH}-.*"),  # with channels in place of numbers: where one ends is not to be seen
        (Kind.UNIQUEID, _UNIQUEID),
        (Kind.MONITOR, rf"{_EPOCH}-.+"),
        (Kind.MONITOR, r"audio-(?:in|out)-\d+"),
        (Kind.ARI, r".*/recording/.+"),
    )
)
_LEG = re.compile(r"(.+)-(in|out)", re.DOTALL)

# FreePBX's types say who asked for the recording; of the others (rg, q, force ...) the direction is not known.
_DIRECTIONS = {
    **dict.fromkeys(("in", "external", "inbound", "incoming"), "in"),
    **dict.fromkeys(("out", "outbound", "outgoing"), "out"),
    **dict.fromkeys(("internal", "exten"), "internal"),
}


def parse(path: str, patterns: Iterable[re.Pattern[str]] = ()) -> Name:
    """What a path (`/`, with the folders above) tells; of the kind `unknown` where it is nothing. Never an error.

    `patterns` (see `pattern`) are asked first.
    """
    name = path.rpartition("/")[2]
    if len(name) > LONGEST:
        return Name(Kind.UNKNOWN)
    folders, stem = path[: -len(name) or None], name.rpartition(".")[0] or name
    for each in patterns:
        if (match := each.fullmatch(stem)) and (found := _read(Kind.PATTERN, match)):
            return found
    # The names of ARI's recordings are the application's own: an ending says nothing.
    if (leg := _LEG.fullmatch(stem)) and (found := _known(folders, leg[1])).kind is not Kind.ARI:
        return replace(found, leg=leg[2])
    return _known(folders, stem)


def pattern(text: str) -> re.Pattern[str]:
    """A pattern of the user's for names without extension: a regular expression with some of the groups `uniqueid`,
    `epoch`, `date` (20261130), `time` (235959, or 2359), `direction`, `source`, `destination`.

    Raises `InputError` for one that is wrong, or that a name could make slow: callers choose a part of their names.
    """
    if len(text) > _PATTERN_LONGEST:
        raise InputError(f"a pattern of more than {_PATTERN_LONGEST} characters")
    try:
        made = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise InputError(f"no regular expression: {error}") from None
    if not made.groupindex or not made.groupindex.keys() <= _FIELDS:
        raise InputError(f"its groups have to be named, as (?P<source>...), and some of {', '.join(sorted(_FIELDS))}")
    if _repeats_group(text) or _slow(made):
        raise InputError("a name could make it slow: no * or + behind a group, and few .*; [^-]* stops at a dash")
    return made


def _known(folders: str, stem: str) -> Name:
    where = f"/{folders}{stem}"
    for kind, row in _ROWS:
        if (match := row.fullmatch(where if "/" in row.pattern else stem)) and (found := _read(kind, match)):
            return found
    return Name(Kind.UNKNOWN)


def _read(kind: Kind, match: re.Match[str]) -> Name | None:
    """None where digits are no time."""
    told = {field: text for field, text in match.groupdict().items() if text}
    uniqueid = told.get("uniqueid", "")
    try:
        epoch = told.get("epoch") or uniqueid.rpartition("-")[2].partition(".")[0]
        return Name(
            kind,
            uniqueid,
            _moment(told["date"], told.get("time", "000000")) if "date" in told else None,
            int(epoch) if epoch else None,
            _DIRECTIONS.get(told.get("direction", "").lower(), ""),
            _number(told.get("source", "")),
            _number(told.get("destination", "")),
        )
    except ValueError:
        return None


def _moment(date: str, time: str) -> datetime:
    """By the PBX's zone, which is not in a name. `ValueError` for what is no time."""
    time = time.zfill(len(time) + len(time) % 2).ljust(len("HHMMSS"), "0")  # of some the hour has no zero
    if len(date) != len("YYYYMMDD") or len(time) != len("HHMMSS"):
        raise ValueError("other digits than those of a date and a time")
    parts = (date[:4], date[4:6], date[6:], time[:2], time[2:4], time[4:])
    return datetime(*map(int, parts))  # type: ignore[arg-type]  # noqa: DTZ001  no zone


def _number(text: str) -> str:
    return "" if text.lower() == "unknown" else text


def _repeats_group(text: str) -> bool:
    """Whether a group is repeated, which with a repeat in it takes exponential time."""
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "", re.sub(r"\\.", "", text))
    return re.search(r"\)[*+{]", bare) is not None


def _slow(made: re.Pattern[str]) -> bool:
    """Several repeats in a row take polynomial time. Tried on names that grow, so that the trial itself ends."""
    length = 8
    while length < LONGEST:
        length = min(length + length // 8, LONGEST)
        for unit in ("-", "_", ".", "0", "a", "0-", "a_", "1.", " "):
            begun = time.process_time()
            made.fullmatch((unit * length)[: length - 1] + "\n")
            if time.process_time() - begun > _SLOW:
                return True
    return False
