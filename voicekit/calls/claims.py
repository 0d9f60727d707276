"""What lies under `keys/<uuid>`: who archives a recording, and its key, wrapped.

It is the first object of a recording that is put, if it is absent. Who meets his own goes on where he was killed, with
the key in it; who meets another's leaves the recording to him.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass

from voicekit.errors import VerificationError

VERSION = 1
LIMIT = 1 << 16  # bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """`key` is wrapped under the master key of the id `master`; both are empty where nothing is sealed."""

    writer: str
    master: str = ""
    key: bytes = b""

    def dumped(self) -> bytes:
        told = {"claim": VERSION, "writer": self.writer, "master": self.master, "key": b64encode(self.key).decode()}
        return json.dumps(told).encode() + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> "Claim":
        try:
            told = json.loads(data)
            if told["claim"] == VERSION:
                return cls(str(told["writer"]), str(told["master"]), b64decode(told["key"], validate=True))
        except (ValueError, KeyError, TypeError, RecursionError):
            pass
        raise VerificationError("no claim of a recording, damaged, or of a version that this voicekit does not know")
