"""How it is known that a store has the bytes that were put there."""

from voicekit.calls.receipts import Proof
from voicekit.errors import StoreError
from voicekit.stores import Body, Cap, Store
from voicekit.stores.faults import DamagedError


def sure(store: Store, key: str, body: Body, *, read_back: bool = False) -> Proof:
    """The store refuses bytes of another digest, as `store check` saw; else, or if told to, they are read again. What
    was damaged on its way is put once more.
    """
    if Cap.DIGEST in store.caps and not read_back:
        return Proof.SERVER
    try:
        _compare(store, key, body)
    except DamagedError:
        store.put(key, body)
        _compare(store, key, body)
    return Proof.READ_BACK


def _compare(store: Store, key: str, body: Body) -> None:
    with store.open(key) as reading:  # which proves that they are those of its hash
        if sum(map(len, reading)) != body.size or reading.stat.sha256 != body.sha256:
            raise StoreError(f"{store.name}: {key} is not what was put there")
