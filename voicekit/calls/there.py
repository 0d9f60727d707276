"""Whether a store has what is to be the only copy of recordings: a ledger says what was put, not what is there still.

A disk that is not mounted leaves an empty folder, a bucket may have been emptied, and `voicekit.toml` name another.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from voicekit import threads
from voicekit.calls import naming
from voicekit.calls.archived import Lies
from voicekit.calls.encode import Encoding
from voicekit.calls.receipts import Proof, Receipt
from voicekit.calls.restore import Restorer
from voicekit.errors import StoreError, VerificationError, VoicekitError
from voicekit.stores import Store
from voicekit.stores.faults import AbsentError, DamagedError

if TYPE_CHECKING:
    from voicekit.calls.keys import Keyring

ONCE = 16  # recordings that are asked for at the same time


def lost(store: Store, ring: "Keyring | None", recordings: Sequence[Lies]) -> Iterator[str]:
    """Those whose sound is not there, or whose page has no key and sidecar of it. What others put is read, for they
    may have replaced it. `StoreError` where the store can't be asked.
    """
    restorer = Restorer(store, ring)
    ordered = sorted(recordings, key=lambda one: one.page)  # of one page, most come one after the other
    for one, there in threads.each(lambda one: _there(restorer, one), ordered, threads=ONCE):
        if isinstance(there, StoreError) and not isinstance(there, AbsentError | DamagedError):
            raise there
        if isinstance(there, VoicekitError) or not there:
            yield one.recording


def _there(restorer: Restorer, one: Lies) -> bool:
    key = "" if one.adopted else naming.call(one.recording)
    master = restorer.ring.id if restorer.ring else ""
    size, original = one.size, one.original
    receipt = Receipt(
        one.recording, original, size, Encoding.KEEP, key, original, size, Proof.READ_BACK, master, one.page
    )
    if not restorer.has(receipt):
        raise VerificationError(f"{one.recording}: its page has no key of it")
    if one.adopted:
        restorer.prove(receipt)
        return True
    return restorer.store.stat(key) is not None
