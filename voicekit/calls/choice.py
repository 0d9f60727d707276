"""Which files of a spool are archived now: those whose calls are over, and what belongs together only together."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from voicekit.calls import settle
from voicekit.calls.settings import Settings
from voicekit.calls.settle import Rules, Why, why_not
from voicekit.calls.spool import Found, Look
from voicekit.pbx import recording_names
from voicekit.pbx.recording_names import Kind, Name

_PASSING = (Why.OPEN, Why.LIVE, Why.YOUNG, Why.MIXING, Why.UNKNOWN)  # may be over soon: what belongs to it waits too
_TOLD = (Why.EMPTY, Why.LINKED, Why.FUTURE)  # will not be over: each is named


@dataclass(slots=True)
class Choice:
    """`wanted` with what its names tell, in the order in which it is to be read; `told` is what is left alone for good;
    `left` counts the rest by reason.
    """

    wanted: dict[Found, Name] = field(default_factory=dict)
    told: list[tuple[Found, Name, Why]] = field(default_factory=list)
    left: Counter[Why] = field(default_factory=Counter)


def choose(
    found: Iterable[Found], look: Look, folder: str, settings: Settings, known: Callable[[Found], bool]
) -> Choice:
    """What to archive of the files `found` in this folder; `known` are archived already."""
    choice, waiting = Choice(), set[str]()
    for file in found:
        if known(file):
            continue
        name = recording_names.parse(f"{folder}/{file.path}", settings.patterns)
        why = _why_not(settings, file, name, look)
        if why in _PASSING and (group := together(file, name)):
            waiting.add(group)
        if why is None and name.kind is not Kind.GREETING:
            choice.wanted[file] = name
        elif why in _TOLD and abs(look.now - file.modified) > settle.YOUNG:
            choice.told.append((file, name, why))
        elif why:
            choice.left[why] += 1
    _wait(choice, waiting)
    return choice


def together(file: Found, name: Name) -> str:
    """What the files of one message, or the two legs of one call, have in common; "" for one that stands alone."""
    stem = file.path.rpartition(".")[0]
    if name.kind is Kind.VOICEMAIL:
        return stem
    return stem.removesuffix(f"-{name.leg}") if name.leg else ""


def of_message(file: Found, name: Name) -> bool:
    """Whether this is what Asterisk writes down of a message beside its sound."""
    return name.kind is Kind.VOICEMAIL and file.path.endswith(".txt")


def _wait(choice: Choice, groups: set[str]) -> None:
    """Leave alone what belongs to something that is not over; of messages the text comes before the sound."""
    texts, rest = dict[Found, Name](), dict[Found, Name]()
    for file, name in choice.wanted.items():
        if together(file, name) in groups:
            choice.left[Why.YOUNG] += 1
        else:
            (texts if of_message(file, name) else rest)[file] = name
    choice.wanted = texts | rest


def _why_not(settings: Settings, found: Found, name: Name, look: Look) -> Why | None:
    extension = found.path.rpartition(".")[2]
    rules = Rules(settings.min_age)
    return why_not(found, look, rules, uniqueid=name.uniqueid, extension=extension, leg=bool(name.leg))
