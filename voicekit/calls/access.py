"""Who is given what is archived: it is said in a ledger before anybody gets it.

That ledger is one of its own, `calls/accesses`: whoever listens need not wait for an archiver that works all night.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from voicekit.calls import ledger, ledgers, marks, notes
from voicekit.calls.chain import Kind
from voicekit.calls.ledger import Ledger
from voicekit.calls.notes import Note
from voicekit.calls.settings import Settings
from voicekit.errors import LockedError
from voicekit.stores import Store

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring

_PATIENCE = 30.0  # seconds that one access waits for another


def say(
    settings: Settings,
    ring: "Keyring | None",
    store: Store,
    kind: Kind,
    recordings: Sequence[str],
    reason: str,
    what: str,
) -> None:
    """These are about to be given to `notes.actor()`, for this reason; `what` is the verb. It is in the store then.

    Raises `InputError` where there is no reason, and `StoreError`: nobody gets anything then.
    """
    notes.checked(Note(reason))
    if not recordings:
        return
    writer = ledgers.writer(settings.accesses)
    with _opened(settings, writer) as chain:
        ledgers.current(chain, store, writer)
        note = notes.put(store, ring, writer, Note(reason))
        now = datetime.now(UTC)
        facts = notes.facts(kind, recordings, note, what=what)
        chain.append(now, *marks.marked(ring.naming if ring else b"", facts))
        chain.seal(now)
        ledgers.put(chain, store, writer)


@contextmanager
def _opened(settings: Settings, writer: str) -> Iterator[Ledger]:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            with ledger.opened(settings.accesses, writer) as chain:
                yield chain
                return
        except LockedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
