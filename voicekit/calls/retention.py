"""How long recordings are kept: `[[calls.retain.rules]]` of voicekit.toml. The first rule whose conditions fit decides.

No rule has an age among its conditions: one that did not fit yet would hand a recording on to the next, and a queue
that is to be kept for a year would be deleted by the rule for all the others after a month.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voicekit import toml
from voicekit.calls import numbers

KEYS = {"direction", "queue", "number", "keep"}
FOREVER = "forever"

_DAYS = re.compile(r"([0-9]{1,5})d")
_DIRECTIONS = ("in", "out", "internal")


@dataclass(frozen=True, slots=True)
class Rule:
    """`keep` in seconds, None for ever; `number` as it was written: of any party of the call. "" is any."""

    keep: int | None
    direction: str = ""
    queue: str = ""
    number: str = ""

    def fits(self, direction: str, queue: str, keys: Sequence[str], country: str) -> bool:
        """Whether it is for such a call; `keys` are all numbers of it, as they are compared."""
        if self.number:
            sought = numbers.sought(self.number, country)
            if not any(key == sought.digits if sought.whole else key.endswith(sought.digits) for key in keys):
                return False
        return self.direction in ("", direction) and self.queue in ("", queue)


def read(document: toml.Document, table: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Those of `[calls]`; `InputError` with the line of the first thing wrong."""
    retain = document.take(table, "retain", dict, "calls")
    if retain is None:
        return ()
    document.only(retain, {"rules"}, "calls", "retain")
    rules = document.take(retain, "rules", list, "calls", "retain") or []
    return tuple(_rule(document, one) for one in rules)


def _rule(document: toml.Document, one: Any) -> Rule:
    where = ("calls", "retain", "rules")
    if not isinstance(one, dict):
        raise document.wrong("rules are tables: [[calls.retain.rules]]", *where)
    document.only(one, KEYS, *where)
    direction, queue, number = (
        str(document.take(one, key, str, *where) or "") for key in ("direction", "queue", "number")
    )
    if direction and direction not in _DIRECTIONS:
        raise document.wrong("direction is in, out or internal", *where, "direction")
    if number:
        numbers.sought(number, "")
    return Rule(_keep(document, one.get("keep"), where), direction, queue, number)


def _keep(document: toml.Document, said: object, where: tuple[str, ...]) -> int | None:
    if said == FOREVER:
        return None
    if isinstance(said, str) and (found := _DAYS.fullmatch(said)) and int(found[1]):
        return int(found[1]) * 86_400
    raise document.wrong(f'keep is a number of days as "365d", or "{FOREVER}"', *where, "keep")
