"""The index of the archive, made anew of ledgers and pages."""

from collections.abc import Iterator
from contextlib import ExitStack

from voicekit import fs
from voicekit.calls import ledgers, numbers, seen
from voicekit.calls.index import base
from voicekit.calls.index.follow import Follower
from voicekit.calls.index.read import Index
from voicekit.calls.index.writer import Writer
from voicekit.calls.keys import Keyring
from voicekit.calls.settings import Settings
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.stores import Store


def apply(settings: Settings, ring: Keyring | None, store: Store) -> Iterator[Outcome]:
    """Begin it anew and take in everything; `StoreError` where the store can't be asked, and the next run goes on.

    `LockedError` while an archiver is at work here: it lives on what is forgotten.
    """
    numbers.check(settings.country)
    with ExitStack() as stack:
        if settings.ledger.exists():
            stack.enter_context(fs.exclusive(settings.ledger / "lock", f"the ledger {settings.ledger}"))
        stack.enter_context(seen.opened(settings.seen)).archived.forget()
    with base.following(settings.index, settings.country, anew=True) as opened:
        yield from Follower(Writer(opened), settings, ring, store, ledgers.named(settings.ledger)).run()
        detail = counted(len(Index(opened)), "recording")
    yield Outcome(str(settings.index), Verdict.DONE, "indexed", detail)
