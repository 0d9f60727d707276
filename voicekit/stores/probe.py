"""What does a store enforce? Asked by trying, in a corner of its own, which is cleaned up afterwards."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Protocol, runtime_checkable

from voicekit.errors import StoreError, VoicekitError
from voicekit.stores import Body, Cap, Store, read
from voicekit.stores.careful import Careful
from voicekit.stores.faults import ConflictError

RACERS = 8
ROUNDS = 3

_TEXT = b"voicekit store check\n" * 50


class Seen(StrEnum):
    """What came of one question."""

    WORKS = "works"
    ENFORCED = "enforced"
    IGNORED = "voicekit-only"  # taken without effect, or not known there: voicekit sees to it alone
    OFF = "off"  # switched off, or not known there; voicekit can't do it in the store's place
    FAULTY = "faulty"  # voicekit can't use the store, or should not


@dataclass(frozen=True, slots=True)
class Answer:
    """To one question; `cap` is what it proves when it is ENFORCED."""

    seen: Seen
    detail: str
    cap: Cap | None = None


@runtime_checkable
class Probing(Protocol):
    """A kind of store that can be asked more than all can."""

    def probes(self, corner: str) -> Iterator[tuple[str, Answer]]:
        """An answer for each question's name; what it puts for that has keys that begin with `corner`."""
        ...


def probe(bare: Store) -> Iterator[tuple[str, Answer]]:
    """All answers by the question's name, the basics first; after a basic fault nothing more is asked.

    `bare` is the store as its kind makes it, made to believe that it enforces everything.
    """
    store, corner = Careful(bare), f"probe/{secrets.token_hex(8)}"
    try:
        for name, question in _QUESTIONS.items():
            answer = _asked(question, store, corner)
            yield name, answer
            if answer.seen is Seen.FAULTY:
                return
        if isinstance(bare, Probing):
            yield from bare.probes(corner)
    finally:
        with suppress(VoicekitError):
            for stat in list(store.list(f"{corner}/")):
                store.delete(stat.key)


def _asked(question: Callable[[Store, str], Answer], store: Store, corner: str) -> Answer:
    try:
        return question(store, corner)
    except VoicekitError as error:
        return Answer(Seen.FAULTY, str(error))


def _basics(store: Store, corner: str) -> Answer:
    """Put, read whole and in part, delete."""
    key = f"{corner}/basics"
    store.put(key, Body.of(_TEXT))
    with store.open(key, 9, 14) as reading:
        part = b"".join(reading)
    stat = store.stat(key)
    if read(store, key, len(_TEXT)) != _TEXT or part != b"store" or stat is None or not stat.sha256:
        return Answer(Seen.FAULTY, "it gives back other bytes, or loses what is said of them")
    store.delete(key)
    if store.stat(key) is not None:
        return Answer(Seen.FAULTY, "what was deleted is still there")
    return Answer(Seen.WORKS, "put, read, read in part, delete")


def _listing(store: Store, corner: str) -> Answer:
    keys = [f"{corner}/list/{number}" for number in range(5)]
    for key in keys:
        store.put(key, Body.of(b""))
    whole = [stat.key for stat in store.list(f"{corner}/list/")]
    rest = [stat.key for stat in store.list(f"{corner}/list/", after=keys[2])]
    if whole != keys or rest != keys[3:]:
        return Answer(Seen.FAULTY, "what was just put is not listed, or not in order")
    return Answer(Seen.WORKS, "lists at once what was put, in order, and from where it is asked")


def _if_absent(store: Store, corner: str) -> Answer:
    winners = [_race(partial(store.put, f"{corner}/absent/{n}", if_absent=True)) for n in range(ROUNDS)]
    return _judged(winners, Cap.IF_ABSENT)


def _replace(store: Store, corner: str) -> Answer:
    winners = []
    for number in range(ROUNDS):
        key = f"{corner}/replace/{number}"
        store.put(key, Body.of(b"before"))
        stat = store.stat(key)
        tag = stat.tag if stat else ""
        winners.append(_race(partial(store.replace, key, expected=tag)))
    return _judged(winners, Cap.REPLACE)


def _race(write: Callable[[Body], None]) -> int:
    """How many of eight that write different bytes at one time are told that they succeeded."""

    def won(number: int) -> bool:
        try:
            write(Body.of(f"racer {number}".encode()))
        except (ConflictError, StoreError):
            return False
        return True

    with ThreadPoolExecutor(RACERS) as racers:
        return sum(racers.map(won, range(RACERS)))


def _judged(winners: list[int], cap: Cap) -> Answer:
    if set(winners) == {1}:
        return Answer(Seen.ENFORCED, f"of {RACERS} at one time, one succeeded, {ROUNDS} times", cap)
    if set(winners) == {0}:
        return Answer(Seen.IGNORED, "the store does not know it")
    return Answer(Seen.IGNORED, f"of {RACERS} at one time, {', '.join(map(str, winners))} were told yes")


_QUESTIONS = {"basics": _basics, "listing": _listing, "put if absent": _if_absent, "replace": _replace}
