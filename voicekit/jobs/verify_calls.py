"""Every archived recording is read back and compared with its receipt."""

from collections.abc import Iterator

from voicekit import threads
from voicekit.calls import ledgers
from voicekit.calls.chain import Kind
from voicekit.calls.keys import Keyring
from voicekit.calls.receipts import Receipt
from voicekit.calls.restore import Restorer
from voicekit.calls.settings import Settings
from voicekit.errors import VoicekitError
from voicekit.outcome import Outcome, Verdict
from voicekit.stores import Store


def apply(settings: Settings, ring: Keyring | None, store: Store) -> Iterator[Outcome]:
    """An outcome for each recording. A chain that is damaged ends the run: it can't be known what it said."""
    restorer = Restorer(store, ring)
    receipts = dict[str, Receipt]()
    for entry in ledgers.everything(settings, store):
        if entry.kind in (Kind.RECEIPT, Kind.ADOPT):
            if receipts.setdefault(entry.body["recording"], receipt := Receipt.of(entry.body)) != receipt:
                yield Outcome(receipt.recording, Verdict.FAILED, "twice", "two ledgers have a receipt of it")
        elif entry.kind in (Kind.DELETE, Kind.ERASE):
            receipts.pop(entry.body["recording"], None)

    def read(receipt: Receipt) -> int:
        restorer.sidecar(receipt)
        return sum(map(len, restorer.blocks(receipt)))

    for receipt, result in threads.each(read, receipts.values(), threads=16):
        if isinstance(result, VoicekitError):
            yield Outcome(receipt.recording, Verdict.FAILED, "not-verified", str(result))
        else:
            yield Outcome(receipt.recording, Verdict.KEPT, "verified", f"{result} bytes")
