"""Whether every ledger is what was written, here and in the store, and where each stands."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from voicekit.calls import chain, hearing, ledgers, naming
from voicekit.calls.chain import Entry, Kind, Link
from voicekit.calls.hearing import NOWHERE
from voicekit.calls.settings import Settings
from voicekit.errors import InputError, VerificationError
from voicekit.stores import Store


@dataclass(slots=True)
class Stand:
    """A writer's chain: its last place of each UTC day, whose hash vouches for all before, and how many `receipts` it
    has of that day; `lines` that it has; `wrong` says what is.
    """

    writer: str
    lines: int = 0
    days: dict[str, Link] = field(default_factory=dict)
    receipts: Counter[str] = field(default_factory=Counter)
    wrong: str = ""


def stands(settings: Settings, store: Store, told: Callable[[list[Entry]], None]) -> Iterator[Stand]:
    """Each ledger, read from its first line on; `told` gets what it says. The one here is looked at in both places."""
    own = ledgers.named(settings.ledger)
    for writer in hearing.writers(store, own):
        stand = Stand(writer)
        ends = dict[int, Link]()
        try:
            for entries, to in hearing.news(settings, store, own, writer, NOWHERE):
                ends[to.segment] = to.link
                stand.lines = to.link.seq
                stand.days |= chain.roots(entries)
                stand.receipts.update(one.day for one in entries if one.kind in (Kind.RECEIPT, Kind.ADOPT))
                told(entries)
            if writer == own:
                _in_the_store(settings, store, own, ends)
        except (InputError, VerificationError) as error:
            stand.wrong = str(error)
        yield stand


def _in_the_store(settings: Settings, store: Store, own: str, ends: dict[int, Link]) -> None:
    """The sealed segments of the ledger here, all but the last, lie there as well, and say the same."""
    there = {to.segment: to.link for _, to in hearing.news(settings, store, "", own, NOWHERE)}
    for segment, link in ends.items():
        key = naming.segment(own, segment)
        if there.get(segment, link) != link:
            raise VerificationError(f"{store.name}: {key} is another one than the segment here")
        if segment not in there and segment != max(ends):
            raise VerificationError(f"{store.name}: {key} is not there; voicekit calls archive puts it again")
