"""What another archiver has written: its pages and its ledger in a store, without the sounds."""

import hashlib
import json
from datetime import UTC, datetime

from voicekit.calls import ledger, ledgers, marks, naming, seal
from voicekit.calls.chain import Kind
from voicekit.calls.pages import Entry, Page
from voicekit.calls.receipts import Proof, Receipt
from voicekit.stores import Body

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Far:
    """`folder` has its ledger; what it says is in the store once it is `sealed`."""

    def __init__(self, folder, store, ring, name="far-1"):
        self.folder, self.store, self.ring, self.name = folder, store, ring, name
        self.pages, self.receipts = {}, {}

    def archive(self, *sidecars, pbx="pbx1", sealed=True):
        """The names of recordings with these sidecars (bytes, or what JSON can say), in one page."""
        key = naming.page(pbx, self.name)
        made = [self._receipt(key) for _ in sidecars]
        entries = {r.recording: self._entry(r.recording, told) for r, told in zip(made, sidecars, strict=True)}
        self.pages[key] = entries
        self._put(key)
        self.receipts |= {receipt.recording: receipt for receipt in made}
        self.say(*((Kind.RECEIPT, receipt.body) for receipt in made), sealed=sealed)
        return [receipt.recording for receipt in made]

    def take_out(self, recording, kind=Kind.ERASE):
        page = self.receipts[recording].page
        del self.pages[page][recording]
        self._put(page)
        self.say((kind, {"recording": recording}))

    def amend(self, recording, sidecar, kind):
        page = self.receipts[recording].page
        self.pages[page][recording] = self._entry(recording, sidecar)
        self._put(page)
        self.say((kind, {"recording": recording}))

    def say(self, *facts, sealed=True):
        with ledger.opened(self.folder, self.name) as chain:
            chain.append(AT, *marks.marked(self.ring.naming if self.ring else b"", facts))
            if sealed:
                chain.seal(AT)
                ledgers.put(chain, self.store, self.name)

    def _receipt(self, page):
        original = hashlib.sha256(f"{self.name} {len(self.pages)} {len(self.receipts)} {page}".encode()).hexdigest()
        original = hashlib.sha256(f"{original} {next(_COUNT)}".encode()).hexdigest()
        uuid = naming.recording(original, self.ring.naming if self.ring else b"")
        master = self.ring.id if self.ring else ""
        return Receipt(uuid, original, 16_044, "flac", naming.call(uuid), original, 9000, Proof.SERVER, master, page)

    def _entry(self, uuid, told):
        data = told if isinstance(told, bytes) else json.dumps(told).encode()
        if self.ring is None:
            return Entry(uuid, "", b"", data)
        key = seal.new_key()
        return Entry(uuid, self.ring.id, self.ring.wrap(key, uuid), seal.shut(data, key, "sidecar", uuid))

    def _put(self, key):
        self.store.put(key, Body.of(Page(self.name, self.pages[key]).dumped()))


_COUNT = iter(range(1 << 62))


def sidecar(number=0, *, source="89161234567", destination="74951230000", direction="in", rows=(), **more):
    began = datetime.fromtimestamp(1_795_000_000 + number * 60, UTC).isoformat()
    told = {
        "sidecar": 1,
        "pbx": "pbx1",
        "path": f"2026/11/20/{direction}-{destination}-{source}-{number}.wav",
        "modified": 1_795_000_000 + number,
        "began": began,
        "kind": "freepbx",
        "uniqueid": f"1795000000.{number}",
        "direction": direction,
        "source": source,
        "destination": destination,
        "leg": "",
    }
    return told | ({"call": {"call": 1, "rows": list(rows)}} if rows else {}) | more


def record(number=0, **more):
    began = 1_795_000_000 + number * 60
    told = {
        "start": datetime.fromtimestamp(began, UTC).isoformat(),
        "end": datetime.fromtimestamp(began + 90, UTC).isoformat(),
        "src": "89161234567",
        "dst": "600",
        "duration": 90,
        "billsec": 80,
        "disposition": "ANSWERED",
        "uniqueid": f"1795000000.{number}",
        "linkedid": f"1795000000.{number}",
    }
    return told | more
